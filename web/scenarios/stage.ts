// SPDX-License-Identifier: Apache-2.0
import type { Browser } from "playwright-core";
import { Console, openBrowser } from "./browser";
import { ConsoleProcess, makeCase, removeCase, type Case } from "./program";

/** What the scenarios share: a patient, a plan, a browser, a server and the operator's page. They run in their order. */
export class Stage {
  private constructor(
    readonly material: Case,
    readonly browser: Browser,
    public server: ConsoleProcess,
    public operator: Console,
  ) {}

  static async open(): Promise<Stage> {
    const material = makeCase();
    const browser = await openBrowser();
    const server = await ConsoleProcess.start(material.plan, material.patient, "--motion", material.motion, "--mode", "track");
    return new Stage(material, browser, server, await Console.open(browser, server.operator));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.kill("SIGTERM");
    removeCase(this.material);
  }
}
