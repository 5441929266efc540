// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { sizes } from "./browser";
import type { Stage } from "./stage";
import { beginFault, keepSeat, load, resume } from "./steps";

export function scenariosUnderTheBeam(stage: () => Stage): void {
  test("unnoticed hold: one key turns the beam off, and every page says so until it is resumed", async () => {
    const { operator } = stage();
    const { page } = operator;
    await operator.state("beam on");
    await page.keyboard.press("Space");
    await operator.cell("operator hold", "active");
    await operator.state("hold");
    assert.equal(await page.locator(".beam-state").getAttribute("data-beam"), "off");
    const given = await operator.ask((hook) => hook.channel("given_mu"));
    assert.match(await operator.text("[data-held]"), /HOLD.*operator hold/s);
    await operator.go("Plan");
    assert.equal(await operator.text('[role=alert] [data-alarm="operator hold"] b'), "operator hold");
    assert.match(await page.title(), /^hold/);
    await operator.picture("unnoticed-hold");
    await operator.go("Deliver");
    assert.equal(await operator.ask((hook) => hook.channel("given_mu")), given);
    await resume(operator);
  });

  test("stale image: a camera that stands still holds the beam, and pictures say their age", async () => {
    const { operator } = stage();
    await beginFault(operator, "marker_frozen", 3);
    await operator.cell("sensor lost", "active");
    await operator.state("hold");
    assert.match(await operator.text("[data-held]"), /HOLD/);
    assert.match(await operator.text("[data-image]"), /^(no image yet|image .* s old)$/);
    await operator.picture("stale-image");
    await operator.cell("sensor lost", "latched");
    await resume(operator);
  });

  test("ignored collision: nothing that a person presses gives beam while something is near the head", async () => {
    const { operator } = stage();
    const { page } = operator;
    await beginFault(operator, "clearance_loss", 600);
    await operator.cell("clearance", "active");
    await operator.state("hold");
    const order = await page.locator("[data-interlock]").evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-interlock")));
    for (const name of ["Resume", "Acknowledge", "Resume"]) {
      await operator.page.locator("[data-outcome]").waitFor();
      await operator.click(name);
      await operator.cell("clearance", "active");
      assert.equal(await page.locator(".beam-state").getAttribute("data-beam"), "off");
    }
    assert.match(await operator.text("[data-alarm=clearance]"), /look at the room/);
    assert.match(await operator.text("[data-nearest]"), /^Nearest\s+−?\d+\s+mm\s+[\w ]+ – [\w ]+$/);
    assert.equal(await page.locator('[data-interlock=clearance][data-first-out=true]').count(), 1);
    assert.deepEqual(await page.locator("[data-interlock]").evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-interlock"))), order);
    assert.match(await operator.text("[data-remedy=clearance]"), /^clearance: something is near the head/);
    for (const size of ["small", "large"] as const) {
      await page.setViewportSize(sizes[size]);
      assert.deepEqual(await operator.cut("[data-interlock], [data-interlock] *, .charts .value, .held"), [], `cut at the ${size} size`);
      await operator.picture(size === "small" ? "ignored-collision-small" : "ignored-collision");
    }
    await operator.click(/^End$/);
    await operator.cell("clearance", "latched");
    await resume(operator);
  });

  test("the delivered dose grows beside the planned one", async () => {
    const { operator } = stage();
    await operator.page.getByRole("tab", { name: "Delivered dose" }).click();
    await operator.page.locator("[data-delivered]:not([data-delivered=none])").waitFor();
    assert.match(await operator.text("[data-delivered]"), /Given \d+\.\d\d\sMU of \d+\.\d\d\sMU/);
    await operator.picture("delivered-dose");
  });

  test("an emergency stop ends the session, and its button stays in", async () => {
    const { operator } = stage();
    await operator.click("EMERGENCY STOP");
    await operator.state("aborted");
    await operator.cell("emergency stop", "active");
    await operator.picture("emergency-stop");
    await keepSeat(operator);
    await operator.click("Put away");
    await operator.page.locator("[data-step=load]").waitFor();
    assert.match(await operator.text("[data-stop-pressed]"), /emergency stop is pressed/);
    await load(operator);
    await operator.page.locator("[data-outcome].refused", { hasText: /emergency stop/ }).waitFor();
    assert.equal(await operator.page.locator("[data-step=load]").count(), 1);
    await operator.click("RELEASE STOP");
    await operator.page.locator("[data-stop-pressed]").waitFor({ state: "detached" });
    await operator.page.locator('.beam-state [data-state="idle"]').waitFor();
    assert.equal(await operator.text("footer [role=alert]"), "No alarm", "a session that was put away alarms nobody");
    assert.equal(await operator.page.locator("[data-interlock]:not([data-cell-state=unwatched])").count(), 0);
    assert.doesNotMatch(await operator.text(".deliver-page"), /NaN/);
    assert.match(await operator.text("[data-unfinished] legend"), /^Session \d+ gave [1-9]\d*\.\d\d of \d+\.\d\d\sMU$/);
    assert.ok(await operator.page.getByLabel("go on where it stopped").isChecked(), "nothing is given twice unless a person asks for it");
    await operator.picture("unfinished");
  });
}
