// SPDX-License-Identifier: Apache-2.0
import type { Contour } from "../wire/model";
import type { Volume } from "./volume";

const subRows = 4;
const full = 255;

/**
 * The volume of a structure from its contours: 0 outside to 255 inside, and between them what part of a voxel is covered,
 * so that the level of half lies on the contours. Polygons of one plane combine by exclusive or.
 *
 * @param spacing_mm  of voxels in the contours' planes; across, they are as far from each other as the planes
 * @return undefined where there are no contours. One voxel of nothing surrounds the structure.
 * Cost O(rows · points of a plane + voxels).
 */
export function rasterise(contours: readonly Contour[], spacing_mm: number): Volume | undefined {
  if (contours.length === 0) {
    return undefined;
  }
  const heights = [...new Set(contours.map((contour) => contour.z_mm))].sort((a, b) => a - b);
  const gap = heights.length > 1 ? Math.min(...heights.slice(1).map((height, i) => height - heights[i]!)) : spacing_mm;
  const box = boundsOf(contours);
  const counts = [
    Math.ceil((box.x1 - box.x0) / spacing_mm) + 3,
    Math.ceil((box.y1 - box.y0) / spacing_mm) + 3,
    Math.round((heights.at(-1)! - heights[0]!) / gap) + 3,
  ] as const;
  const origin_mm = [box.x0 - spacing_mm, box.y0 - spacing_mm, heights[0]! - gap] as const;
  const values = new Uint8Array(counts[0] * counts[1] * counts[2]);
  for (let plane = 1; plane + 1 < counts[2]; ++plane) {
    const height = nearest(heights, origin_mm[2] + plane * gap, gap);
    const polygons = contours.filter((contour) => contour.z_mm === height);
    const start = plane * counts[0] * counts[1];
    fillPlane(values.subarray(start, start + counts[0] * counts[1]), counts[0], counts[1], origin_mm, spacing_mm, polygons);
  }
  return { values, counts, spacing_mm: [spacing_mm, spacing_mm, gap], origin_mm };
}

interface Box { x0: number; x1: number; y0: number; y1: number }

function boundsOf(contours: readonly Contour[]): Box {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const { points_mm } of contours) {
    for (let i = 0; i + 1 < points_mm.length; i += 2) {
      box.x0 = Math.min(box.x0, points_mm[i]!);
      box.x1 = Math.max(box.x1, points_mm[i]!);
      box.y0 = Math.min(box.y0, points_mm[i + 1]!);
      box.y1 = Math.max(box.y1, points_mm[i + 1]!);
    }
  }
  return box;
}

/** The contours' plane next to a height, which is missing where it is further away than half a gap. */
function nearest(heights: readonly number[], height: number, gap: number): number {
  const best = heights.reduce((near, now) => (Math.abs(now - height) < Math.abs(near - height) ? now : near));
  return Math.abs(best - height) <= gap / 2 ? best : NaN;
}

function fillPlane(
  plane: Uint8Array, columns: number, rows: number, origin: readonly [number, number, number], spacing: number, polygons: readonly Contour[],
): void {
  const covered = new Float32Array(columns);
  for (let row = 0; row < rows; ++row) {
    covered.fill(0);
    for (let sub = 0; sub < subRows; ++sub) {
      const y = origin[1] + (row + (sub + 0.5) / subRows - 0.5) * spacing;
      addSpans(covered, crossingsAt(polygons, y).map((x) => (x - origin[0]) / spacing + 0.5));
    }
    for (let column = 0; column < columns; ++column) {
      plane[row * columns + column] = Math.min(full, Math.round((full / subRows) * covered[column]!));
    }
  }
}

/** Where a line of one y crosses the polygons, ascending. */
function crossingsAt(polygons: readonly Contour[], y: number): number[] {
  const result: number[] = [];
  for (const { points_mm: points } of polygons) {
    for (let i = 0; i < points.length; i += 2) {
      const next = (i + 2) % points.length;
      const [y0, y1] = [points[i + 1]!, points[next + 1]!];
      if (y0 <= y !== y1 <= y) {
        result.push(points[i]! + ((y - y0) / (y1 - y0)) * (points[next]! - points[i]!));
      }
    }
  }
  return result.sort((a, b) => a - b);
}

/** Adds to each cell what part of it lies between the first and second crossing, the third and fourth, and so on. */
function addSpans(covered: Float32Array, crossings: readonly number[]): void {
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [from, to] = [crossings[i]!, crossings[i + 1]!];
    for (let cell = Math.max(0, Math.floor(from)); cell < Math.min(covered.length, Math.ceil(to)); ++cell) {
      covered[cell]! += Math.min(to, cell + 1) - Math.max(from, cell);
    }
  }
}
