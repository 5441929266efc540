// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, hueAndSaturation, luminance, rgbOf } from "../src/theme/colour";
import { alarm, doseColour, isodoseLevels_percent, ordinaryColours, textPairs } from "../src/theme/palette";

test("contrast is that of WCAG", () => {
  assert.equal(contrast(rgbOf("#000000"), rgbOf("#ffffff")), 21);
  assert.ok(Math.abs(contrast(rgbOf("#767676"), rgbOf("#ffffff")) - 4.54) < 0.01);
  assert.throws(() => rgbOf("red"), RangeError);
});

test("every text has a contrast of at least 4.5", () => {
  for (const [text, ground] of textPairs()) {
    assert.ok(contrast(rgbOf(text), rgbOf(ground)) >= 4.5, `${text} on ${ground}`);
  }
});

test("nothing but an alarm is red, yellow or cyan", () => {
  const far = (a: number, b: number) => Math.abs(((a - b + 540) % 360) - 180);
  for (const hex of ordinaryColours()) {
    const { hue_deg, saturation } = hueAndSaturation(rgbOf(hex));
    for (const alarmHex of [alarm.high, alarm.medium, alarm.low]) {
      const distance = far(hue_deg, hueAndSaturation(rgbOf(alarmHex)).hue_deg);
      assert.ok(saturation < 0.25 || distance >= 15, `${hex} is ${distance.toFixed(0)} degrees from the alarm ${alarmHex}`);
    }
  }
});

test("more dose is brighter", () => {
  let before = -1;
  for (let part = 0; part <= 1.1; part += 0.05) {
    const now = luminance(doseColour(part));
    assert.ok(now > before, `at ${part}`);
    before = now;
  }
  assert.deepEqual(doseColour(2), [255, 255, 255]);
  assert.deepEqual(doseColour(-1), doseColour(0));
});

test("isodose levels fall", () => {
  isodoseLevels_percent.forEach((level, i) => assert.ok(i === 0 || level < isodoseLevels_percent[i - 1]!));
});
