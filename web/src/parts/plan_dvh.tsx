// SPDX-License-Identifier: Apache-2.0
import { useMemo } from "preact/hooks";
import { DvhChart } from "../charts/dvh_chart";
import { useApp } from "../state/console_app";
import { doseText } from "../state/plan_display";

/** The plan's dose-volume histograms, and the numbers that people ask of them. */
export function PlanDvh() {
  const { anatomy, display, state } = useApp();
  const plan = state.plan.value;
  const hidden = anatomy.hidden.value;
  const structures = anatomy.structures.value;
  const shown = useMemo(() => (plan?.dvhs ?? []).filter((dvh) => !hidden.has(dvh.structure)).sort((a, b) => Number(b.role === "target") - Number(a.role === "target")), [plan, hidden]);
  const lines = useMemo(
    () => shown.map((dvh) => ({ name: dvh.structure, colour: anatomy.colourOf(dvh.structure), curve: dvh, isWide: dvh.role === "target" || dvh.structure === plan?.target })),
    [shown, structures],
  );
  if (plan === undefined) {
    return <p class="more">no plan</p>;
  }
  const text = (dose_Gy: number) => doseText(dose_Gy, plan.prescription_Gy, display.isRelative.value);
  return (
    <div class="dvh-panel">
      <h2>Dose-volume histogram <span class="more">all fractions</span></h2>
      <DvhChart lines={lines} prescription_Gy={plan.prescription_Gy} isRelative={display.isRelative.value} label={`dose-volume histograms of ${shown.length} structures`} />
      <div class="table-frame">
        <table>
          <thead><tr><th>Structure</th><th>D98%</th><th>Mean</th><th>Max</th></tr></thead>
          <tbody>
            {shown.map((dvh) => (
              <tr key={dvh.structure}>
                <td><i class="swatch" style={{ background: anatomy.colourOf(dvh.structure) }} /> {dvh.structure}</td>
                <td class="number">{text(dvh.d98_Gy)}</td>
                <td class="number">{text(dvh.mean_Gy)}</td>
                <td class="number">{text(dvh.max_Gy)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
