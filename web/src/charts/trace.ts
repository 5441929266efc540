// SPDX-License-Identifier: Apache-2.0

/**
 * The last seconds of some channels, in rings: one column of times and one per channel. What came late or twice is left
 * out, so that times ascend; a jump back, as a new session or a replay makes, begins anew.
 */
export class Trace {
  private readonly times: Float64Array;
  private readonly columns: Float64Array[];
  private first = 0;
  private count = 0;

  constructor(
    numColumns: number,
    private readonly window_s: number,
    private readonly capacity: number,
  ) {
    this.times = new Float64Array(capacity);
    this.columns = Array.from({ length: numColumns }, () => new Float64Array(capacity));
  }

  get length(): number {
    return this.count;
  }

  /** Time of the newest sample, s; NaN where there is none. */
  get end_s(): number {
    return this.count === 0 ? NaN : this.times[(this.first + this.count - 1) % this.capacity]!;
  }

  push(time_s: number, values: readonly number[]): void {
    if (time_s < this.end_s - 1) {
      this.clear();
    } else if (time_s <= this.end_s) {
      return;
    }
    if (this.count === this.capacity) {
      this.first = (this.first + 1) % this.capacity;
      --this.count;
    }
    const at = (this.first + this.count) % this.capacity;
    this.times[at] = time_s;
    this.columns.forEach((column, i) => (column[at] = values[i] ?? NaN));
    ++this.count;
    while (this.count > 1 && this.times[this.first]! < time_s - this.window_s) {
      this.first = (this.first + 1) % this.capacity;
      --this.count;
    }
  }

  clear(): void {
    this.first = 0;
    this.count = 0;
  }

  /** Times, then each column, oldest first; a gap is null, which charts leave open. */
  data(): [number[], ...(number | null)[][]] {
    const index = Array.from({ length: this.count }, (_, i) => (this.first + i) % this.capacity);
    const columns = this.columns.map((column) => index.map((at) => (Number.isFinite(column[at]!) ? column[at]! : null)));
    return [index.map((at) => this.times[at]!), ...columns];
  }
}
