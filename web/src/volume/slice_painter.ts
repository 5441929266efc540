// SPDX-License-Identifier: Apache-2.0
import type { Dose, Structure } from "../state/anatomy";
import { isodoseLevels_percent, doseColour } from "../theme/palette";
import { cssOf } from "../theme/colour";
import { isolines } from "./isolines";
import { ctPixels, dosePixels, type CtWindow } from "./pixels";
import { fromScreen, toScreen, type PlaneView, type Vector, type Window2d } from "./plane";
import { sliceAt, type Slice, type Volume } from "./volume";

/** What a slice shows. */
export interface SliceContent {
  readonly ct: Volume | undefined;
  readonly dose: Dose | undefined;
  readonly structures: readonly Structure[];
  readonly hidden: ReadonlySet<string>;
  readonly prescription_Gy: number;
  readonly isocentre_mm: Vector | undefined;
  readonly window: CtWindow;
  readonly showsWash: boolean;
  readonly showsLines: boolean;
}

/** Smallest isodose of the wash, part of the prescription. */
const washFrom = 0.1;
const washAlpha = 0.45;

/** A picture that is made anew only when what it was made from changes. */
class Kept<T> {
  private key: readonly unknown[] = [];
  private value: T | undefined;

  get(key: readonly unknown[], make: () => T): T {
    if (this.value === undefined || key.length !== this.key.length || key.some((part, i) => part !== this.key[i])) {
      this.key = key;
      this.value = make();
    }
    return this.value;
  }
}

interface Line {
  readonly points_mm: Float32Array;
  readonly colour: string;
  readonly width: number;
}

/** Draws one slice of the patient into a canvas: CT, dose wash, isodose lines, structures, isocentre, crosshair. */
export class SlicePainter {
  private readonly ctImage = new Kept<{ canvas: HTMLCanvasElement; slice: Slice } | null>();
  private readonly washImage = new Kept<{ canvas: HTMLCanvasElement; slice: Slice } | null>();
  private readonly doseLines = new Kept<readonly Line[]>();
  private readonly outlines = new Kept<readonly Line[]>();

  constructor(private readonly view: PlaneView) {}

  paint(context: CanvasRenderingContext2D, window: Window2d, crosshair: Vector, content: SliceContent): void {
    const at = crosshair[this.view.normal];
    context.fillStyle = "#000000";
    context.fillRect(0, 0, window.width, window.height);
    this.drawImage(context, window, this.ctAt(at, content));
    if (content.showsWash) {
      this.drawImage(context, window, this.washAt(at, content));
    }
    if (content.showsLines) {
      this.drawLines(context, window, this.doseLinesAt(at, content));
    }
    this.drawLines(context, window, this.outlinesAt(at, content));
    if (content.isocentre_mm !== undefined) {
      drawIsocentre(context, toScreen(this.view, window, content.isocentre_mm));
    }
    drawCrosshair(context, window, toScreen(this.view, window, crosshair));
  }

  private ctAt(at: number, { ct, window }: SliceContent) {
    return this.ctImage.get([at, ct, window], () => imageOf(ct && sliceAt(ct, this.view, at), (slice) => ctPixels(slice, window)));
  }

  private washAt(at: number, { dose, prescription_Gy: whole }: SliceContent) {
    return this.washImage.get([at, dose, whole], () =>
      imageOf(dose && sliceAt(dose.volume, this.view, at), (slice) => dosePixels(slice, whole, washFrom * whole, washAlpha)),
    );
  }

  private doseLinesAt(at: number, { dose, prescription_Gy: whole }: SliceContent): readonly Line[] {
    return this.doseLines.get([at, dose, whole], () => {
      const slice = dose && sliceAt(dose.volume, this.view, at);
      return slice === undefined ? [] : isodoseLevels_percent.map((percent) => ({
        points_mm: inMm(isolines(slice, (percent / 100) * whole), slice), colour: cssOf(doseColour(Math.max(0.3, percent / 100))), width: percent === 100 ? 2 : 1.2,
      }));
    });
  }

