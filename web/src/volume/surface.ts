// SPDX-License-Identifier: Apache-2.0
import type { Volume } from "./volume";

/** Triangles in frame P, mm; seen from outside they run anticlockwise. */
export interface Surface {
  readonly positions: Float32Array;
  readonly triangles: Uint32Array;
}

/**
 * The surface on which a volume has a level, by surface nets (Gibson 1998, "Constrained elastic surface nets"): one
 * vertex in each cell that the surface crosses, at the mean of the crossings of its edges, and one square for each edge
 * of the grid that it crosses. Closed where the volume is below the level at its border.
 *
 * Cost O(voxels).
 */
export function surfaceAt(volume: Volume, level: number): Surface {
  const [nx, ny, nz] = volume.counts;
  const cells = new Int32Array(nx * ny * nz).fill(-1);
  const positions: number[] = [];
  for (let z = 0; z + 1 < nz; ++z) {
    for (let y = 0; y + 1 < ny; ++y) {
      for (let x = 0; x + 1 < nx; ++x) {
        const vertex = vertexOf(volume, x, y, z, level);
        if (vertex !== undefined) {
          cells[(z * ny + y) * nx + x] = positions.length / 3;
          positions.push(...vertex.map((at, axis) => volume.origin_mm[axis as 0 | 1 | 2] + at * volume.spacing_mm[axis as 0 | 1 | 2]));
        }
      }
    }
  }
  return { positions: Float32Array.from(positions), triangles: squares(volume, cells, level) };
}

/** Ends of the twelve edges of a cell, as corners with bits x, y, z. */
const edges: readonly (readonly [number, number])[] = [
  [0, 1], [2, 3], [4, 5], [6, 7], [0, 2], [1, 3], [4, 6], [5, 7], [0, 4], [1, 5], [2, 6], [3, 7],
];

function vertexOf(volume: Volume, x: number, y: number, z: number, level: number): [number, number, number] | undefined {
  const [nx, ny] = volume.counts;
  const base = (z * ny + y) * nx + x;
  const value = (corner: number) => volume.values[base + (corner & 1) + ((corner >> 1) & 1) * nx + (corner >> 2) * nx * ny]!;
  let count = 0;
  const sum: [number, number, number] = [0, 0, 0];
  for (const [from, to] of edges) {
    const [low, high] = [value(from), value(to)];
    if (low >= level !== high >= level) {
      const part = (level - low) / (high - low);
      for (const axis of [0, 1, 2] as const) {
        const [begin, end] = [(from >> axis) & 1, (to >> axis) & 1];
        sum[axis] += begin + part * (end - begin);
      }
      ++count;
    }
  }
  return count === 0 ? undefined : [x + sum[0] / count, y + sum[1] / count, z + sum[2] / count];
}

function squares(volume: Volume, cells: Int32Array, level: number): Uint32Array {
  const [nx, ny, nz] = volume.counts;
  const step = [1, nx, nx * ny] as const;
  const triangles: number[] = [];
  for (let z = 1; z + 1 < nz; ++z) {
    for (let y = 1; y + 1 < ny; ++y) {
      for (let x = 1; x + 1 < nx; ++x) {
        const at = (z * ny + y) * nx + x;
        const isInside = volume.values[at]! >= level;
        for (const axis of [0, 1, 2] as const) {
          if (isInside !== volume.values[at + step[axis]]! >= level) {
            const [u, v] = [step[(axis + 1) % 3]!, step[(axis + 2) % 3]!];
            const around = [cells[at - u - v]!, cells[at - v]!, cells[at]!, cells[at - u]!] as const;
            const [a, b, c, d] = isInside ? around : ([around[3], around[2], around[1], around[0]] as const);
            triangles.push(a, b, c, a, c, d);
          }
        }
      }
    }
  }
  return Uint32Array.from(triangles);
}
