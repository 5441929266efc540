// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { centreOf, targetOf, volumeOf, type Structure } from "../src/state/anatomy";
import { planWarnings } from "../src/state/plan_checks";
import { rasterise } from "../src/volume/rasterise";
import type { Vector } from "../src/volume/plane";
import type { Plan } from "../src/wire/model";

/** A box of 20 mm about a point. */
function box(name: string, [x, y, z]: Vector): Structure {
  const contours = [-10, -5, 0, 5, 10].map((dz) => ({ z_mm: z + dz, points_mm: [x - 10, y - 10, x + 10, y - 10, x + 10, y + 10, x - 10, y + 10] }));
  return { name, isTarget: true, mask: rasterise(contours, 1) } as unknown as Structure;
}
const planWith = (...isocentres: Vector[]) =>
  ({ target: "PTV", warnings: [], beams: isocentres.map((isocentre_mm, i) => ({ number: i + 1, isocentre_mm })) }) as unknown as Plan;

test("the middle of a box is its middle", () => {
  const centre = centreOf(box("PTV", [70, -20, 5]).mask)!;
  [70, -20, 5].forEach((value, i) => assert.ok(Math.abs(centre[i]! - value) < 0.1));
  assert.equal(centreOf(undefined), undefined);
  assert.ok(Math.abs(volumeOf(box("PTV", [70, -20, 5]).mask) - 2 * 2 * 2.5) < 0.05); // five planes, 5 mm each
});

test("an isocentre in its target is in order, one beside it is named with its distance", () => {
  const structures = [box("PTV_2500", [70, -20, 5])];
  assert.deepEqual(planWarnings(planWith([72, -21, 5]), structures), []);
  const [warning, ...others] = planWarnings(planWith([10, -20, 5]), structures);
  assert.match(warning!, /outside PTV_2500, 60\.0\smm from its middle/);
  assert.equal(others.length, 0);
});

test("beams with different isocentres are named", () => {
  const [warning] = planWarnings(planWith([70, -20, 5], [70, -20, 5], [70, -15, 5]), [box("PTV", [70, -20, 5])]);
  assert.match(warning!, /1 of 3 differ from beam 1/);
});

test("a target is found by the plan's name or by its beginning", () => {
  const structures = [box("Heart", [0, 0, 0]), box("PTV_2500", [70, -20, 5])];
  assert.equal(targetOf(planWith(), structures)?.name, "PTV_2500");
  assert.deepEqual(planWarnings(planWith([500, 0, 0]), []), []);
});
