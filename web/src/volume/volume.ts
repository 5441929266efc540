// SPDX-License-Identifier: Apache-2.0
import type { PlaneGrid } from "./isolines";
import type { PlaneView, Vector } from "./plane";

/** Voxels of frame P, [z, y, x] with x fastest. */
export interface Volume {
  readonly values: Float32Array | Int16Array | Uint8Array;
  /** Counts along x, y and z. */
  readonly counts: readonly [number, number, number];
  /** Distances of voxel centres along x, y and z, mm. */
  readonly spacing_mm: Vector;
  /** Centre of the first voxel, frame P, mm. */
  readonly origin_mm: Vector;
}

/** Voxel coordinate of a point along an axis; whole numbers are voxel centres. */
export function voxelCoordinate(volume: Volume, axis: 0 | 1 | 2, mm: number): number {
  return (mm - volume.origin_mm[axis]) / volume.spacing_mm[axis];
}

const strides = (volume: Volume): Vector => [1, volume.counts[0], volume.counts[0] * volume.counts[1]];

/** The value at a point, trilinear between voxel centres; NaN outside them. */
export function valueAt(volume: Volume, point: Vector): number {
  const step = strides(volume);
  let sum = 0;
  const low: [number, number, number] = [0, 0, 0];
  const part: [number, number, number] = [0, 0, 0];
  for (const axis of [0, 1, 2] as const) {
    const at = voxelCoordinate(volume, axis, point[axis]);
    if (!(at >= 0 && at <= volume.counts[axis] - 1)) {
      return NaN;
    }
    low[axis] = Math.min(Math.floor(at), Math.max(0, volume.counts[axis] - 2));
    part[axis] = at - low[axis];
  }
  for (let corner = 0; corner < 8; ++corner) {
    let weight = 1;
    let index = 0;
    for (const axis of [0, 1, 2] as const) {
      const bit = (corner >> axis) & 1;
      weight *= bit === 1 ? part[axis] : 1 - part[axis];
      index += (low[axis] + bit) * step[axis];
    }
    sum += weight > 0 ? weight * volume.values[index]! : 0;
  }
  return sum;
}

/** A slice as stored, and where its columns and rows lie: the view's right and down, in steps of the volume's own grid. */
export interface Slice extends PlaneGrid {
  /** Coordinates in frame P of the first column and row, mm. */
  readonly start_mm: readonly [number, number];
  /** Steps from column to column and row to row, signed, mm. */
  readonly step_mm: readonly [number, number];
}

/**
 * The slice of a view at a coordinate of its normal, linear between the two next planes of voxels.
 *
 * @return undefined where the coordinate lies outside the volume by more than half a voxel
 * Cost O(pixels of the slice).
 */
export function sliceAt(volume: Volume, view: PlaneView, mm: number): Slice | undefined {
  const { right, down, normal } = view;
  const last = volume.counts[normal] - 1;
  const at = voxelCoordinate(volume, normal, mm);
  if (!(at >= -0.5 && at <= last + 0.5)) {
    return undefined;
  }
  const inside = Math.min(last, Math.max(0, at));
  const low = Math.min(Math.floor(inside), Math.max(0, last - 1));
  const part = inside - low;
  const step = strides(volume);
  const columns = volume.counts[right.axis];
  const rows = volume.counts[down.axis];
  const values = new Float32Array(columns * rows);
  const upper = part > 0 ? step[normal] : 0;
  for (let row = 0; row < rows; ++row) {
    const y = down.sign > 0 ? row : rows - 1 - row;
    const base = low * step[normal] + y * step[down.axis];
    for (let column = 0; column < columns; ++column) {
      const x = right.sign > 0 ? column : columns - 1 - column;
      const index = base + x * step[right.axis];
      const here = volume.values[index]!;
      values[row * columns + column] = here + part * (volume.values[index + upper]! - here);
    }
  }
  const edge = (axis: 0 | 1 | 2, sign: 1 | -1) =>
    volume.origin_mm[axis] + (sign > 0 ? 0 : (volume.counts[axis] - 1) * volume.spacing_mm[axis]);
  return {
    values, columns, rows,
    start_mm: [edge(right.axis, right.sign), edge(down.axis, down.sign)],
    step_mm: [right.sign * volume.spacing_mm[right.axis], down.sign * volume.spacing_mm[down.axis]],
  };
}
