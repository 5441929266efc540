// SPDX-License-Identifier: Apache-2.0
import type { EcgBatch } from "../wire/model";

/** Seconds that a sweep takes across the picture. */
export const sweepWindow_s = 8;

/** The picture runs behind the newest sample so that it moves evenly while samples come in batches, s. */
const behind_s = 0.25;
/** A picture that is further behind than this jumps, s. */
const mostBehind_s = 1;

/** The last seconds of every lead of a running ECG, and how far a picture of them has come. */
export class EcgSweep {
  private rate_hz = 0;
  private speed = 1;
  private course = NaN;
  private columns: Float32Array[] = [];
  private nextSample = 0;
  private shown = 0;

  /** Number of the sample to ask for. */
  get next(): number {
    return this.nextSample;
  }
  get rate(): number {
    return this.rate_hz;
  }
  /** Samples across the picture. */
  get width(): number {
    return this.columns[0]?.length ?? 0;
  }
  /** Number of the sample after the newest one that the picture shows. */
  get shownEnd(): number {
    return Math.floor(this.shown);
  }

  take(batch: EcgBatch): void {
    const width = Math.round(batch.rate_hz * sweepWindow_s);
    const isOther = batch.course !== this.course || batch.rate_hz !== this.rate_hz || batch.leads.length !== this.columns.length || batch.next < this.nextSample;
    this.speed = batch.speed;
    if (isOther) {
      this.course = batch.course;
      this.rate_hz = batch.rate_hz;
      this.columns = batch.leads.map(() => new Float32Array(width).fill(NaN));
      this.nextSample = batch.first;
      this.shown = batch.next - behind_s * batch.rate_hz * batch.speed;
    }
    this.leaveOpen(this.nextSample, batch.first);
    batch.leads.forEach((lead, i) => lead.uV.forEach((uV, k) => (this.columns[i]![(batch.first + k) % width] = uV ?? NaN)));
    this.nextSample = batch.next;
  }

  /** Moves the picture on by `dt_s` of the page's clock at the ECG's speed, never beyond what came. */
  advance(dt_s: number): void {
    const newest = this.nextSample;
    const pace_hz = this.rate_hz * this.speed;
    const wanted = this.shown + dt_s * pace_hz;
    const most = mostBehind_s * Math.max(this.rate_hz, pace_hz);
    this.shown = newest - wanted > most ? newest - behind_s * pace_hz : Math.min(wanted, newest);
  }

  /** µV of a lead by sample number; NaN where nothing was measured, or where it is no longer kept. */
  at(lead: number, sample: number): number {
    const isKept = sample >= 0 && sample < this.nextSample && sample >= this.nextSample - this.width;
    return isKept ? this.columns[lead]![sample % this.width]! : NaN;
  }

  /** What was missed is a gap, not a line. */
  private leaveOpen(from: number, to: number): void {
    for (let sample = Math.max(from, to - this.width); sample < to; ++sample) {
      this.columns.forEach((column) => (column[sample % column.length] = NaN));
    }
  }
}
