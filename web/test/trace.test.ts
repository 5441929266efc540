// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Trace } from "../src/charts/trace";

test("a trace keeps its last seconds, oldest first", () => {
  const trace = new Trace(2, 2, 100);
  for (let i = 0; i < 50; ++i) {
    trace.push(i / 8, [i, -i]);
  }
  const [times, one, other] = trace.data();
  assert.equal(times[0], 33 / 8);
  assert.equal(times.at(-1), 49 / 8);
  assert.deepEqual([one!.at(-1), other!.at(-1)], [49, -49]);
  assert.equal(one!.length, times.length);
});

test("a trace never holds more than its capacity", () => {
  const trace = new Trace(1, 1000, 8);
  for (let i = 0; i < 30; ++i) {
    trace.push(i, [i]);
  }
  assert.deepEqual(trace.data()[0], [22, 23, 24, 25, 26, 27, 28, 29]);
});

test("times ascend: what is late is left out, a jump back begins anew", () => {
  const trace = new Trace(1, 100, 100);
  for (const time of [1, 2, 2, 1.5, 3]) {
    trace.push(time, [time]);
  }
  assert.deepEqual(trace.data()[0], [1, 2, 3]);
  trace.push(0.5, [0.5]);
  assert.deepEqual(trace.data()[0], [0.5]);
});

test("what is no number is a gap", () => {
  const trace = new Trace(1, 10, 10);
  trace.push(1, [NaN]);
  trace.push(2, []);
  trace.push(3, [3]);
  assert.deepEqual(trace.data()[1], [null, null, 3]);
});
