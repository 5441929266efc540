// SPDX-License-Identifier: Apache-2.0
import type { Vector } from "../volume/plane";

type Matrix = readonly [Vector, Vector, Vector];

const radians = Math.PI / 180;

interface BeamAngles {
  gantry_deg: number;
  gantry_pitch_deg: number;
  couch_deg: number;
  collimator_deg: number;
}

function about(axis: "x" | "y" | "z", angle_deg: number): Matrix {
  const [c, s] = [Math.cos(angle_deg * radians), Math.sin(angle_deg * radians)];
  if (axis === "x") {
    return [[1, 0, 0], [0, c, -s], [0, s, c]];
  }
  return axis === "y" ? [[c, 0, s], [0, 1, 0], [-s, 0, c]] : [[c, -s, 0], [s, c, 0], [0, 0, 1]];
}

function product(a: Matrix, b: Matrix): Matrix {
  const at = (row: Vector, column: 0 | 1 | 2) => row[0] * b[0][column] + row[1] * b[1][column] + row[2] * b[2][column];
  const rowOf = (row: Vector): Vector => [at(row, 0), at(row, 1), at(row, 2)];
  return [rowOf(a[0]), rowOf(a[1]), rowOf(a[2])];
}

/** Rows of the patient's x, y and z in terms of the table's X, Y and Z (docs/methods/frames.md). */
const fromTable: Readonly<Record<string, Matrix>> = {
  HFS: [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
  HFP: [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
  FFS: [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],
  FFP: [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
};

/**
 * Axes of frame B (beam-limiting device) in frame P: R_PB = R_PT · R_FT(couch)⁻¹ · R_FG(gantry, pitch) · R_GB(collimator), IEC
 * 61217:2011, section 4; the pitch turns about the X that the gantry has turned.
 *
 * @return X, Y and Z of frame B as directions of frame P; Z points to the source
 * @throws RangeError for a position that is none of HFS, HFP, FFS and FFP
 */
export function beamAxes(position: string, angles: BeamAngles): { x: Vector; y: Vector; z: Vector } {
  const toPatient = fromTable[position];
  if (toPatient === undefined) {
    throw new RangeError(`'${position}' is not a position of the patient`);
  }
  const gantry = product(about("y", angles.gantry_deg), about("x", angles.gantry_pitch_deg));
  const head = product(gantry, about("z", angles.collimator_deg));
  const all = product(toPatient, product(about("z", -angles.couch_deg), head));
  const column = (i: 0 | 1 | 2): Vector => [all[0][i], all[1][i], all[2][i]];
  return { x: column(0), y: column(1), z: column(2) };
}
