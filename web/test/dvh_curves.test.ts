// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { doseGrid, volumeOn } from "../src/charts/dvh_curves";
import { verticalRange } from "../src/charts/live_range";

const curve = { dose_Gy: [0, 10, 20, 25], volume_percent: [100, 90, 40, 0] };

test("a curve is linear between its points and nothing beyond its end", () => {
  assert.deepEqual([-1, 0, 5, 10, 15, 25, 26].map((dose) => volumeOn(curve, dose)), [100, 100, 95, 90, 65, 0, 0]);
  assert.ok(Number.isNaN(volumeOn({ dose_Gy: [], volume_percent: [] }, 1)));
});

test("a curve never rises on its grid", () => {
  const volumes = doseGrid([curve], 30).map((dose) => volumeOn(curve, dose));
  volumes.forEach((volume, i) => assert.ok(i === 0 || volume <= volumes[i - 1]!));
  assert.ok(doseGrid([curve], 30).at(-1)! > 30);
});

test("a live chart shows its values, its limit, and no smaller span than it should", () => {
  assert.deepEqual(verticalRange(null, null, {}), [0, 1]);
  const [low, high] = verticalRange(5, 5.001, { least_span: 2 });
  assert.ok(low < 4.1 && high > 5.9);
  const [bottom, top] = verticalRange(100, 120, { limit: 20 });
  assert.ok(bottom < 20 && top > 120);
});
