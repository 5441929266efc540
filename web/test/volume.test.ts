// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromScreen, orientation, planes, spokenOrientation, toScreen, type PlaneName, type Vector } from "../src/volume/plane";
import { ctPixels, dosePixels, greyOf } from "../src/volume/pixels";
import { sliceAt, valueAt, type Volume } from "../src/volume/volume";

/** A volume whose value is 1·x + 10·y + 100·z of its voxel centres, so that trilinear values are exact. */
function linearVolume(): Volume {
  const counts = [5, 4, 3] as const;
  const spacing_mm: Vector = [2, 3, 4];
  const origin_mm: Vector = [-10, 20, 100];
  const values = new Float32Array(60);
  for (let z = 0; z < 3; ++z) {
    for (let y = 0; y < 4; ++y) {
      for (let x = 0; x < 5; ++x) {
        values[(z * 4 + y) * 5 + x] = linear([-10 + 2 * x, 20 + 3 * y, 100 + 4 * z]);
      }
    }
  }
  return { values, counts, spacing_mm, origin_mm };
}
const linear = ([x, y, z]: Vector) => x + 10 * y + 100 * z;

test("a linear volume is linear between its voxels and has no value outside", () => {
  const volume = linearVolume();
  for (const point of [[-10, 20, 100], [-2, 29, 108], [-5.5, 24.1, 103.3]] as const) {
    assert.ok(Math.abs(valueAt(volume, point) - linear(point)) < 1e-2);
  }
  assert.ok(Number.isNaN(valueAt(volume, [-10.1, 20, 100])));
  assert.ok(Number.isNaN(valueAt(volume, [-10, 29.1, 100])));
});

test("a slice has the volume's values where it says they are", () => {
  const volume = linearVolume();
  const at: Record<PlaneName, number> = { axial: 105, sagittal: -5, coronal: 22 };
  for (const view of Object.values(planes)) {
    const slice = sliceAt(volume, view, at[view.name])!;
    for (const [column, row] of [[0, 0], [slice.columns - 1, 0], [1, slice.rows - 1]] as const) {
      const point: [number, number, number] = [0, 0, 0];
      point[view.normal] = at[view.name];
      point[view.right.axis] = slice.start_mm[0] + column * slice.step_mm[0];
      point[view.down.axis] = slice.start_mm[1] + row * slice.step_mm[1];
      assert.ok(Math.abs(slice.values[row * slice.columns + column]! - linear(point)) < 1e-2, view.name);
    }
  }
  assert.equal(sliceAt(volume, planes.axial, 90), undefined);
  assert.equal(sliceAt(volume, planes.axial, 98.5)?.values[0], linear([-10, 20, 100]));
});

test("the sides of the patient are where radiology has them", () => {
  assert.deepEqual(orientation(planes.axial), { left: "R", right: "L", top: "A", bottom: "P" });
  assert.deepEqual(orientation(planes.sagittal), { left: "A", right: "P", top: "S", bottom: "I" });
  assert.deepEqual(orientation(planes.coronal), { left: "R", right: "L", top: "S", bottom: "I" });
  assert.match(spokenOrientation(planes.axial), /right side on the left, anterior at the top/);
});

test("a letter stands on the side to which its axis runs", () => {
  const window = { centre: [0, 0, 0] as const, mmPerPixel: 0.5, width: 400, height: 300 };
  for (const view of Object.values(planes)) {
    const letters = orientation(view);
    for (const [letter, point] of [["L", [50, 0, 0]], ["P", [0, 50, 0]], ["S", [0, 0, 50]]] as const) {
      const [x, y] = toScreen(view, window, point);
      assert.equal(letters.right === letter, x > 200, `${letter} ${view.name}`);
      assert.equal(letters.bottom === letter, y > 150);
      assert.equal(letters.left === letter, x < 200);
      assert.equal(letters.top === letter, y < 150);
    }
  }
});

test("a pixel and its point are each other's", () => {
  const window = { centre: [12, -7, 30] as const, mmPerPixel: 0.7, width: 401, height: 299 };
  for (const view of Object.values(planes)) {
    const [x, y] = toScreen(view, window, fromScreen(view, window, 33, 77, [1, 2, 3]));
    assert.ok(Math.abs(x - 33) < 1e-9 && Math.abs(y - 77) < 1e-9);
    assert.equal(fromScreen(view, window, 33, 77, [1, 2, 3])[view.normal], [1, 2, 3][view.normal]);
  }
});

test("a window of CT numbers ends in black and white", () => {
  const window = { centre_HU: 40, width_HU: 400 };
  assert.deepEqual([-161, -160, 40, 240, 3000].map((value) => greyOf(value, window)), [0, 0, 128, 255, 255]);
  const pixels = ctPixels({ values: Float32Array.from([-1000, 40]), columns: 2, rows: 1 }, window);
  assert.deepEqual([...pixels], [0, 0, 0, 255, 128, 128, 128, 255]);
});

test("dose below the smallest level is clear, and the prescription is bright", () => {
  const pixels = dosePixels({ values: Float32Array.from([0, 4.9, 25, 60]), columns: 4, rows: 1 }, 25, 5, 0.5);
  assert.deepEqual([pixels[3], pixels[7], pixels[11], pixels[15]], [0, 0, 128, 128]);
  assert.ok(pixels[8]! > 200 && pixels[12] === 255);
});
