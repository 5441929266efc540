// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import type { TestHook } from "../src/state/test_hook";

export const sizes = { large: { width: 1600, height: 1000 }, small: { width: 1280, height: 800 } } as const;

/** Conditions come when they come: this only ends a run that hangs. */
const patience_ms = 120_000;

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.XINGU_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--enable-unsafe-swiftshader", "--disable-accelerated-2d-canvas", "--disable-gpu-rasterization", "--disable-quic",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-background-timer-throttling",
    ],
  });
}

/** A page of the console as a person sees it, with what it said to the browser's console. */
export class Console {
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, address: string, size: keyof typeof sizes = "large"): Promise<Console> {
    const page = await browser.newPage({ viewport: sizes[size] });
    page.setDefaultTimeout(patience_ms);
    const console = new Console(page);
    page.on("pageerror", (error) => console.complaints.push(String(error)));
    await page.goto(address);
    await console.until((hook) => hook.isAnatomyLoaded());
    return console;
  }

  /**
   * Waits until a condition of the page's hook, and of numbers from before, holds; asks in every frame. Playwright's own waiting would evaluate
   * text in the page, which the server's content security policy forbids.
   */
  async until(condition: (hook: TestHook, before: readonly number[]) => boolean, before: readonly number[] = []): Promise<void> {
    const end = Date.now() + patience_ms;
    while (!(await this.page.evaluate(`window.__xingu !== undefined && (${condition.toString()})(window.__xingu, ${JSON.stringify(before)})`))) {
      assert.ok(Date.now() < end, `this never came true: ${condition.toString()}`);
      assert.deepEqual(this.complaints, []);
      await this.page.evaluate(() => new Promise((resolve) => void requestAnimationFrame(resolve)));
    }
  }

  async ask<T>(question: (hook: TestHook) => T): Promise<T> {
    return (await this.page.evaluate(`(${question.toString()})(window.__xingu)`)) as T;
  }

  async go(page: "Plan" | "Deliver" | "ECG" | "Log"): Promise<void> {
    await this.page.getByRole("button", { name: page, exact: true }).click();
    await this.page.locator(`main[data-page=${page.toLowerCase()}]`).waitFor();
  }

  async click(name: string | RegExp): Promise<void> {
    await this.page.getByRole("button", { name }).first().click();
  }

  /** Waits until the session's state, as the strip on top says it, is one of these. */
  async state(...names: string[]): Promise<void> {
    await this.page.locator(names.map((name) => `.beam-state [data-state="${name}"]`).join(", ")).first().waitFor();
  }

  /** Waits until a cell of the interlock grid is in a state. */
  async cell(interlock: string, state: string): Promise<void> {
    await this.page.locator(`[data-interlock="${interlock}"][data-cell-state="${state}"]`).waitFor();
  }

  /** Texts of some elements that their boxes do not hold whole. */
  async cut(selector: string): Promise<string[]> {
    return this.page.locator(selector).evaluateAll((elements) =>
      elements.filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1).map((e) => (e as HTMLElement).innerText));
  }

  /** Whether a person sees the whole of an element without scrolling. */
  async isInView(locator: Locator): Promise<boolean> {
    return locator.evaluate((element) => {
      const box = element.getBoundingClientRect();
      return [[box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2]].every(([x, y]) => element.contains(document.elementFromPoint(x!, y!)));
    });
  }

  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).first().innerText()).trim();
  }

  /** A picture for people: of a scenario among the build's files, of a page for the README where that is asked for. */
  async picture(name: string, folder = process.env.XINGU_PICTURES): Promise<void> {
    if (folder !== undefined && folder !== "") {
      mkdirSync(folder, { recursive: true });
      await this.page.screenshot({ path: join(folder, `${name}.png`) });
    }
  }

  async close(): Promise<void> {
    assert.deepEqual(this.complaints, []);
    await this.page.close();
  }
}
