// SPDX-License-Identifier: Apache-2.0
import { decodeFrame, type Frame } from "./frame";
import type { Schema, ServerMessage } from "./model";
import { pulse_ms } from "./pulse";
import type { FromSocket, ToSocket } from "./socket_messages";

/** `heard_s` is when a message came from the network, by the page's own clock (performance.now), however late it is read. */
export interface LiveListener {
  readonly onSchema: (schema: Schema, heard_s: number) => void;
  readonly onFrame: (frame: Frame, heard_s: number) => void;
  readonly onMessage: (message: ServerMessage, heard_s: number) => void;
  /** The connection is gone, or was refused. A new one is tried until it stands. */
  readonly onClose: (reason: string) => void;
}

/** The live values as the page sees them; the WebSocket itself, its echoes and the operator's heartbeat are in a worker. */
export class LiveSocket {
  private readonly worker = new Worker(new URL("./socket_worker.ts", import.meta.url), { type: "module" });
  private numChannels = -1;

  constructor(
    url: string,
    token: string,
    private readonly listener: LiveListener,
  ) {
    this.worker.onmessage = (event: MessageEvent<FromSocket>) => this.take(event.data);
    setInterval(() => this.tell({ kind: "seen" }), pulse_ms);
    this.tell({ kind: "open", url, token });
  }

  /** Asks for the operator's seat, or gives it back. */
  claim(): void {
    this.tell({ kind: "send", message: { type: "claim" } });
  }
  release(): void {
    this.tell({ kind: "send", message: { type: "release" } });
  }

  private take(message: FromSocket): void {
    switch (message.kind) {
      case "opened":
        this.numChannels = -1;
        break;
      case "closed":
        this.listener.onClose(message.reason);
        break;
      case "binary":
        if (this.numChannels >= 0) {
          this.listener.onFrame(decodeFrame(message.data, this.numChannels), pageTime_s(message.heard_ms));
        }
        break;
      case "text":
        this.takeText(JSON.parse(message.text) as ServerMessage, pageTime_s(message.heard_ms));
        break;
    }
  }

  private takeText(message: ServerMessage, heard_s: number): void {
    if (message.type === "schema") {
      this.numChannels = message.channels.length;
      this.listener.onSchema(message, heard_s);
      return;
    }
    this.listener.onMessage(message, heard_s);
  }

  private tell(message: ToSocket): void {
    this.worker.postMessage(message);
  }
}

/** The worker's clock begins at another moment than the page's. */
function pageTime_s(heard_ms: number): number {
  return (heard_ms - performance.timeOrigin) / 1000;
}
