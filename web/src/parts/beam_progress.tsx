// SPDX-License-Identifier: Apache-2.0
import { numberText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { SessionEvent } from "../wire/model";

/** MU of the beams that are finished, by index, as the controller counted them. */
function beamsDone(events: readonly SessionEvent[]): Map<number, number> {
  return new Map(events.filter((event) => event.kind === "beam_done").map((event) => [event.beam ?? -1, event.mu ?? NaN]));
}

/** Each beam with its MU given and planned. */
export function BeamProgress() {
  const { state } = useApp();
  const { link } = state;
  const done = beamsDone(state.shownEvents.value);
  const current = link.shown("beam");
  const isStale = link.isStale.value;
  const before = state.session.value?.given_before_mu ?? [];
  const givenOf = (i: number) => (i === current ? link.shown("beam_mu") : (done.get(i) ?? before[i] ?? (i < current ? NaN : 0)));
  return (
    <div class="table-frame">
      <table class={isStale ? "stale" : ""}>
        <thead><tr><th>No.</th><th>Beam</th><th>Given MU</th><th>Plan MU</th><th>Part</th></tr></thead>
        <tbody>
          {state.plan.value?.beams.map((beam, i) => {
            const [given, planned] = [givenOf(i), beam.mu];
            return (
              <tr key={beam.number} class={i === current ? "chosen" : ""} aria-current={i === current ? "step" : undefined}>
                <td class="number">{beam.number}</td>
                <td class="name">{beam.name}</td>
                <td class="number">{numberText(given, 2)}</td>
                <td class="number">{numberText(planned, 2)}</td>
                <td><meter min={0} max={Math.max(planned, 1e-6)} value={Number.isFinite(given) ? given : 0} aria-label={`MU of ${beam.name}`} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
