// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { isolines } from "../src/volume/isolines";
import { planes } from "../src/volume/plane";
import { rasterise } from "../src/volume/rasterise";
import { surfaceAt, type Surface } from "../src/volume/surface";
import { sliceAt, type Volume } from "../src/volume/volume";

function ball(radius: number, centre: readonly [number, number, number]): Volume {
  const counts = [40, 36, 32] as const;
  const values = new Float32Array(40 * 36 * 32);
  for (let z = 0; z < 32; ++z) {
    for (let y = 0; y < 36; ++y) {
      for (let x = 0; x < 40; ++x) {
        values[(z * 36 + y) * 40 + x] = radius - Math.hypot(x - 20 - centre[0], y - 18 - centre[1], z - 16 - centre[2]);
      }
    }
  }
  return { values, counts, spacing_mm: [1, 1, 1], origin_mm: [-20, -18, -16] };
}

/** Signed volume inside triangles that run anticlockwise seen from outside (divergence theorem). */
function enclosed({ positions, triangles }: Surface): number {
  const point = (i: number) => [positions[3 * i]!, positions[3 * i + 1]!, positions[3 * i + 2]!] as const;
  let sum = 0;
  for (let i = 0; i < triangles.length; i += 3) {
    const [a, b, c] = [point(triangles[i]!), point(triangles[i + 1]!), point(triangles[i + 2]!)];
    sum += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return sum / 6;
}

test("the surface of a ball is closed, faces outward and holds its volume", () => {
  const surface = surfaceAt(ball(12, [0.3, -0.2, 0.1]), 0);
  assert.ok(Math.abs(enclosed(surface) / ((4 / 3) * Math.PI * 12 ** 3) - 1) < 0.01);
  const directed = new Set<string>();
  for (let i = 0; i < surface.triangles.length; i += 3) {
    for (const [from, to] of [[0, 1], [1, 2], [2, 0]] as const) {
      directed.add(`${surface.triangles[i + from]},${surface.triangles[i + to]}`);
    }
  }
  assert.equal(directed.size, surface.triangles.length);
  for (const edge of directed) {
    assert.ok(directed.has(edge.split(",").reverse().join(",")), edge);
  }
});

const square = (low: number, high: number) => [low, low, high, low, high, high, low, high];

test("a square's volume is its area, and its half level lies on its sides", () => {
  const volume = rasterise([0, 3, 6].map((z_mm) => ({ z_mm, points_mm: square(-10.4, 10.4) })), 1.5)!;
  const sum = [...volume.values].reduce((total, value) => total + value, 0) / 255;
  assert.ok(Math.abs((sum * 1.5 * 1.5) / (3 * 20.8 ** 2) - 1) < 0.01);
  const slice = sliceAt(volume, planes.axial, 3)!;
  const lines = isolines(slice, 127.5);
  const middle: number[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const [x, y] = [slice.start_mm[0] + lines[i]! * 1.5, slice.start_mm[1] + lines[i + 1]! * 1.5];
    if (Math.abs(y) < 5) {
      middle.push(Math.abs(x));
    }
  }
  assert.ok(middle.length > 4 && middle.every((x) => Math.abs(x - 10.4) < 0.4));
});

test("a polygon inside another is a hole", () => {
  const volume = rasterise([{ z_mm: 0, points_mm: square(-10, 10) }, { z_mm: 0, points_mm: square(-4, 4) }], 1)!;
  const area = [...volume.values].reduce((total, value) => total + value, 0) / 255;
  assert.ok(Math.abs(area - (400 - 64)) < 4);
});

test("a plane without contours stays empty", () => {
  const volume = rasterise([0, 2, 6].map((z_mm) => ({ z_mm, points_mm: square(0, 5) })), 1)!;
  const size = volume.counts[0] * volume.counts[1];
  const filled = Array.from({ length: volume.counts[2] }, (_, plane) => [...volume.values.subarray(plane * size, (plane + 1) * size)].some((value) => value > 0));
  assert.deepEqual(filled, [false, true, true, false, true, false]);
  assert.equal(rasterise([], 1), undefined);
});
