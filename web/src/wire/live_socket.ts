// SPDX-License-Identifier: Apache-2.0
import { decodeFrame, type Frame } from "./frame";
import type { Schema, ServerMessage } from "./model";

export interface LiveListener {
  readonly onSchema: (schema: Schema) => void;
  readonly onFrame: (frame: Frame) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** The connection is gone, or was refused. A new one is tried until it stands. */
  readonly onClose: (reason: string) => void;
}

const retry_ms = 1000;
const pulse_ms = 200;

/**
 * The WebSocket of live values. It comes back by itself after a loss. Five times a second it asks for an echo, so that
 * silence means a lost connection whatever the session does, and sends the operator's heartbeat while this page has the
 * seat.
 */
export class LiveSocket {
  private socket: WebSocket | undefined;
  private numChannels = -1;
  private isSeated = false;

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly listener: LiveListener,
  ) {
    setInterval(() => this.pulse(), pulse_ms);
    this.connect();
  }

  /** Asks for the operator's seat, or gives it back. */
  claim(): void {
    this.send({ type: "claim" });
  }
  release(): void {
    this.isSeated = false;
    this.send({ type: "release" });
  }

  private connect(): void {
    this.numChannels = -1;
    this.isSeated = false;
    const socket = new WebSocket(this.url, ["xingu.v1", `token.${this.token}`]);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.take(event.data);
    socket.onclose = (event) => {
      this.listener.onClose(event.reason);
      setTimeout(() => this.connect(), retry_ms);
    };
    this.socket = socket;
  }

  private take(data: string | ArrayBuffer): void {
    if (data instanceof ArrayBuffer) {
      if (this.numChannels >= 0) {
        this.listener.onFrame(decodeFrame(data, this.numChannels));
      }
      return;
    }
    const message = JSON.parse(data) as ServerMessage;
    if (message.type === "schema") {
      this.numChannels = message.channels.length;
      this.listener.onSchema(message);
      return;
    }
    if (message.type === "seat") {
      this.isSeated = message.granted;
    }
    this.listener.onMessage(message);
  }

  private pulse(): void {
    this.send({ type: "echo", tag: performance.now() });
    if (this.isSeated) {
      this.send({ type: "heartbeat" });
    }
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(message));
    }
  }
}
