// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { EcgSweep, sweepWindow_s } from "../src/state/ecg_sweep";
import type { EcgBatch } from "../src/wire/model";

const rate_hz = 100;

function batch(first: number, values: readonly (number | null)[]): EcgBatch {
  return {
    source: "test", course: 1, t0_s: 0, speed: 1, is_catching_up: false, gate: null, gate_to_come: null, rate_hz, latency_ms: 110, first, next: first + values.length, state: "beating", fibrillation: null, rate_per_min: 60,
    leads: [{ name: "II", contact: "good", faults: [], uV: values }], electrodes: [], beats: [],
  };
}

test("samples stand where their numbers say, and what was not measured is no number", () => {
  const sweep = new EcgSweep();
  sweep.take(batch(0, [10, null, 30]));
  sweep.take(batch(3, [40]));
  assert.equal(sweep.next, 4);
  assert.deepEqual([0, 1, 2, 3, 4].map((n) => sweep.at(0, n)), [10, NaN, 30, 40, NaN]);
});

test("what was missed between two batches is a gap", () => {
  const sweep = new EcgSweep();
  sweep.take(batch(0, [1, 2, 3]));
  sweep.take(batch(6, [7]));
  assert.deepEqual([2, 3, 4, 5, 6].map((n) => sweep.at(0, n)), [3, NaN, NaN, NaN, 7]);
});

test("old samples are overwritten, not shown as new", () => {
  const sweep = new EcgSweep();
  const width = rate_hz * sweepWindow_s;
  sweep.take(batch(0, Array.from({ length: width + 10 }, (_, i) => i)));
  assert.ok(Number.isNaN(sweep.at(0, 9)));
  assert.equal(sweep.at(0, 10), 10);
  assert.equal(sweep.at(0, width + 9), width + 9);
});

test("the picture moves at the pace of the clock, never beyond what came, and jumps when it is far behind", () => {
  const sweep = new EcgSweep();
  sweep.take(batch(0, new Array<number>(100).fill(0)));
  assert.equal(sweep.shownEnd, 75, "a quarter of a second behind");
  sweep.advance(0.1);
  assert.equal(sweep.shownEnd, 85);
  sweep.advance(10);
  assert.equal(sweep.shownEnd, 100);
  sweep.take(batch(100, new Array<number>(300).fill(0)));
  sweep.advance(0.01);
  assert.equal(sweep.shownEnd, 375);
});

test("a front end that began anew begins a new picture", () => {
  const sweep = new EcgSweep();
  sweep.take(batch(500, [1, 2]));
  sweep.take(batch(0, [9]));
  assert.equal(sweep.next, 1);
  assert.equal(sweep.at(0, 0), 9);
});

test("another course is another picture, though its samples have the same numbers", () => {
  const sweep = new EcgSweep();
  sweep.take(batch(0, [1, 2, 3]));
  sweep.take({ ...batch(3, [9]), course: 2 });
  assert.deepEqual([2, 3].map((n) => sweep.at(0, n)), [NaN, 9]);
});

test("an ECG that is played faster sweeps faster", () => {
  const sweep = new EcgSweep();
  sweep.take({ ...batch(0, new Array<number>(400).fill(0)), speed: 4 });
  assert.equal(sweep.shownEnd, 300);
  sweep.advance(0.1);
  assert.equal(sweep.shownEnd, 340);
});
