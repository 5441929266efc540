// SPDX-License-Identifier: Apache-2.0
import { signal } from "@preact/signals";
import { quantityText } from "../format/quantity";
import { ctWindows, type CtWindow } from "../volume/pixels";
import type { Vector } from "../volume/plane";

/** How the patient is looked at: shared by all slices, so that they show one point at one scale in one unit. */
export class PlanDisplay {
  readonly crosshair = signal<Vector>([0, 0, 0]);
  readonly mmPerPixel = signal(1);
  readonly window = signal<CtWindow>(ctWindows["soft tissue"]!);
  readonly isRelative = signal(false);
  readonly showsWash = signal(true);
  readonly showsLines = signal(true);
  readonly chosenBeam = signal(0);

  moveTo(point: Vector): void {
    this.crosshair.value = point;
  }

  zoom(factor: number): void {
    this.mmPerPixel.value = Math.min(4, Math.max(0.1, this.mmPerPixel.value * factor));
  }
}

/** A dose in the unit that was chosen: "23.75 Gy", or "95.0 %" of the prescription. */
export function doseText(dose_Gy: number, prescription_Gy: number, isRelative: boolean): string {
  return isRelative ? quantityText((100 * dose_Gy) / prescription_Gy, "%") : quantityText(dose_Gy, "Gy");
}
