// SPDX-License-Identifier: Apache-2.0

/** Time between two echoes and heartbeats, ms. */
export const pulse_ms = 200;

/**
 * Longest silence of the page that still counts as an operator who is there, ms. A page draws slowly on a computer without
 * a graphics card; one that is silent for longer cannot show an alarm or take a HOLD, and its operator is as good as lost.
 */
export const pageSilence_ms = 3000;

/** Whether the operator's heartbeat may be sent: this page has the seat, and has itself given a sign of life. */
export class Pulse {
  isSeated = false;
  private seenAt_ms = -Infinity;

  /** The page is there. */
  see(now_ms: number): void {
    this.seenAt_ms = now_ms;
  }

  beats(now_ms: number): boolean {
    return this.isSeated && now_ms - this.seenAt_ms <= pageSilence_ms;
  }
}
