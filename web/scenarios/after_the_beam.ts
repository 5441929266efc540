// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Console } from "./browser";
import type { Stage } from "./stage";
import { keepSeat } from "./steps";

export function scenariosAfterTheBeam(stage: () => Stage): void {
  test("the log says what happened, and replays it in the room", async () => {
    const { operator } = stage();
    const { page } = operator;
    await operator.go("Deliver");
    await keepSeat(operator);
    await operator.go("Log");
    await page.getByRole("button", { name: /^replay session/ }).first().click();
    await page.locator("[data-replay]").waitFor();
    assert.match(await operator.text("[data-log-first-out]"), /First out: .+ at \d\d:\d\d\.\d/);
    const tripped = page.locator("tr.tripped", { hasText: "clearance" }).first();
    assert.match(await tripped.innerText(), /clearance tripped.*: [\w ]+ – [\w ]+, −?\d+\smm/);
    await tripped.getByRole("button").press("Enter");
    await operator.cell("clearance", "active");
    assert.match(await operator.text(".beam-state .state"), /^replay/);
    const ends = await page.locator("[data-replay] button").evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().top));
    assert.equal(new Set(ends.map(Math.round)).size, 2, "Close stands beside the heading, and the rates in one line");
    await operator.picture("console-log", process.env.XINGU_README_PICTURES);
    await operator.picture("replay");
    const [saved] = await Promise.all([page.waitForEvent("download"), operator.click("Save as CSV")]);
    const table = readFileSync((await saved.path())!, "utf8");
    assert.match(table, /^t_s,kind,interlock,first_out,text\r\n/);
    assert.match(table, /\r\n\d+\.\d{3},tripped,"clearance",1,"clearance tripped, first out: /);
    await page.locator("[data-replay]").getByRole("button", { name: "Close" }).click();
    await page.locator("[data-replay]").waitFor({ state: "detached" });
  });

  test("lost connection: a banner, and no value that could be taken for new", async () => {
    const { browser, operator, server } = stage();
    const { page } = operator;
    const viewer = await Console.open(browser, server.viewer, "small");
    await viewer.go("Deliver");
    await operator.go("Deliver");
    await server.kill();
    for (const console of [operator, viewer]) {
      await console.page.locator("[data-banner=lost]").waitFor();
      assert.match(await console.text("[data-banner=lost]"), /CONNECTION LOST.*Every value is old/s);
      assert.equal(await console.page.locator(".beam-state").getAttribute("data-beam"), "unknown");
      assert.equal(await console.page.locator("[data-channel]:not(.stale)").count(), 0);
      assert.equal(await console.page.locator("[data-interlock]:not([data-cell-state=unknown])").count(), 0);
      assert.match(await console.page.title(), /^NO CONNECTION/);
      const unsaid_s = await console.ask((hook) => hook.longestSilenceUnsaid_s());
      assert.ok(unsaid_s <= 1, `${unsaid_s} s of silence without a banner`);
    }
    await operator.picture("lost-connection");
    await viewer.close();
    assert.equal(await page.locator("[data-step=treat]").count(), 0);
  });
}
