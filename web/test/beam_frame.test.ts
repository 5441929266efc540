// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { area_cm2, boundsOf, openings } from "../src/room/aperture";
import { beamAxes } from "../src/room/beam_frame";
import type { Vector } from "../src/volume/plane";
import { offsetOf } from "../src/view/orbit_camera";

const near = (a: Vector, b: Vector) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-12, `${a} is not ${b}`));
const angles = (gantry_deg: number, couch_deg = 0, collimator_deg = 0, gantry_pitch_deg = 0) => ({ gantry_deg, couch_deg, collimator_deg, gantry_pitch_deg });

test("the source stands where gantry and couch put it", () => {
  near(beamAxes("HFS", angles(0)).z, [0, -1, 0]); // anterior
  near(beamAxes("HFS", angles(90)).z, [1, 0, 0]); // the patient's left
  near(beamAxes("HFS", angles(180)).z, [0, 1, 0]);
  near(beamAxes("HFP", angles(0)).z, [0, 1, 0]);
  near(beamAxes("FFS", angles(90)).z, [-1, 0, 0]);
  near(beamAxes("HFS", angles(90, 90)).z, [0, 0, -1]); // the foot end
});

test("a pitch leans the beam out of the ring's plane, whichever way the gantry is turned", () => {
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  near(beamAxes("HFS", angles(0, 0, 0, 30)).z, [0, -c, -s]);
  near(beamAxes("HFS", angles(90, 0, 0, 30)).z, [c, 0, -s]);
  near(beamAxes("HFS", angles(90, 0, 0, 30)).y, [s, 0, c]);
});

test("the source's direction is that of the table's frame, over the sphere", () => {
  const [c, s] = [Math.cos, Math.sin];
  for (let couch = -90; couch <= 90; couch += 30) {
    for (let gantry = 0; gantry < 360; gantry += 20) {
      const [t, g] = [(couch * Math.PI) / 180, (gantry * Math.PI) / 180];
      const [x, y, z] = [c(t) * s(g), -s(t) * s(g), c(g)];
      near(beamAxes("HFS", angles(gantry, couch, 33)).z, [x, -z, y]);
    }
  }
});

test("the axes are at right angles and right-handed, and the collimator turns X and Y only", () => {
  const cross = (a: Vector, b: Vector): Vector => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  for (const position of ["HFS", "HFP", "FFS", "FFP"]) {
    const { x, y, z } = beamAxes(position, angles(40, -25, 15));
    near(cross(x, y), z);
    near(beamAxes(position, angles(40, -25, 90)).z, z);
  }
  assert.throws(() => beamAxes("HFDL", angles(0)), RangeError);
});

test("openings are where leaves are apart", () => {
  const open = openings([-10, -5, 0, 5], [-3, 0, -8], [4, 0, 2]);
  assert.deepEqual(open, [{ x1: -3, x2: 4, y1: -10, y2: -5 }, { x1: -8, x2: 2, y1: 0, y2: 5 }]);
  assert.deepEqual(boundsOf(open), { x1: -8, x2: 4, y1: -10, y2: 5 });
  assert.equal(area_cm2(open), (7 * 5 + 10 * 5) / 100);
  assert.equal(boundsOf([]), undefined);
  assert.deepEqual(openings([0, 5], [NaN], [NaN]), []);
});

test("an orbit keeps its distance", () => {
  for (const [azimuth_deg, elevation_deg] of [[0, 0], [30, 20], [-120, 80]] as const) {
    assert.ok(Math.abs(Math.hypot(...offsetOf({ azimuth_deg, elevation_deg, distance_m: 3 })) - 3) < 1e-12);
  }
  assert.deepEqual(offsetOf({ azimuth_deg: 0, elevation_deg: 0, distance_m: 1 }).map((value) => value + 0), [0, -1, 0]);
});
