// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { isolines, type PlaneGrid } from "../src/volume/isolines";

function sampled(columns: number, rows: number, value: (x: number, y: number) => number): PlaneGrid {
  const values = new Float32Array(columns * rows);
  for (let row = 0; row < rows; ++row) {
    for (let column = 0; column < columns; ++column) {
      values[row * columns + column] = value(column, row);
    }
  }
  return { values, columns, rows };
}

/** How many segments end at each point. */
function ends(lines: Float32Array): Map<string, number> {
  const count = new Map<string, number>();
  for (let i = 0; i < lines.length; i += 2) {
    const key = `${lines[i]},${lines[i + 1]}`;
    count.set(key, (count.get(key) ?? 0) + 1);
  }
  return count;
}

function length(lines: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < lines.length; i += 4) {
    sum += Math.hypot(lines[i + 2]! - lines[i]!, lines[i + 3]! - lines[i + 1]!);
  }
  return sum;
}

test("the line around a cone is a circle that closes", () => {
  const lines = isolines(sampled(101, 101, (x, y) => 60 - Math.hypot(x - 50.3, y - 49.6)), 30);
  for (let i = 0; i < lines.length; i += 2) {
    assert.ok(Math.abs(Math.hypot(lines[i]! - 50.3, lines[i + 1]! - 49.6) - 30) < 0.02);
  }
  assert.ok(Math.abs(length(lines) / (2 * Math.PI * 30) - 1) < 0.002);
  for (const count of ends(lines).values()) {
    assert.equal(count, 2);
  }
});

test("lines of any values close, or end at the border", () => {
  let state = 12345;
  const noise = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const grid = sampled(40, 30, noise);
  for (const level of [0.2, 0.5, 0.8]) {
    const lines = isolines(grid, level);
    assert.ok(lines.length > 400);
    for (const [point, count] of ends(lines)) {
      const [x, y] = point.split(",").map(Number) as [number, number];
      const isBorder = x === 0 || y === 0 || x === 39 || y === 29;
      assert.equal(count, isBorder ? 1 : 2, point);
    }
  }
});

test("a plane's line is straight and where the plane has the level", () => {
  const lines = isolines(sampled(10, 10, (x, y) => x + 2 * y), 7.5);
  for (let i = 0; i < lines.length; i += 2) {
    assert.ok(Math.abs(lines[i]! + 2 * lines[i + 1]! - 7.5) < 1e-5);
  }
});

test("a saddle joins its high corners where the middle is high, and its low ones where it is low", () => {
  const saddle = (high: number) => isolines({ values: Float32Array.from([high, 0, 0, high]), columns: 2, rows: 2 }, 1);
  const separates = (lines: Float32Array) => lines[0]! + lines[1]!;
  assert.equal(saddle(3).length, 8);
  assert.equal(saddle(1.5).length, 8);
  assert.notEqual(separates(saddle(3)), separates(saddle(1.5)));
});

test("there is no line where the level is not reached", () => {
  assert.equal(isolines(sampled(5, 5, () => 1), 2).length, 0);
});
