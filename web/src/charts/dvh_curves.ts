// SPDX-License-Identifier: Apache-2.0
import type { DvhCurve } from "../wire/model";

const gridSize = 240;

/** Doses at which all curves of a chart are read, Gy: from 0 to beyond the largest. */
export function doseGrid(curves: readonly DvhCurve[], atLeast_Gy: number): number[] {
  const largest = Math.max(atLeast_Gy, ...curves.map((curve) => curve.dose_Gy.at(-1) ?? 0)) * 1.02;
  return Array.from({ length: gridSize }, (_, i) => (largest * i) / (gridSize - 1));
}

/** Part of the volume that receives at least a dose, %, linear between the curve's points; 0 beyond its end. */
export function volumeOn({ dose_Gy, volume_percent }: DvhCurve, dose: number): number {
  if (dose_Gy.length === 0) {
    return NaN;
  }
  if (dose <= dose_Gy[0]!) {
    return volume_percent[0]!;
  }
  let [low, high] = [0, dose_Gy.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    dose_Gy[middle]! <= dose ? (low = middle) : (high = middle);
  }
  if (high === dose_Gy.length) {
    return dose > dose_Gy[low]! ? 0 : volume_percent[low]!;
  }
  const part = (dose - dose_Gy[low]!) / (dose_Gy[high]! - dose_Gy[low]!);
  return volume_percent[low]! + part * (volume_percent[high]! - volume_percent[low]!);
}
