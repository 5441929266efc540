// SPDX-License-Identifier: Apache-2.0
import { clockText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { SessionEvent } from "../wire/model";

const rates = [-4, -1, 0, 0.1, 1, 4, 16];
const rateText = (rate: number) => (rate === 0 ? "❚❚" : `${rate < 0 ? "◀ " : "▶ "}${Math.abs(rate)}×`);

/** The time line of a replay, with a mark for each interlock that tripped; playing forwards, backwards and slowly. */
export function ReplayBar() {
  const { state, socket } = useApp();
  const place = state.replay.value;
  if (!state.isReplay.value || place === undefined) {
    return (
      <section class="panel replay" aria-label="replay">
        <p class="more">Choose a session to replay its record.</p>
        {state.isOperator.value && !state.hasSeat.value && <button onClick={() => socket.claim()}>Take the operator's seat</button>}
      </section>
    );
  }
  const now_s = state.link.snapshot.value?.time_s ?? place.t_s;
  const seek = (t_s: number) => void state.command("/api/replay/seek", { t_s }, "Replay");
  return (
    <section class="panel replay" aria-label="replay" data-replay>
      <h2>Replay <span class="more number">{clockText(now_s)} of {clockText(place.to_s)}</span>
        <button class="aside" onClick={() => void state.command("/api/replay/close", {}, "Replay")}>Close</button>
      </h2>
      <div class="row">
        {rates.map((rate) => (
          <button key={rate} aria-label={rate === 0 ? "pause" : undefined} aria-pressed={place.rate === rate} onClick={() => void state.command("/api/replay/rate", { rate }, "Replay")}>{rateText(rate)}</button>
        ))}
      </div>
      <div class="timeline">
        <input type="range" min={place.from_s} max={place.to_s} step={0.01} value={now_s} aria-label="time of the record, seconds" onChange={(event) => seek(Number(event.currentTarget.value))} />
        <Marks events={state.replayEvents.value} from_s={place.from_s} to_s={place.to_s} />
      </div>
    </section>
  );
}

function Marks({ events, from_s, to_s }: { events: readonly SessionEvent[]; from_s: number; to_s: number }) {
  const rows = useApp().state.interlockRows.value;
  const latching = events.filter((event) => event.kind === "tripped" && rows.find((row) => row.bit === event.bit)?.latch === "person");
  return (
    <div class="marks" aria-hidden="true">
      {latching.map((event) => <i key={event.n} style={{ left: `${(100 * (event.t_s - from_s)) / Math.max(1e-6, to_s - from_s)}%` }} title={event.interlock} />)}
    </div>
  );
}
