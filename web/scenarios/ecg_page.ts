// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stage } from "./stage";

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
    await operator.picture("console-ecg", process.env.XINGU_README_PICTURES);
    await operator.picture("ecg");
  });
}
