// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { eventText } from "../format/event_text";
import { quantityText, unitText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { FaultRow } from "../wire/model";

/** Faults that befall the simulated machine now, to see what its interlocks and the person do. */
export function FaultPanel() {
  const { state } = useApp();
  const rows = state.faultRows.value;
  const [kind, setKind] = useState("");
  const row = rows.find((one) => one.kind === kind) ?? rows[0];
  if (row === undefined) {
    return <p class="more">no faults to choose from</p>;
  }
  return (
    <div class="faults">
      <p class="more">For training: the fault begins as soon as the loop takes it, and the interlock beside it should answer.</p>
      <label>Fault
        <select name="fault" value={row.kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {rows.map((one) => <option key={one.kind} value={one.kind}>{one.kind.replaceAll("_", " ")} → {one.interlock}</option>)}
        </select>
      </label>
      <FaultForm key={row.kind} row={row} />
      <Past />
    </div>
  );
}

function FaultForm({ row }: { row: FaultRow }) {
  const { state } = useApp();
  const [magnitude, setMagnitude] = useState((row.smallest + row.largest) / 2);
  const [for_s, setFor] = useState(5);
  const [index, setIndex] = useState(0);
  const hasMagnitude = row.unit !== "";
  const begin = (event: Event) => {
    event.preventDefault();
    const body = { kind: row.kind, for_s, ...(hasMagnitude ? { magnitude } : {}), ...(row.has_index ? { index } : {}) };
    void state.command("/api/faults/begin", body, `Fault ${row.kind}`);
  };
  const field = (label: string, value: number, set: (value: number) => void, unit: string, step: number) => (
    <label>{label} <input type="number" step={step} value={value} onInput={(event) => set(Number(event.currentTarget.value))} /> {unitText(unit)}</label>
  );
  return (
    <form class="row" onSubmit={begin}>
      {hasMagnitude && field("size", magnitude, setMagnitude, row.unit, 0.01)}
      {hasMagnitude && <span class="more">{quantityText(row.smallest, row.unit, 2)} to {quantityText(row.largest, row.unit, 2)} must be answered</span>}
      {row.has_index && field("axis or leaf", index, setIndex, "", 1)}
      {field("lasting", for_s, setFor, "s", 1)}
      <button type="submit" disabled={!state.hasSeat.value}>Begin</button>
      <button type="button" disabled={!state.hasSeat.value} onClick={() => void state.command("/api/faults/end", { kind: row.kind }, `End of ${row.kind}`)}>End</button>
    </form>
  );
}

function Past() {
  const { state } = useApp();
  const past = state.events.value.filter((event) => event.kind === "fault").slice(-6).reverse();
  return (
    <ul class="past">
      {past.map((event) => <li key={event.n}><span class="number">{quantityText(event.t_s, "s", 3)}</span> {eventText(event)}</li>)}
    </ul>
  );
}
