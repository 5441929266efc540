// SPDX-License-Identifier: Apache-2.0
import { computed, signal, type ReadonlySignal } from "@preact/signals";
import type { Frame } from "../wire/frame";
import type { Channel, Schema } from "../wire/model";

export type LinkState = "connecting" | "live" | "lost";

/** Silence after which a connection counts as lost, s. The server answers five echoes a second, so this is four missing. */
export const lostAfter_s = 0.8;

/**
 * Whether what is on the screen can be believed: fed with every message, asked in every frame. Values are shown as stale
 * as soon as the connection is, because a frozen number is worse than none.
 */
export class Link {
  readonly state = signal<LinkState>("connecting");
  /** The newest frame, at 10 Hz at most: what texts show. */
  readonly snapshot = signal<Frame | undefined>(undefined);
  /** Seconds since anything came from the server, at 10 Hz. */
  readonly silence_s = signal(0);
  /** Seconds since the newest frame. */
  readonly age_s = signal(Infinity);
  /** Time from asking for an echo to its answer, ms. */
  readonly roundTrip_ms = signal(NaN);
  readonly schema = signal<Schema | undefined>(undefined);
  readonly isStale: ReadonlySignal<boolean> = computed(() => this.state.value !== "live");

  private newestFrame: Frame | undefined;
  private frameAt_s = -Infinity;
  private heardAt_s = -Infinity;
  private index = new Map<string, number>();

  get newest(): Frame | undefined {
    return this.newestFrame;
  }

  takeSchema(schema: Schema, now_s: number): void {
    this.index = new Map(schema.channels.map((channel, i) => [channel.name, i]));
    this.newestFrame = undefined;
    this.snapshot.value = undefined;
    this.schema.value = schema;
    this.hear(now_s);
  }

  takeFrame(frame: Frame, now_s: number): void {
    this.newestFrame = frame;
    this.frameAt_s = now_s;
    this.hear(now_s);
  }

  /** What was last seen is no longer there: the session was put away, the record closed. */
  forgetFrame(): void {
    this.newestFrame = undefined;
    this.snapshot.value = undefined;
    this.frameAt_s = -Infinity;
  }

  /** Anything from the server shows that the connection stands. */
  hear(now_s: number): void {
    this.heardAt_s = now_s;
    this.state.value = "live";
  }

  lose(): void {
    if (this.state.value === "live") {
      this.state.value = "lost";
    }
  }

  /** Looks at the clock, in every frame. */
  watch(now_s: number): void {
    if (now_s - this.heardAt_s > lostAfter_s) {
      this.lose();
    }
  }

  /** Writes what texts show, ten times a second. */
  publish(now_s: number): void {
    this.snapshot.value = this.newestFrame;
    this.silence_s.value = Math.max(0, now_s - this.heardAt_s);
    this.age_s.value = now_s - this.frameAt_s;
  }

  /** The value of a channel in a frame; NaN where there is none. */
  in(frame: Frame | undefined, name: string): number {
    const at = this.index.get(name);
    return at === undefined ? NaN : (frame?.values[at] ?? NaN);
  }

  /** The newest value of a channel, for drawings. */
  value(name: string): number {
    return this.in(this.newestFrame, name);
  }

  /** The value of a channel as texts show it: reading it makes a component follow it. */
  shown(name: string): number {
    return this.in(this.snapshot.value, name);
  }

  channel(name: string): Channel | undefined {
    return this.schema.value?.channels[this.index.get(name) ?? -1];
  }
}
