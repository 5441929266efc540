// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, priorityOf, standing, tripTimes } from "../src/state/interlocks";
import { lostAfter_s, Link } from "../src/state/link";
import { doseText } from "../src/state/plan_display";
import { restated, stepOf } from "../src/state/steps";
import type { Info, InterlockRow, Plan, Schema, SessionEvent } from "../src/wire/model";

const operator = { isOperator: true, hasSeat: true, isLive: true, isReplay: false, state: "ready" };

test("only an operator with the seat can arm", () => {
  assert.equal(stepOf(operator), "arm");
  assert.equal(stepOf({ ...operator, isOperator: false }), "watch");
  assert.equal(stepOf({ ...operator, hasSeat: false }), "seat");
  assert.equal(stepOf({ ...operator, isReplay: true }), "watch");
  assert.equal(stepOf({ ...operator, isLive: false }), "load");
});

test("beam on is offered in the state armed only", () => {
  const states = ["idle", "loaded", "verified", "ready", "armed", "beam on", "hold", "complete", "aborted", "unheard of"];
  assert.deepEqual(states.filter((state) => stepOf({ ...operator, state }) === "confirm"), ["armed"]);
});

test("every restated number has its unit", () => {
  const info = { patient: { name: "Heart", id: "H1" }, plan: { label: "P" } } as Info;
  const plan = { isocentre_mm: [1, -2, 3], beams: [{ number: 7, isocentre_mm: [1, -2.04, 3] }] } as unknown as Plan;
  const facts = restated(info, plan, { beam: 7, name: "B7", mu: 120.5, gantry_deg: 30, pitch_deg: 12.5, couch_deg: -5, collimator_deg: 0, beams_left: 3, mu_left: 300 });
  const values = Object.fromEntries(facts.map(({ name, value }) => [name, value]));
  assert.equal(values["Monitor units"], "120.50\u202fMU");
  assert.equal(values["Couch"], "−5.0°");
  assert.equal(values["Isocentre"], "1.0, −2.0, 3.0 mm");
  assert.deepEqual([values["Then"], values["In all"]], ["2 more beams", "300.00\u202fMU"]);
  assert.equal(values["Patient"], "Heart, ID H1");
});

test("a dose is in Gy or in per cent, never both", () => {
  assert.equal(doseText(12.5, 25, false), "12.50\u202fGy");
  assert.equal(doseText(12.5, 25, true), "50.0\u202f%");
});

const row = (bit: number, response: "hold" | "terminate", latch: "none" | "person") => ({ bit, name: `i${bit}`, response, latch }) as InterlockRow;
const rows = [row(0, "terminate", "person"), row(1, "hold", "person"), row(2, "hold", "none"), row(23, "hold", "person")];

test("cells stay in the order of the table whatever stands", () => {
  for (const mask of [0, 1, 6, 2 ** 23 + 2]) {
    assert.deepEqual(cellsOf(rows, mask, 0, -1, new Map()).map((cell) => cell.row.bit), [0, 1, 2, 23]);
  }
});

test("bits tell what is active and what is latched", () => {
  const cells = cellsOf(rows, 2 ** 23 + 4, 2 ** 23 + 1, 23, new Map([[23, 5]]));
  assert.deepEqual(cells.map((cell) => cell.state), ["latched", "clear", "active", "active"]);
  assert.deepEqual(cells.map((cell) => cell.isFirstOut), [false, false, false, true]);
  assert.equal(cells[3]!.tripped_s, 5);
  const unwatched = cellsOf(rows, NaN, NaN, NaN, new Map());
  assert.deepEqual(unwatched.map((cell) => cell.state), Array(4).fill("unwatched"), "without a frame nothing is called clear");
  assert.deepEqual(standing(unwatched), []);
});

test("the most urgent alarm comes first", () => {
  const cells = cellsOf(rows, 15 + 2 ** 23 - 8, 0, 23, new Map());
  assert.deepEqual(standing(cells).map((cell) => cell.row.bit), [0, 23, 1, 2]);
  assert.deepEqual(rows.map(priorityOf), ["high", "medium", "low", "medium"]);
});

test("the time of an interlock is that of its last trip", () => {
  const event = (t_s: number, kind: string, bit: number) => ({ type: "event", n: 0, t_s, kind, bit }) as SessionEvent;
  assert.deepEqual([...tripTimes([event(1, "tripped", 3), event(2, "released", 3), event(4, "tripped", 3), event(5, "tripped", 1)])], [[3, 4], [1, 5]]);
});

test("a link is lost when nothing was heard for long, and values are stale from then on", () => {
  const link = new Link();
  link.takeSchema({ type: "schema", channels: [{ name: "a" }, { name: "b" }] } as unknown as Schema, 10);
  link.takeFrame({ sequence: 1, time_s: 3, values: Float32Array.from([7, 8]) }, 10);
  link.publish(10);
  assert.deepEqual([link.shown("b"), link.isStale.value], [8, false]);
  assert.ok(Number.isNaN(link.shown("c")));
  link.watch(10 + lostAfter_s * 0.99);
  assert.equal(link.isStale.value, false);
  link.watch(10 + lostAfter_s * 1.01);
  assert.equal(link.isStale.value, true);
  assert.ok(lostAfter_s < 1);
  link.hear(12);
  assert.equal(link.isStale.value, false);
});
