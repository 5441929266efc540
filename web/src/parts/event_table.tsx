// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { eventText, eventsCsv } from "../format/event_text";
import { clockText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { SessionEvent } from "../wire/model";
import { chooseByArrows } from "./arrow_keys";

const kinds = ["all", "interlocks", "states", "people"] as const;
const belongs: Readonly<Record<(typeof kinds)[number], (kind: string) => boolean>> = {
  all: () => true,
  interlocks: (kind) => kind === "tripped" || kind === "released" || kind === "fault",
  states: (kind) => kind === "state" || kind === "beam_done" || kind === "session",
  people: (kind) => kind === "action",
};

/** Rows that are kept on the page: older ones are in the record. */
const shownRows = 400;

/** Leaves a text among the browser's downloads. */
function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The events of the session or of the record that is replayed; a click goes to that moment of a replay. */
export function EventTable() {
  const { state } = useApp();
  const [kind, setKind] = useState<(typeof kinds)[number]>("all");
  const all = state.shownEvents.value;
  const now_s = state.isReplay.value ? (state.link.snapshot.value?.time_s ?? Infinity) : Infinity;
  const events = all.filter((event) => belongs[kind](event.kind)).slice(-shownRows);
  const seek = (t_s: number) => void (state.isReplay.value && state.command("/api/replay/seek", { t_s }, "Replay"));
  return (
    <section class="panel events" aria-label="events">
      <h2>Events <span class="more">{all.length} of {state.isReplay.value ? "the record" : "this session"}</span>
        <button class="aside" disabled={all.length === 0} onClick={() => save(`xingu-events-${state.replay.value?.session ?? state.session.value?.id ?? "record"}.csv`, eventsCsv(all))}>Save as CSV</button>
      </h2>
      <div class="tools" role="radiogroup" aria-label="kinds of events" onKeyDown={chooseByArrows}>
        {kinds.map((name) => <button key={name} role="radio" aria-checked={kind === name} onClick={() => setKind(name)}>{name}</button>)}
      </div>
      <FirstOuts events={all} onSeek={state.isReplay.value ? seek : undefined} />
      <div class="table-frame">
        <table>
          <thead><tr><th>Time</th><th>Event</th></tr></thead>
          <tbody>
            {events.toReversed().map((event) => (
              <tr key={event.n} class={`${event.kind} ${event.t_s > now_s ? "future" : ""}`} onClick={() => seek(event.t_s)}>
                <td class="number">{state.isReplay.value ? <button class="moment" title="go to this moment">{clockText(event.t_s, 3)}</button> : clockText(event.t_s, 3)}</td>
                <td>{event.kind === "tripped" ? "▲ " : ""}{eventText(event)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Which interlock began each trouble: of all that tripped, the first since none stood. */
function FirstOuts({ events, onSeek }: { events: readonly SessionEvent[]; onSeek: ((t_s: number) => void) | undefined }) {
  const firsts = events.filter((event) => event.kind === "tripped" && event.first_out);
  return (
    <p class="first-out" data-log-first-out>
      {firsts.length === 0 ? "No interlock was first out." : "First out: "}
      {firsts.map((event) => (
        <button key={event.n} disabled={onSeek === undefined} onClick={() => onSeek?.(event.t_s)}>{event.interlock} at {clockText(event.t_s, 3)}</button>
      ))}
    </p>
  );
}
