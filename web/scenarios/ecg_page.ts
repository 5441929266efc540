// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Console } from "./browser";
import { ConsoleProcess } from "./program";
import type { Stage } from "./stage";
import { load, takeSeat } from "./steps";

/** The session's clock as the strip on top shows it, and the ECG's, s. */
async function clocks_s(console: Console): Promise<[number, number]> {
  const seconds = (text: string) => text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return [seconds(await console.text("[data-clock]")), seconds(await console.text("[data-ecg-clock]"))];
}

/** Part of a canvas's points on which something is drawn. */
function drawnPart(canvas: HTMLCanvasElement): number {
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  let drawn = 0;
  for (let i = 3; i < data.length; i += 4) {
    drawn += data[i]! > 0 ? 1 : 0;
  }
  return (4 * drawn) / data.length;
}

export function ecgScenarios(stage: () => Stage): void {
  test("the ECG sweeps, counts beats, and says how far each electrode can be trusted", async () => {
    const { operator } = stage();
    const { page } = operator;
    await operator.go("ECG");
    await page.locator("[data-ecg-state=beating]").waitFor();
    await page.locator("[data-beat]").nth(5).waitFor();
    const rate = Number(await operator.text("[data-ecg-rate]"));
    assert.ok(rate > 40 && rate < 120, `${rate} /min`);
    assert.equal(await page.locator("[data-electrode][data-contact=good]").count(), 9);
    assert.deepEqual(await page.locator("[data-lead] b").allInnerTexts(), ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]);
    const drawn = await page.locator(".ecg-leads canvas").evaluate(drawnPart);
    assert.ok(drawn > 0.005, `${drawn} of the picture is drawn`);
    assert.match(await operator.text("[data-ecg-source]"), /who waits/);
    assert.equal(await page.locator("[data-ecg-gate=none]").count(), 1);
    await operator.picture("ecg");
  });

  test("a session that is gated by its ECG shows that ECG and its gate, while it runs and when its record is played", async () => {
    const { browser, material } = stage();
    const server = await ConsoleProcess.start(material.plan, material.patient, "--motion", material.motion, "--cardiac-gate", "0.4,0.9", "--ecg-noise-mv", "0.05", "--no-dose",
      "--store", join(material.folder, "gated"));
    const operator = await Console.open(browser, server.operator);
    const { page } = operator;
    await operator.go("ECG");
    await page.locator("[data-ecg-gate='to come']").waitFor();
    assert.match(await operator.text("[data-ecg-gate]"), /once a delivery is loaded: phases 0\.40 to 0\.90.*beats found here/s);
    await operator.go("Deliver");
    await takeSeat(operator);
    await load(operator);
    await page.locator("[data-step=arm]").waitFor();
    await operator.go("ECG");
    await page.locator("[data-ecg-gate=shut]").waitFor();
    await page.locator("[data-ecg-gate=open]").waitFor();
    assert.match(await operator.text("[data-ecg-source]"), /session that runs/);
    assert.match(await operator.text("[data-ecg-gate]"), /phases 0\.40 to 0\.90.*beats found here/s);
    await page.locator("[data-ecg-clock]", { hasText: /\d/ }).waitFor(); // a page that was late reads up first
    const [session_s, ecg_s] = await clocks_s(operator);
    assert.ok(Math.abs(session_s - ecg_s) < 3, `the ECG is at ${ecg_s} s where the session is at ${session_s} s`);
    await page.locator("[data-beat]").nth(5).waitFor();
    await operator.picture("console-ecg", process.env.XINGU_README_PICTURES);
    await operator.picture("gated-ecg");
    await operator.click("EMERGENCY STOP");
    await operator.state("aborted");
    await operator.go("Deliver");
    await operator.click("Put away");
    await page.locator("[data-step=load]").waitFor();
    await operator.go("Log");
    await page.getByRole("button", { name: /^replay session/ }).first().click();
    await page.locator("[data-replay]").waitFor();
    await operator.go("ECG");
    await page.locator("[data-ecg-source]", { hasText: "record" }).waitFor();
    await page.locator("[data-beat]").nth(2).waitFor();
    await page.locator("[data-ecg-gate=open]").waitFor();
    await operator.picture("replayed-ecg");
    await operator.close();
    await server.kill("SIGTERM");
  });
}
