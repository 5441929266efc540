// SPDX-License-Identifier: Apache-2.0
import { useMemo } from "preact/hooks";
import { DvhChart } from "../charts/dvh_chart";
import { quantityText } from "../format/quantity";
import { useApp } from "../state/console_app";
import { doseText } from "../state/plan_display";
import type { DvhPair } from "../wire/model";

/** More curves than these cannot be told apart; the table has all structures. */
const mostCurves = 8;

/** The target first, then what the plan gives the most. */
function byImportance(structures: readonly DvhPair[], target: string | undefined): DvhPair[] {
  const rank = (one: DvhPair) => (one.name === target ? Infinity : one.planned_mean_Gy);
  return structures.toSorted((a, b) => rank(b) - rank(a));
}

/** What was given so far beside what was planned: one fraction, computed anew while the session runs. */
export function DeliveredDvh() {
  const { anatomy, display, state } = useApp();
  const dvh = state.dvh.value;
  const structures = anatomy.structures.value;
  const plan = state.plan.value;
  const rows = useMemo(() => byImportance(dvh?.structures ?? [], plan?.target), [dvh, plan]);
  const lines = useMemo(
    () => rows.slice(0, mostCurves).flatMap(({ name, planned, delivered }) => {
      const colour = anatomy.colourOf(name);
      return [{ name, colour, curve: planned, isBroken: true }, { name, colour, curve: delivered, isWide: true }];
    }),
    [rows, structures],
  );
  if (dvh === undefined || dvh.structures.length === 0 || plan === undefined) {
    return <p class="more" data-delivered="none">The delivered dose shows here as soon as some of it is given.</p>;
  }
  const whole = plan.prescription_Gy / plan.fractions;
  const text = (dose_Gy: number) => doseText(dose_Gy, whole, display.isRelative.value);
  return (
    <div class="dvh-panel" data-delivered={dvh.given_mu}>
      <p class="more">Given <b class="number">{quantityText(dvh.given_mu ?? NaN, "MU")}</b> of {quantityText(dvh.planned_mu ?? NaN, "MU")}, one fraction · solid given, broken planned · {dvh.engine ?? ""}</p>
      <DvhChart lines={lines} prescription_Gy={whole} isRelative={display.isRelative.value} label="delivered and planned dose-volume histograms" />
      <div class="table-frame">
        <table>
          <thead><tr><th>Structure</th><th>D98% given</th><th>plan</th><th>Mean given</th><th>plan</th></tr></thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.name}>
                <td><i class="swatch" style={{ background: anatomy.colourOf(one.name) }} /> {one.name}</td>
                <td class="number">{text(one.delivered_d98_Gy)}</td><td class="number">{text(one.planned_d98_Gy)}</td>
                <td class="number">{text(one.delivered_mean_Gy)}</td><td class="number">{text(one.planned_mean_Gy)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
