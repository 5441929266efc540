// SPDX-License-Identifier: Apache-2.0
import { doseColour } from "../theme/palette";
import type { PlaneGrid } from "./isolines";

/** A window of CT numbers: what lies below is black, above white. */
export interface CtWindow {
  readonly centre_HU: number;
  readonly width_HU: number;
}

export const ctWindows: Readonly<Record<string, CtWindow>> = {
  "soft tissue": { centre_HU: 40, width_HU: 400 },
  lung: { centre_HU: -600, width_HU: 1500 },
  bone: { centre_HU: 400, width_HU: 1800 },
};

/** Grey of a CT number, 0 to 255. */
export function greyOf(value_HU: number, window: CtWindow): number {
  const part = (value_HU - window.centre_HU) / window.width_HU + 0.5;
  return Math.round(255 * Math.min(1, Math.max(0, part)));
}

/** RGBA of a slice of CT numbers. */
export function ctPixels(slice: PlaneGrid, window: CtWindow): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * slice.values.length);
  slice.values.forEach((value, i) => {
    const grey = greyOf(value, window);
    pixels.set([grey, grey, grey, 255], 4 * i);
  });
  return pixels;
}

const tableSize = 256;
const largestPart = 1.2;
const colours = Array.from({ length: tableSize }, (_, i) => doseColour((i / (tableSize - 1)) * largestPart));

/**
 * RGBA of a slice of dose: clear below `from_Gy`, then the palette's colours.
 *
 * @param whole_Gy  dose of the colour at 1: the prescription
 */
export function dosePixels(slice: PlaneGrid, whole_Gy: number, from_Gy: number, alpha: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * slice.values.length);
  slice.values.forEach((value, i) => {
    if (value >= from_Gy) {
      const at = Math.min(tableSize - 1, Math.round((value / whole_Gy / largestPart) * (tableSize - 1)));
      const [red, green, blue] = colours[at]!;
      pixels.set([red, green, blue, Math.round(255 * alpha)], 4 * i);
    }
  });
  return pixels;
}
