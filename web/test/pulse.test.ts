// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { pageSilence_ms, Pulse } from "../src/wire/pulse";

test("the heart beats while the page has the seat and gives signs of life", () => {
  const pulse = new Pulse();
  pulse.see(1000);
  assert.equal(pulse.beats(1000), false, "no seat");
  pulse.isSeated = true;
  assert.equal(pulse.beats(1200), true);
  assert.equal(pulse.beats(1000 + pageSilence_ms), true, "a slow picture");
  assert.equal(pulse.beats(1001 + pageSilence_ms), false, "a page that hangs");
  pulse.see(9000);
  assert.equal(pulse.beats(9100), true, "it is there again");
});

test("a page that was never seen has no heart", () => {
  const pulse = new Pulse();
  pulse.isSeated = true;
  assert.equal(pulse.beats(0), false);
});
