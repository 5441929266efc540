// SPDX-License-Identifier: Apache-2.0
import { cssOf, rgbOf } from "../theme/colour";
import { beam, chart, ink } from "../theme/palette";
import type { Segment } from "../wire/model";

export interface LeafPicture {
  /** Half of what the picture shows, at the isocentre, mm. */
  readonly half_mm: number;
  readonly boundaries_mm: readonly number[];
  /** Ends of the leaves by their encoders, mm. */
  readonly x1: ArrayLike<number>;
  readonly x2: ArrayLike<number>;
  readonly planned: Segment | undefined;
  readonly isOn: boolean;
}

/** Leaves as bars that come in from both sides, the plan's ends as ticks, a scale and the axis. X is right, Y up. */
export function paintLeaves(context: CanvasRenderingContext2D, picture: LeafPicture): void {
  const { width, height } = context.canvas;
  const scale = Math.min(width, height) / (2 * picture.half_mm);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(scale, 0, 0, -scale, width / 2, height / 2);
  context.lineWidth = 1 / scale;
  const edge = width / scale;
  paintBars(context, picture, edge);
  if (picture.planned !== undefined) {
    paintPlanned(context, picture, picture.planned, scale);
  }
  paintScale(context, picture.half_mm);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function paintBars(context: CanvasRenderingContext2D, { boundaries_mm, x1, x2, isOn }: LeafPicture, edge: number): void {
  context.fillStyle = cssOf(rgbOf("#5b6573"), 0.55);
  context.strokeStyle = cssOf(rgbOf("#12151a"), 0.7);
  for (let i = 0; i + 1 < boundaries_mm.length; ++i) {
    const [y, thickness] = [boundaries_mm[i]!, boundaries_mm[i + 1]! - boundaries_mm[i]!];
    const [left, right] = [Number.isFinite(x1[i]!) ? x1[i]! : 0, Number.isFinite(x2[i]!) ? x2[i]! : 0];
    context.fillRect(-edge, y, left + edge, thickness);
    context.fillRect(right, y, edge - right, thickness);
    context.strokeRect(-edge, y, left + edge, thickness);
    context.strokeRect(right, y, edge - right, thickness);
    if (isOn && right - left > 0.5) {
      context.fillStyle = cssOf(rgbOf(beam.ray), 0.3);
      context.fillRect(left, y, right - left, thickness);
      context.fillStyle = cssOf(rgbOf("#5b6573"), 0.55);
    }
  }
}

function paintPlanned(context: CanvasRenderingContext2D, { boundaries_mm }: LeafPicture, planned: Segment, scale: number): void {
  context.strokeStyle = chart.second;
  context.lineWidth = 1.5 / scale;
  context.beginPath();
  for (let i = 0; i + 1 < boundaries_mm.length; ++i) {
    if (planned.x2_mm[i]! - planned.x1_mm[i]! > 0.5) {
      for (const x of [planned.x1_mm[i]!, planned.x2_mm[i]!]) {
        context.moveTo(x, boundaries_mm[i]!);
        context.lineTo(x, boundaries_mm[i + 1]!);
      }
    }
  }
  context.stroke();
}

/** A cross through the axis with a tick every 10 mm. */
function paintScale(context: CanvasRenderingContext2D, half_mm: number): void {
  context.strokeStyle = cssOf(rgbOf(ink.text), 0.5);
  context.lineWidth = half_mm / 200;
  context.beginPath();
  context.moveTo(-half_mm, 0);
  context.lineTo(half_mm, 0);
  context.moveTo(0, -half_mm);
  context.lineTo(0, half_mm);
  for (let at = -Math.floor(half_mm / 10) * 10; at <= half_mm; at += 10) {
    const size = at % 50 === 0 ? 3 : 1.5;
    context.moveTo(at, -size);
    context.lineTo(at, size);
    context.moveTo(-size, at);
    context.lineTo(size, at);
  }
  context.stroke();
}
