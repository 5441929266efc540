// SPDX-License-Identifier: Apache-2.0
import { quantityText } from "../format/quantity";
import type { Vector } from "../volume/plane";
import { valueAt } from "../volume/volume";
import type { Plan } from "../wire/model";
import { centreOf, targetOf, type Structure } from "./anatomy";

/** An isocentre farther than this from the middle of its target is named to the person, mm. */
export const farIsocentre_mm = 30;

/** What is wrong with where a plan would be given. A person must see it before the beam. Empty where nothing is. */
export function planWarnings(plan: Plan, structures: readonly Structure[]): string[] {
  return [...differingIsocentres(plan), ...isocentreFromTarget(plan, structures)];
}

function distance(a: Vector, b: Vector): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function differingIsocentres(plan: Plan): string[] {
  const first = plan.beams[0];
  const others = plan.beams.filter((beam) => first !== undefined && distance(beam.isocentre_mm, first.isocentre_mm) > 0.1);
  return others.length === 0 ? [] : [`The beams have different isocentres: ${others.length} of ${plan.beams.length} differ from beam ${first!.number}.`];
}

function isocentreFromTarget(plan: Plan, structures: readonly Structure[]): string[] {
  const target = targetOf(plan, structures);
  const isocentre = plan.beams[0]?.isocentre_mm;
  const centre = centreOf(target?.mask);
  if (target === undefined || target.mask === undefined || isocentre === undefined || centre === undefined) {
    return [];
  }
  const away = distance(isocentre, centre);
  const isInside = valueAt(target.mask, isocentre) >= 128;
  return isInside || away <= farIsocentre_mm
    ? []
    : [`The isocentre lies outside ${target.name}, ${quantityText(away, "mm")} from its middle: compare the set-up with the plan.`];
}
