// SPDX-License-Identifier: Apache-2.0
import { effect } from "@preact/signals";
import type { ConsoleApp } from "./console_app";

/** What tests may ask a page, besides what it says to people. */
export interface TestHook {
  /** Frames that the page has drawn. */
  frames: () => number;
  /** Sequence number and session time of the newest telemetry frame, −1 and NaN before the first. */
  sequence: () => number;
  time_s: () => number;
  /** Colour of the three-dimensional picture at a point of the window. */
  pixelAt: (x: number, y: number) => [number, number, number];
  /** A channel's newest value. */
  channel: (name: string) => number;
  isAnatomyLoaded: () => boolean;
  /** Longest silence of the server, s, that the page has drawn a frame in without its banner. */
  longestSilenceUnsaid_s: () => number;
}

declare global {
  interface Window {
    __xingu?: TestHook;
  }
}

export function publishHook(app: ConsoleApp): void {
  const { link } = app.state;
  let unsaid_s = 0;
  effect(() => {
    const silence = link.silence_s.value;
    if (link.state.peek() === "live" && document.querySelector("[data-banner=lost]") === null) {
      unsaid_s = Math.max(unsaid_s, silence);
    }
  });
  window.__xingu = {
    frames: () => app.loop.frames,
    sequence: () => link.newest?.sequence ?? -1,
    time_s: () => link.newest?.time_s ?? NaN,
    pixelAt: (x, y) => app.viewports.pixelAt(x, y),
    channel: (name) => link.value(name),
    isAnatomyLoaded: () => !app.anatomy.isLoading.peek(),
    longestSilenceUnsaid_s: () => unsaid_s,
  };
}
