// SPDX-License-Identifier: Apache-2.0

/** Called once a frame with the time of the page's clock, s. */
export type Drawing = (now_s: number) => void;

/** The page's one requestAnimationFrame loop: every picture that moves draws in it, and nothing has a loop of its own. */
export class DrawLoop {
  private readonly drawings = new Set<Drawing>();
  private count = 0;

  /** Frames drawn since the page began. */
  get frames(): number {
    return this.count;
  }

  /** Adds a drawing; the result takes it away again. */
  add(drawing: Drawing): () => void {
    this.drawings.add(drawing);
    return () => void this.drawings.delete(drawing);
  }

  start(): void {
    const draw = (now_ms: number) => {
      ++this.count;
      for (const drawing of this.drawings) {
        drawing(now_ms / 1000);
      }
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }
}

/** Lets a call through at most once in `interval_s`. Texts are written at 10 Hz: faster cannot be read. */
export class Throttle {
  private last_s = -Infinity;

  constructor(private readonly interval_s: number) {}

  isDue(now_s: number): boolean {
    if (now_s - this.last_s < this.interval_s) {
      return false;
    }
    this.last_s = now_s;
    return true;
  }
}