  private outlinesAt(at: number, { structures, hidden }: SliceContent): readonly Line[] {
    return this.outlines.get([at, structures, hidden], () =>
      structures.filter(({ name, mask }) => !hidden.has(name) && mask !== undefined).map((structure) => {
        const slice = sliceAt(structure.mask!, this.view, at);
        return { points_mm: slice === undefined ? new Float32Array() : inMm(isolines(slice, 127.5), slice), colour: structure.colour, width: structure.isTarget ? 2.2 : 1.2 };
      }),
    );
  }

  private drawImage(context: CanvasRenderingContext2D, window: Window2d, image: { canvas: HTMLCanvasElement; slice: Slice } | null): void {
    if (image === null) {
      return;
    }
    const { slice, canvas } = image;
    const corner: [number, number, number] = [0, 0, 0];
    corner[this.view.right.axis] = slice.start_mm[0] - slice.step_mm[0] / 2;
    corner[this.view.down.axis] = slice.start_mm[1] - slice.step_mm[1] / 2;
    const [x, y] = toScreen(this.view, window, corner);
    const scale = 1 / window.mmPerPixel;
    context.drawImage(canvas, x, y, canvas.width * Math.abs(slice.step_mm[0]) * scale, canvas.height * Math.abs(slice.step_mm[1]) * scale);
  }

  private drawLines(context: CanvasRenderingContext2D, window: Window2d, lines: readonly Line[]): void {
    const { right, down } = this.view;
    const point: [number, number, number] = [0, 0, 0];
    for (const { points_mm, colour, width } of lines) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      for (let i = 0; i < points_mm.length; i += 2) {
        point[right.axis] = points_mm[i]!;
        point[down.axis] = points_mm[i + 1]!;
        const [x, y] = toScreen(this.view, window, point);
        i % 4 === 0 ? context.moveTo(x, y) : context.lineTo(x, y);
      }
      context.stroke();
    }
  }
}

function imageOf(slice: Slice | undefined, pixelsOf: (slice: Slice) => Uint8ClampedArray<ArrayBuffer>) {
  if (slice === undefined) {
    return null;
  }
  const canvas = document.createElement("canvas");
  canvas.width = slice.columns;
  canvas.height = slice.rows;
  canvas.getContext("2d")!.putImageData(new ImageData(pixelsOf(slice), slice.columns, slice.rows), 0, 0);
  return { canvas, slice };
}

/** Lines of grid coordinates as coordinates of frame P along the view's axes. */
function inMm(lines: Float32Array, slice: Slice): Float32Array {
  return lines.map((value, i) => slice.start_mm[(i % 2) as 0 | 1] + value * slice.step_mm[(i % 2) as 0 | 1]);
}

function drawIsocentre(context: CanvasRenderingContext2D, [x, y]: [number, number]): void {
  context.strokeStyle = "#ffffff";
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.moveTo(x - 9, y);
  context.lineTo(x + 9, y);
  context.moveTo(x, y - 9);
  context.lineTo(x, y + 9);
  context.stroke();
}

function drawCrosshair(context: CanvasRenderingContext2D, window: Window2d, [x, y]: [number, number]): void {
  context.strokeStyle = "rgba(236, 238, 241, 0.55)";
  context.lineWidth = 1;
  context.beginPath();
  for (const [x0, y0, x1, y1] of [[0, y, x - 14, y], [x + 14, y, window.width, y], [x, 0, x, y - 14], [x, y + 14, x, window.height]] as const) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
}

/** The point that a mouse points at. */
export function pointAt(view: PlaneView, window: Window2d, event: { offsetX: number; offsetY: number }, crosshair: Vector): Vector {
  return fromScreen(view, window, event.offsetX, event.offsetY, crosshair);
}
