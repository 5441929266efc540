// SPDX-License-Identifier: Apache-2.0

/** A rectangle of the isocentre plane that a leaf pair leaves open, frame B, mm. */
export interface Opening {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
}

/**
 * What the leaves leave open, one rectangle for each pair that is apart.
 *
 * @param boundaries_mm  [pairs + 1] ascending
 * @param x1, x2         [pairs] ends of the two banks, isocentre plane
 */
export function openings(boundaries_mm: readonly number[], x1: ArrayLike<number>, x2: ArrayLike<number>, least_mm = 0.5): Opening[] {
  const result: Opening[] = [];
  for (let i = 0; i + 1 < boundaries_mm.length; ++i) {
    if (x2[i]! - x1[i]! > least_mm) {
      result.push({ x1: x1[i]!, x2: x2[i]!, y1: boundaries_mm[i]!, y2: boundaries_mm[i + 1]! });
    }
  }
  return result;
}

/** The rectangle around all openings; undefined where all is closed. */
export function boundsOf(all: readonly Opening[]): Opening | undefined {
  if (all.length === 0) {
    return undefined;
  }
  return {
    x1: Math.min(...all.map((one) => one.x1)),
    x2: Math.max(...all.map((one) => one.x2)),
    y1: Math.min(...all.map((one) => one.y1)),
    y2: Math.max(...all.map((one) => one.y2)),
  };
}

/** Area of all openings, cm². */
export function area_cm2(all: readonly Opening[]): number {
  return all.reduce((sum, one) => sum + (one.x2 - one.x1) * (one.y2 - one.y1), 0) / 100;
}
