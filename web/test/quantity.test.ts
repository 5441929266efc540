// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ageText, bodiesText, clockText, counted, numberText, quantityText, unitText } from "../src/format/quantity";

test("a value is never without its unit", () => {
  assert.equal(quantityText(12.3, "MU"), "12.30\u202fMU");
  assert.equal(quantityText(25, "Gy"), "25.00\u202fGy");
  assert.equal(quantityText(-4.24, "deg"), "−4.2°");
  assert.equal(quantityText(NaN, "mm"), "–\u202fmm");
  assert.equal(quantityText(Infinity, "ms"), "–\u202fms");
  assert.equal(quantityText(3, ""), "3.00");
});

test("decimals are fixed by the unit", () => {
  for (const value of [0, 0.04, 7, 123.456, -98765]) {
    assert.match(quantityText(value, "mm"), /^−?\d+\.\d\u202fmm$/);
    assert.match(quantityText(value, "Gy"), /^−?\d+\.\d\d\u202fGy$/);
    assert.match(quantityText(value, "ms"), /^−?\d+\u202fms$/);
  }
});

test("zero has no sign", () => {
  assert.equal(numberText(-0.001, 1), "0.0");
  assert.equal(numberText(-0, 0), "0");
  assert.equal(numberText(-0.06, 1), "−0.1");
});

test("units are written as people write them", () => {
  assert.deepEqual(["deg", "deg/s", "Gy"].map(unitText), ["°", "°/s", "Gy"]);
});

test("times roll over at 60", () => {
  assert.equal(clockText(0), "00:00.0");
  assert.equal(clockText(59.96), "01:00.0");
  assert.equal(clockText(3599.96), "1:00:00.0");
  assert.equal(clockText(3723.4), "1:02:03.4");
  assert.equal(clockText(NaN), "–");
  assert.equal(clockText(46.0124, 3), "00:46.012");
  assert.equal(clockText(3599.9996, 3), "1:00:00.000");
  assert.equal(clockText(623.4, 0), "10:23");
});

test("an age is coarse where it is long", () => {
  assert.equal(ageText(0.23), "0.2\u202fs");
  assert.equal(ageText(14.4), "14\u202fs");
  assert.equal(ageText(200), "3\u202fmin");
  assert.equal(ageText(-1), "0.0\u202fs");
  assert.equal(ageText(NaN), "–");
});

test("bodies are named as people read them", () => {
  assert.equal(bodiesText(["linac_head", "table_top"]), "linac head – table top");
});

test("a count agrees with its noun", () => {
  assert.equal(counted(1, "viewer"), "1 viewer");
  assert.equal(counted(2, "viewer"), "2 viewers");
  assert.equal(counted(undefined, "frame"), "0 frames");
});
