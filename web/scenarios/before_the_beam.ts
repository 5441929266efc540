// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Console, sizes } from "./browser";
import type { Stage } from "./stage";
import { giveBeam, load, takeSeat } from "./steps";

export function scenariosBeforeTheBeam(stage: () => Stage): void {
  test("wrong patient: the plan of somebody else is refused, and nothing moves", async () => {
    const { operator } = stage();
    await takeSeat(operator);
    await load(operator, "phantom-hart");
    await operator.page.locator("[data-outcome].refused").waitFor();
    assert.match(await operator.text("[data-outcome]"), /patient/i);
    assert.equal(await operator.page.locator("[data-step=load]").count(), 1);
    await operator.picture("wrong-patient");
  });

  test("a viewer sees everything and can do nothing", async () => {
    const { browser, server } = stage();
    const viewer = await Console.open(browser, server.viewer, "small");
    await viewer.go("Deliver");
    assert.match(await viewer.text("[data-step=watch]"), /Viewing only/);
    assert.equal(await viewer.text("footer [role=alert]"), "No alarm", "what says alarms is there before the first one");
    for (const name of [/^HOLD/, /^EMERGENCY STOP$/]) {
      assert.ok(await viewer.page.getByRole("button", { name }).isDisabled());
    }
    await viewer.close();
  });

  test("the beam takes two steps, and both say what will be given", async () => {
    const { operator } = stage();
    const { page } = operator;
    await load(operator);
    await page.locator("[data-step=arm]").waitFor();
    const restated = async (name: string) => operator.text(`[data-restated="${name}"]`);
    assert.match(await restated("Patient"), /phantom-heart/);
    assert.match(await restated("Monitor units"), /^\d+\.\d\d\sMU$/);
    assert.match(await restated("Gantry"), /^\d+\.\d°$/);
    assert.match(await restated("Isocentre"), /^−?\d+\.\d, −?\d+\.\d, −?\d+\.\d mm$/);
    const mu = await restated("Monitor units");
    await operator.click(/^1 · Arm/);
    await page.locator("[data-step=confirm]").waitFor();
    assert.equal(await restated("Monitor units"), mu);
    assert.equal(await page.locator(".beam-state").getAttribute("data-beam"), "off");
    assert.match(await page.getByRole("button", { name: /^2 · BEAM ON/ }).innerText(), new RegExp(mu.replace(/\s/, "\\s")));
    await operator.picture("two-steps");
    await page.setViewportSize(sizes.small);
    for (const part of [page.getByRole("button", { name: /^2 · BEAM ON/ }), page.locator("[data-restated]").last()]) {
      assert.ok(await operator.isInView(part), "what is confirmed stands on the screen beside the button");
    }
    await operator.picture("two-steps-small");
    await page.setViewportSize(sizes.large);
    // an arming lapses by itself after half a minute, which pictures take where many programs run
    await page.getByRole("button", { name: "Disarm" }).click({ timeout: 3000 }).catch(() => undefined);
    await page.locator("[data-step=arm]").waitFor();
    await giveBeam(operator);
    await operator.state("beam on");
    await operator.until((hook) => hook.channel("given_mu") > 5);
    assert.match(await operator.text("[data-given]"), /^\d+\.\d\d of \d+\.\d\d\sMU$/);
  });

  test("the room shows the machine, and it is drawn in frames", async () => {
    const { operator } = stage();
    const box = (await operator.page.locator("[data-room] .viewport").boundingBox())!;
    const shades = new Set<string>();
    for (let i = 1; i < 12; ++i) {
      shades.add(String(await operator.page.evaluate(([x, y]) => window.__xingu!.pixelAt(x!, y!), [box.x + (box.width * i) / 12, box.y + box.height / 2])));
    }
    assert.ok(shades.size >= 4, `${shades.size} different colours across the room`);
    const before = await operator.ask((hook) => [hook.frames(), hook.sequence()] as const);
    await operator.until((hook, [frames, sequence]) => hook.frames() > frames! && hook.sequence() > sequence!, before);
    await operator.picture("console-deliver", process.env.XINGU_README_PICTURES);
  });
}
