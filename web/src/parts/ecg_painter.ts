// SPDX-License-Identifier: Apache-2.0
import type { EcgSweep } from "../state/ecg_sweep";
import { chart, ink } from "../theme/palette";

/** mV from the middle of a lead's strip to its edge. */
const half_mV = 1.5;
/** The open piece ahead of the sweep, s. */
const open_s = 0.3;
const tall = 9;
/** Of the strip along the foot that shows when the gate stood open. */
const gateTall = 10;

export interface EcgPicture {
  readonly sweep: EcgSweep;
  readonly numLeads: number;
  /** Times of the beats, s from sample 0. */
  readonly beats_s: readonly number[];
  /** When the gate stood open, s from sample 0; null without a gate. */
  readonly open_s: readonly (readonly [number, number])[] | null;
  readonly isStale: boolean;
}

/** Leads one under the other as a monitor sweeps them: the newest sample runs to the right over what is a window old. */
export function paintEcg(context: CanvasRenderingContext2D, picture: EcgPicture): void {
  const { width, height } = context.canvas;
  const { sweep, numLeads } = picture;
  context.clearRect(0, 0, width, height);
  if (sweep.width === 0 || numLeads === 0) {
    return;
  }
  const strip = height / numLeads;
  paintSeconds(context, sweep);
  paintGate(context, picture);
  paintBeats(context, picture);
  context.strokeStyle = picture.isStale ? ink.stale : chart.measured;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  for (let lead = 0; lead < numLeads; ++lead) {
    paintLead(context, sweep, lead, (lead + 0.5) * strip, strip / (2 * half_mV));
  }
  paintScale(context, strip / (2 * half_mV));
}

/** Where a sample stands, and those that are shown. */
const place = (sweep: EcgSweep, sample: number, width: number) => ((sample % sweep.width) / sweep.width) * width;
const firstShown = (sweep: EcgSweep) => Math.max(0, sweep.shownEnd - sweep.width + Math.round(open_s * sweep.rate));

function paintSeconds(context: CanvasRenderingContext2D, sweep: EcgSweep): void {
  const { width, height } = context.canvas;
  context.strokeStyle = chart.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let sample = 0; sample < sweep.width; sample += sweep.rate) {
    const x = Math.round((sample / sweep.width) * width) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, height);
  }
  context.stroke();
}

/** Where the gate stood open: a pale field behind the leads, with a bar along the foot. */
function paintGate(context: CanvasRenderingContext2D, { sweep, open_s }: EcgPicture): void {
  const { width, height } = context.canvas;
  for (const [from_s, until_s] of open_s ?? []) {
    const from = Math.max(firstShown(sweep), Math.round(from_s * sweep.rate));
    const until = Math.min(sweep.shownEnd, Math.round(until_s * sweep.rate));
    for (let at = from; at < until; ) {
      const edge = Math.min(until, (Math.floor(at / sweep.width) + 1) * sweep.width);
      const x = place(sweep, at, width);
      const wide = ((edge - at) / sweep.width) * width;
      context.fillStyle = chart.gate;
      context.fillRect(x, 0, wide, height);
      context.fillStyle = chart.third;
      context.fillRect(x, height - gateTall, wide, gateTall);
      at = edge;
    }
  }
}

function paintBeats(context: CanvasRenderingContext2D, { sweep, beats_s }: EcgPicture): void {
  context.fillStyle = ink.muted;
  for (const t_s of beats_s) {
    const sample = Math.round(t_s * sweep.rate);
    if (sample >= firstShown(sweep) && sample < sweep.shownEnd) {
      const x = place(sweep, sample, context.canvas.width);
      context.beginPath();
      context.moveTo(x - tall / 2, 0);
      context.lineTo(x + tall / 2, 0);
      context.lineTo(x, tall);
      context.fill();
    }
  }
}

function paintLead(context: CanvasRenderingContext2D, sweep: EcgSweep, lead: number, middle: number, perMillivolt: number): void {
  const { width } = context.canvas;
  context.beginPath();
  let isOpen = true;
  for (let sample = firstShown(sweep); sample < sweep.shownEnd; ++sample) {
    const uV = sweep.at(lead, sample);
    isOpen ||= sample % sweep.width === 0;
    if (Number.isNaN(uV)) {
      isOpen = true;
      continue;
    }
    const x = place(sweep, sample, width);
    const y = middle - (uV / 1000) * perMillivolt;
    if (isOpen) {
      context.moveTo(x, y);
    } else {
      context.lineTo(x, y);
    }
    isOpen = false;
  }
  context.stroke();
}

/** A bar of one millivolt at the left edge. */
function paintScale(context: CanvasRenderingContext2D, perMillivolt: number): void {
  const top = Math.max(2, half_mV * perMillivolt - perMillivolt / 2);
  context.strokeStyle = ink.muted;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(5, top);
  context.lineTo(5, top + perMillivolt);
  context.stroke();
  context.fillStyle = ink.muted;
  context.font = "11px system-ui, sans-serif";
  context.fillText("1 mV", 10, top + 8);
}
