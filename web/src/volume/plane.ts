// SPDX-License-Identifier: Apache-2.0

/** A point or direction in frame P: x to the patient's left, y to posterior, z to superior (LPS), mm. */
export type Vector = readonly [number, number, number];

export type PlaneName = "axial" | "sagittal" | "coronal";

/** How a slice stands on the screen: which axis of frame P runs to the right, which one down, and which way. */
export interface PlaneView {
  readonly name: PlaneName;
  readonly right: { readonly axis: 0 | 1 | 2; readonly sign: 1 | -1 };
  readonly down: { readonly axis: 0 | 1 | 2; readonly sign: 1 | -1 };
  /** The axis that the slice stands across. */
  readonly normal: 0 | 1 | 2;
}

/** The usual views of radiology: the patient's left on the right of the screen, the front and the head up. */
export const planes: Readonly<Record<PlaneName, PlaneView>> = {
  axial: { name: "axial", right: { axis: 0, sign: 1 }, down: { axis: 1, sign: 1 }, normal: 2 },
  sagittal: { name: "sagittal", right: { axis: 1, sign: 1 }, down: { axis: 2, sign: -1 }, normal: 0 },
  coronal: { name: "coronal", right: { axis: 0, sign: 1 }, down: { axis: 2, sign: -1 }, normal: 1 },
};

const towards: readonly (readonly [string, string])[] = [["R", "L"], ["A", "P"], ["I", "S"]];
const words: Readonly<Record<string, string>> = { R: "right", L: "left", A: "anterior", P: "posterior", I: "inferior", S: "superior" };

/** Where the patient's sides are on the screen. */
export interface Orientation {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** The letters at the four edges of a view, from its axes alone, so that they cannot disagree with the picture. */
export function orientation(view: PlaneView): Orientation {
  const letter = (axis: number, sign: number) => towards[axis]![sign > 0 ? 1 : 0]!;
  return {
    left: letter(view.right.axis, -view.right.sign),
    right: letter(view.right.axis, view.right.sign),
    top: letter(view.down.axis, -view.down.sign),
    bottom: letter(view.down.axis, view.down.sign),
  };
}

/** What a screen reader says of a view: "axial, patient's right on the left, anterior at the top". */
export function spokenOrientation(view: PlaneView): string {
  const { left, top } = orientation(view);
  return `${view.name} slice, the patient's ${words[left]} side on the left, ${words[top]} at the top`;
}

/** A part of a plane on a part of the screen. */
export interface Window2d {
  /** The point of frame P in the middle of the view. */
  readonly centre: Vector;
  readonly mmPerPixel: number;
  readonly width: number;
  readonly height: number;
}

/** Pixel of a point's foot on the plane. */
export function toScreen(view: PlaneView, window: Window2d, point: Vector): [number, number] {
  const { right, down } = view;
  return [
    window.width / 2 + (right.sign * (point[right.axis] - window.centre[right.axis])) / window.mmPerPixel,
    window.height / 2 + (down.sign * (point[down.axis] - window.centre[down.axis])) / window.mmPerPixel,
  ];
}

/** The point under a pixel, in the slice that goes through `through`. */
export function fromScreen(view: PlaneView, window: Window2d, x: number, y: number, through: Vector): Vector {
  const point: [number, number, number] = [...through];
  point[view.right.axis] = window.centre[view.right.axis] + view.right.sign * (x - window.width / 2) * window.mmPerPixel;
  point[view.down.axis] = window.centre[view.down.axis] + view.down.sign * (y - window.height / 2) * window.mmPerPixel;
  return point;
}
