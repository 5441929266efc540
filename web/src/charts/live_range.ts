// SPDX-License-Identifier: Apache-2.0

export interface RangeWishes {
  /** A level that must be seen. */
  readonly limit?: number | undefined;
  /** Smallest span, so that noise does not fill a chart. */
  readonly least_span?: number | undefined;
}

/** The span of a chart's values and its limit, widened to `least_span`, with a little room. */
export function verticalRange(low: number | null, high: number | null, { limit, least_span }: RangeWishes): [number, number] {
  const levels = [low, high, limit].filter((level): level is number => Number.isFinite(level));
  if (levels.length === 0) {
    return [0, least_span ?? 1];
  }
  const [bottom, top] = [Math.min(...levels), Math.max(...levels)];
  const span = Math.max(top - bottom, least_span ?? 1e-3);
  const middle = (bottom + top) / 2;
  return [middle - span * 0.55, middle + span * 0.55];
}
