// SPDX-License-Identifier: Apache-2.0
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { numberText } from "../format/quantity";
import { useApp } from "../state/console_app";

/** The beams of the plan, one row each. Choosing one shows its field in space. */
export function BeamTable() {
  const app = useApp();
  const { anatomy, display, planScene, state } = app;
  useEffect(
    () => effect(() => {
      const chosen = display.chosenBeam.value;
      const plan = state.plan.peek();
      if (plan !== undefined && !anatomy.isLoading.peek()) {
        planScene.build(plan, anatomy, chosen);
      }
    }),
    [app],
  );
  const plan = state.plan.value;
  const leans = plan?.beams.some((beam) => beam.gantry_pitch_deg !== 0) ?? false;
  return (
    <div class={leans ? "table-frame beams leans" : "table-frame beams"}>
      <table>
        <caption>Beams <span class="more">{plan?.beams.length ?? 0}, {plan === undefined ? "–" : numberText(plan.mu, 1)} MU in all</span></caption>
        <thead>
          <tr><th>No.</th><th>Beam</th><th>Gantry °</th>{leans && <th>Pitch °</th>}<th>Couch °</th><th class="collimator">Coll. °</th><th>MU</th><th class="segments">Seg.</th></tr>
        </thead>
        <tbody>
          {plan?.beams.map((beam, i) => (
            <tr key={beam.number} class={i === display.chosenBeam.value ? "chosen" : ""} tabIndex={0} aria-selected={i === display.chosenBeam.value}
              onClick={() => void (display.chosenBeam.value = i)} onKeyDown={(event) => void (event.key === "Enter" && (display.chosenBeam.value = i))}>
              <td class="number">{beam.number}</td>
              <td class="name">{beam.name}</td>
              <td class="number">{numberText(beam.gantry_deg, 1)}</td>
              {leans && <td class="number">{numberText(beam.gantry_pitch_deg, 1)}</td>}
              <td class="number">{numberText(beam.couch_deg, 1)}</td>
              <td class="number collimator">{numberText(beam.collimator_deg, 1)}</td>
              <td class="number">{numberText(beam.mu, 1)}</td>
              <td class="number segments">{beam.segments.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
