// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsCsv } from "../src/format/event_text";
import type { SessionEvent } from "../src/wire/model";

test("events are saved with the machine's milliseconds, one line each, whatever their words", () => {
  const events: SessionEvent[] = [
    { type: "event", n: 0, t_s: 0, kind: "session", what: "opened" },
    { type: "event", n: 1, t_s: 46.0124, kind: "tripped", interlock: "clearance", bit: 7, first_out: true, near: ["linac_head", "table_top"], distance_mm: 12.4 },
    { type: "event", n: 3, t_s: 46.5, kind: "fault", fault: "axis_slip", begins: true, magnitude: 2, unit: "deg", index: 0, part: "gantry", for_s: 5 },
    { type: "event", n: 4, t_s: 46.6, kind: "fault", fault: "door_open", begins: true, magnitude: 0, unit: "", index: 0, part: "", for_s: null },
    { type: "event", n: 5, t_s: 46.7, kind: "fault", fault: "door_open", begins: false, magnitude: 0, unit: "", index: 0, part: "", for_s: null },
    { type: "event", n: 2, t_s: 47, kind: "action", action: "resume", result: "refused", detail: 'not in "hold", or an interlock stands' },
  ];
  assert.deepEqual(eventsCsv(events).split("\r\n"), [
    "t_s,kind,interlock,first_out,text",
    '0.000,session,"",0,"session opened"',
    '46.012,tripped,"clearance",1,"clearance tripped, first out: linac head – table top, 12\u202fmm"',
    '46.500,fault,"",0,"fault axis slip begins: 2.00°, gantry, for 5.0\u202fs"',
    '46.600,fault,"",0,"fault door open begins"',
    '46.700,fault,"",0,"fault door open ends"',
    '47.000,action,"",0,"resume: refused, not in ""hold"", or an interlock stands"',
    "",
  ]);
});
