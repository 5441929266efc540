// SPDX-License-Identifier: Apache-2.0
import { signal } from "@preact/signals";
import { Refusal, type Api } from "../wire/api";
import type { EcgBatch } from "../wire/model";
import { EcgSweep } from "./ecg_sweep";

const ask_ms = 100;

/** The running ECG, asked for ten times a second while somebody looks at it. */
export class EcgFeed {
  readonly sweep = new EcgSweep();
  /** The newest batch: what texts show. */
  readonly newest = signal<EcgBatch | undefined>(undefined);
  readonly refusal = signal("");
  /** When the newest batch came, by the page's clock, s. */
  heardAt_s = -Infinity;
  private isAsking = false;

  constructor(private readonly api: Api) {}

  /** Begins to ask; the result stops it. */
  start(): () => void {
    const timer = setInterval(() => void this.ask(), ask_ms);
    void this.ask();
    return () => clearInterval(timer);
  }

  private async ask(): Promise<void> {
    if (this.isAsking) {
      return;
    }
    this.isAsking = true;
    try {
      const batch = await this.api.get<EcgBatch>(`/api/ecg?after=${this.sweep.next}`);
      this.sweep.take(batch);
      this.newest.value = batch;
      this.heardAt_s = performance.now() / 1000;
      this.refusal.value = "";
    } catch (error) {
      this.refusal.value = error instanceof Refusal ? error.message : "the server does not answer";
    } finally {
      this.isAsking = false;
    }
  }
}
