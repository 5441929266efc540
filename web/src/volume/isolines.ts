// SPDX-License-Identifier: Apache-2.0

/** Values on a regular plane grid, [rows, columns], columns fastest. */
export interface PlaneGrid {
  readonly values: Float32Array;
  readonly columns: number;
  readonly rows: number;
}

/** Edges of a cell: 0 top, 1 right, 2 bottom, 3 left. */
type Edge = 0 | 1 | 2 | 3;

/**
 * Which edges a line joins, for the sixteen ways in which four corners lie above or below a level. The bits are the
 * corners top left, top right, bottom right, bottom left. Saddles (5 and 10) are settled by the cell's mean.
 */
const joined: readonly (readonly (readonly [Edge, Edge])[])[] = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];
const apart: Readonly<Record<number, readonly (readonly [Edge, Edge])[]>> = { 5: [[3, 0], [1, 2]], 10: [[0, 1], [2, 3]] };
const together: Readonly<Record<number, readonly (readonly [Edge, Edge])[]>> = { 5: [[3, 2], [1, 0]], 10: [[0, 3], [2, 1]] };

/**
 * The line on which a plane grid has a level, by marching squares (Lorensen and Cline 1987 in two dimensions) with
 * values linear along cell edges.
 *
 * @return segments x0, y0, x1, y1 in grid coordinates: column and row of a value's centre, not of its cell's corner
 * Cost O(rows · columns). Each point inside the grid ends exactly two segments, so lines close or end at the border.
 */
export function isolines(grid: PlaneGrid, level: number): Float32Array {
  const { values, columns, rows } = grid;
  const result: number[] = [];
  for (let row = 0; row + 1 < rows; ++row) {
    for (let column = 0; column + 1 < columns; ++column) {
      const i = row * columns + column;
      const corners = [values[i]!, values[i + 1]!, values[i + columns + 1]!, values[i + columns]!] as const;
      const state =
        (corners[0] >= level ? 1 : 0) | (corners[1] >= level ? 2 : 0) | (corners[2] >= level ? 4 : 0) | (corners[3] >= level ? 8 : 0);
      if (state === 0 || state === 15) {
        continue;
      }
      for (const [from, to] of segmentsOf(state, corners, level)) {
        result.push(...crossing(from, corners, level, column, row), ...crossing(to, corners, level, column, row));
      }
    }
  }
  return Float32Array.from(result);
}

type Corners = readonly [number, number, number, number];

function segmentsOf(state: number, corners: Corners, level: number): readonly (readonly [Edge, Edge])[] {
  if (state !== 5 && state !== 10) {
    return joined[state]!;
  }
  const mean = (corners[0] + corners[1] + corners[2] + corners[3]) / 4;
  return mean >= level ? together[state]! : apart[state]!;
}

function crossing(edge: Edge, corners: Corners, level: number, column: number, row: number): [number, number] {
  const part = (a: number, b: number) => (level - a) / (b - a);
  switch (edge) {
    case 0:
      return [column + part(corners[0], corners[1]), row];
    case 1:
      return [column + 1, row + part(corners[1], corners[2])];
    case 2:
      return [column + part(corners[3], corners[2]), row + 1];
    case 3:
      return [column, row + part(corners[0], corners[3])];
  }
}
