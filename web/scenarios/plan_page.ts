// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Console } from "./browser";
import { ConsoleProcess } from "./program";
import type { Stage } from "./stage";

const gy = /^−?\d+\.\d\d\sGy$/;
const percent = /^−?\d+\.\d\s%$/;

export function planScenarios(stage: () => Stage): void {
  test("every page says who, what, and that it is a simulation", async () => {
    const { operator } = stage();
    for (const page of ["Plan", "Deliver", "ECG", "Log"] as const) {
      await operator.go(page);
      assert.match(await operator.text("[data-identity=patient]"), /HEART/);
      assert.match(await operator.text("[data-identity=patient]"), /phantom-heart/);
      assert.notEqual(await operator.text("[data-identity=plan]"), "unknown");
      assert.equal(await operator.text("[data-identity=machine]"), "ring-arm-4pi");
      assert.equal(await operator.text(".notice"), "SIMULATION — NOT FOR CLINICAL USE");
    }
  });

  test("slices say which side is which, and what their dose is worth", async () => {
    const { operator } = stage();
    await operator.go("Plan");
    const letters = async (plane: string) => {
      const all = await operator.page.locator(`[data-plane=${plane}] [data-letter]`).allInnerTexts();
      return all.join("");
    };
    assert.deepEqual([await letters("axial"), await letters("sagittal"), await letters("coronal")], ["RLAP", "APSI", "RLSI"]);
    assert.match(await operator.text("[data-dose-status]"), /cone.*grid 5\.0\smm/s);
  });

  test("unit confusion: a dose is in Gy or in per cent everywhere at once, and never without its unit", async () => {
    const { operator } = stage();
    const { page } = operator;
    const doses = async () => [
      await operator.text("[data-crosshair-dose]"),
      ...(await page.locator(".dose-key .number").allInnerTexts()),
      ...(await page.locator(".dvh-panel td.number").allInnerTexts()),
    ];
    assert.match(await operator.text(".dvh-panel tbody tr"), /^PTV\s/);
    await page.locator("[data-dose-unit=absolute]").click();
    const absolute = await doses();
    assert.ok(absolute.length > 20 && absolute.every((dose) => gy.test(dose)), absolute.join());
    await page.locator("[data-dose-unit=relative]").click();
    await page.locator('.dvh[data-dose-unit="%"]').waitFor();
    const relative = await doses();
    assert.ok(relative.every((dose) => percent.test(dose)), relative.join());
    const number = (text: string) => Number(text.replace("−", "-").replace(/[^\d.-]/g, ""));
    absolute.forEach((dose, i) => assert.ok(Math.abs(number(dose) * 4 - number(relative[i]!)) <= 0.1, `${dose} is ${relative[i]} of 25 Gy`));
    await operator.picture("unit-confusion");
    await page.locator("[data-dose-unit=absolute]").click();
  });

  test("the crosshair is one point in all slices, and keys move it", async () => {
    const { operator } = stage();
    const { page } = operator;
    const at = async () => (await page.locator(".readout b").allInnerTexts()).slice(0, 3).map((text) => Number(text.replace("−", "-").replace(/[^\d.-]/g, "")));
    const before = await at();
    await page.locator("[data-plane=axial] canvas").focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowUp");
    const after = await at();
    assert.deepEqual(after.map((value, i) => Math.round(value - before[i]!)), [10, -10, 0]);
    assert.match(await operator.text("[data-plane=sagittal] figcaption"), new RegExp(`x ${after[0]!.toFixed(1).replace("-", "−")}`));
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Shift+ArrowDown");
    assert.deepEqual(await at(), before);
    assert.equal(await operator.ask(() => true), true);
    await operator.picture("console-plan", process.env.XINGU_README_PICTURES);
  });

  test("wrong isocentre: a plan whose isocentre is not in its target says so before it can be given", async () => {
    const { browser, material } = stage();
    const server = await ConsoleProcess.start(material.displacedPlan, material.patient);
    try {
      const console = await Console.open(browser, server.operator);
      const warning = await console.text("[data-warnings]");
      assert.match(warning, /isocentre lies outside PTV_2500, [\d.]+\smm from its middle/);
      await console.picture("wrong-isocentre");
      await console.close();
    } finally {
      await server.kill();
    }
    assert.equal(await stage().operator.page.locator("[data-warnings]").count(), 0);
  });
}
