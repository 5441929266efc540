// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, FrameError } from "../src/wire/frame";

/** The bytes of a frame, written one by one: little-endian by hand. */
function encode(sequence: number, count: number, time_s: number, values: readonly number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(16 + 4 * values.length));
  view.setUint32(0, sequence, true);
  view.setUint32(4, count, true);
  view.setFloat64(8, time_s, true);
  values.forEach((value, i) => view.setFloat32(16 + 4 * i, value, true));
  return view.buffer;
}

test("a frame comes back as it was written", () => {
  const frame = decodeFrame(encode(4000000000, 3, 12.345, [0.5, -2, NaN]), 3);
  assert.equal(frame.sequence, 4000000000);
  assert.equal(frame.time_s, 12.345);
  assert.deepEqual([...frame.values], [0.5, -2, NaN]);
});

test("the bytes are little-endian", () => {
  const bytes = new Uint8Array([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0x20, 0x41]);
  const frame = decodeFrame(bytes.buffer, 1);
  assert.deepEqual([frame.sequence, frame.time_s, frame.values[0]], [1, 1, 10]);
});

test("a frame that does not fit its schema is refused", () => {
  const whole = encode(1, 2, 1, [1, 2]);
  for (const buffer of [new ArrayBuffer(0), whole.slice(0, 15), whole.slice(0, 20), encode(1, 3, 1, [1, 2]), encode(1, 2, NaN, [1, 2])]) {
    assert.throws(() => decodeFrame(buffer, 2), FrameError);
  }
  assert.throws(() => decodeFrame(whole, 3), FrameError);
});
