// SPDX-License-Identifier: Apache-2.0

/** One telemetry frame: the newest state of every channel at one time of the session. */
export interface Frame {
  /** Counts what the server made, so a gap is what was dropped on the way. */
  readonly sequence: number;
  /** Session time, s. */
  readonly time_s: number;
  /** In the order of the schema's channels; NaN where the machine has no value. */
  readonly values: Float32Array;
}

/** A frame that cannot be believed: nothing of it may be shown. */
export class FrameError extends Error {}

const headBytes = 16;

/**
 * Decodes `u32 sequence, u32 n, f64 t_s, f32[n]`, little-endian whatever the computer.
 *
 * @param numChannels  channels of the schema that was sent on connect
 * @throws FrameError where the length, the number of channels or the time is not what it must be
 */
export function decodeFrame(buffer: ArrayBuffer, numChannels: number): Frame {
  if (buffer.byteLength !== headBytes + 4 * numChannels) {
    throw new FrameError(`a frame of ${buffer.byteLength} bytes (the schema has ${numChannels} channels)`);
  }
  const view = new DataView(buffer);
  const num = view.getUint32(4, true);
  if (num !== numChannels) {
    throw new FrameError(`a frame of ${num} values (the schema has ${numChannels} channels)`);
  }
  const time_s = view.getFloat64(8, true);
  if (!Number.isFinite(time_s)) {
    throw new FrameError("a frame without a time");
  }
  const values = new Float32Array(num);
  for (let i = 0; i < num; ++i) {
    values[i] = view.getFloat32(headBytes + 4 * i, true);
  }
  return { sequence: view.getUint32(0, true), time_s, values };
}
