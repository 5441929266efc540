// SPDX-License-Identifier: Apache-2.0
import { clockText, counted } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { Priority } from "../state/interlocks";

/** Signs beside the colours: alarms are told apart without them. */
export const signs: Readonly<Record<Priority, string>> = { high: "▲▲▲", medium: "▲▲", low: "▲" };

/** The most urgent alarm at the bottom of every page: what, since when, what to do; and how many more there are. */
export function AlarmLine() {
  const { state } = useApp();
  const outcome = state.outcome.value;
  return (
    <footer class="alarm-line">
      <Alarm />
      {outcome !== undefined && (
        <p class={outcome.isRefused ? "outcome refused" : "outcome"} role="status" data-outcome>{outcome.isRefused ? "✗ " : "✓ "}{outcome.text}</p>
      )}
      <Connection />
    </footer>
  );
}

/** What stands is said by a place that is always there: a reader of the screen hears what changes in it, not what comes with it. */
function Alarm() {
  return <div class="alarm-place" role="alert" aria-atomic="true"><Standing /></div>;
}

function Standing() {
  const { state } = useApp();
  if (state.link.isStale.value) {
    return <p class="alarm stale">Alarms are unknown: no connection</p>;
  }
  const [first, ...others] = state.alarms.value;
  if (first === undefined) {
    return <p class="alarm none">No alarm</p>;
  }
  const { row, priority } = first;
  return (
    <p class={`alarm ${priority}`} data-alarm={row.name}>
      <span class="sign">{signs[priority]} {priority} priority</span>
      <b>{row.name}</b>
      {first.isFirstOut && <span class="mark">first out</span>}
      <span>at {clockText(first.tripped_s)}</span>
      <span class="remedy">{row.remedy}</span>
      {others.length > 0 && <span>and {others.length} more</span>}
    </p>
  );
}

function Connection() {
  const { state } = useApp();
  const status = state.status.value;
  const info = state.info.value;
  return (
    <p class="connection">
      {info?.role ?? "no role"}{state.hasSeat.value ? ", at the seat" : ""} · {counted(status?.viewers, "viewer")} · {counted(status?.dropped, "frame")} dropped
    </p>
  );
}
