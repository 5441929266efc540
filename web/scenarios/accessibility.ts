// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, type Rgb } from "../src/theme/colour";
import { Console } from "./browser";
import type { Stage } from "./stage";

interface TextSample {
  readonly text: string;
  readonly ink: Rgb;
  readonly ground: Rgb;
}

/** Every text of the page with its colour and that of what it stands on, half transparent layers put together. */
function sampleTexts(): TextSample[] {
  const parse = (css: string) => {
    const [r, g, b, a = 1] = (css.match(/[\d.]+/g) ?? ["0", "0", "0", "0"]).map(Number) as [number, number, number, number?];
    return { rgb: [r, g, b] as const, a };
  };
  const over = (top: { rgb: readonly number[]; a: number }, under: readonly number[]) => top.rgb.map((value, i) => value * top.a + under[i]! * (1 - top.a));
  const groundOf = (element: Element | null): number[] => {
    if (element === null) {
      return [13, 15, 18];
    }
    const own = parse(getComputedStyle(element).backgroundColor);
    return own.a === 1 ? [...own.rgb] : over(own, groundOf(element.parentElement));
  };
  const result: TextSample[] = [];
  for (const element of document.querySelectorAll("#app *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent!.trim()).join("");
    const isDisabled = element.closest(":disabled") !== null;
    const isDecoration = element.closest("[aria-hidden=true], .watermark, option") !== null;
    if (text !== "" && !isDisabled && !isDecoration && (element as HTMLElement).offsetParent !== null) {
      const ground = groundOf(element);
      const ink = over(parse(getComputedStyle(element).color), ground);
      result.push({ text: text.slice(0, 40), ink: ink as unknown as Rgb, ground: ground as unknown as Rgb });
    }
  }
  return result;
}

/** What can be pressed and has no name, or cannot be reached by the Tab key. */
function nameless(): string[] {
  const pressable = document.querySelectorAll<HTMLElement>("#app button, #app input, #app select, #app [tabindex], #app [role=tab]");
  return [...pressable]
    .filter((element) => {
      const label = element.getAttribute("aria-label") ?? element.closest("label")?.innerText ?? element.innerText;
      return label.trim() === "" || element.tabIndex < 0;
    })
    .map((element) => element.outerHTML.slice(0, 120));
}

/** The element that has the focus of the keyboard and does not show it; empty where it does. */
function unseenFocus(): string {
  const element = document.activeElement as HTMLElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const isSeen = element === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
  return isSeen ? "" : element.outerHTML.slice(0, 120);
}

export function accessibilityScenarios(stage: () => Stage): void {
  for (const size of ["large", "small"] as const) {
    test(`at the ${size} size nothing is cut off, unnamed or too pale`, async () => {
      const { browser, server } = stage();
      const console = await Console.open(browser, server.viewer, size);
      for (const name of ["Plan", "Deliver", "ECG", "Log"] as const) {
        await console.go(name);
        const { width, height, wide, high } = await console.page.evaluate(() => ({
          width: window.innerWidth, height: window.innerHeight, wide: document.documentElement.scrollWidth, high: document.documentElement.scrollHeight,
        }));
        assert.ok(wide <= width && high <= height, `${name}: ${wide} × ${high}`);
        for (const part of ["header.identity", "footer.alarm-line", ".notice", "button.hold", "button.stop"]) {
          const box = (await console.page.locator(part).boundingBox())!;
          assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 0.5 && box.y + box.height <= height + 0.5, `${part} of ${name}`);
        }
        const samples = (await console.page.evaluate(sampleTexts)) as TextSample[];
        assert.ok(samples.length > 30);
        const pale = samples.filter(({ ink, ground }) => contrast(ink, ground) < 4.5);
        assert.deepEqual(pale, [], name);
        assert.deepEqual(await console.page.evaluate(nameless), [], name);
      }
      await console.close();
    });
  }

  test("the keyboard alone reaches the seat and the pages", async () => {
    const { browser, server } = stage();
    const console = await Console.open(browser, server.operator);
    const { page } = console;
    const tabTo = async (name: RegExp) => {
      for (let i = 0; i < 80; ++i) {
        await page.keyboard.press("Tab");
        assert.deepEqual(await page.evaluate(unseenFocus), "");
        if (name.test(await page.evaluate(() => (document.activeElement as HTMLElement).innerText))) {
          return;
        }
      }
      assert.fail(`Tab does not reach ${name}`);
    };
    await tabTo(/^Deliver$/);
    await page.keyboard.press("Enter");
    await page.locator("main[data-page=deliver]").waitFor();
    await tabTo(/^Take the operator's seat$/);
    await page.keyboard.press("Enter");
    await page.locator("[data-step]:not([data-step=seat])").waitFor();
    await tabTo(/^Beams$/);
    for (const [key, tab] of [["ArrowRight", "Delivered dose"], ["ArrowLeft", "Beams"], ["ArrowLeft", "Training faults"]] as const) {
      await page.keyboard.press(key);
      await page.locator(`[role=tabpanel][aria-label="${tab}"]`).waitFor();
      assert.equal(await page.evaluate(() => (document.activeElement as HTMLElement).innerText), tab);
    }
    await console.close();
  });
}
