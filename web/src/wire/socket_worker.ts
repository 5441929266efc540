// SPDX-License-Identifier: Apache-2.0
import { Pulse, pulse_ms } from "./pulse";
import type { FromSocket, ToSocket } from "./socket_messages";

/**
 * The page's WebSocket, in a thread of its own, so that the operator's heartbeat does not wait for a picture that takes
 * long to draw. It comes back by itself after a loss. Five times a second it asks for an echo, so that silence means a lost
 * connection whatever the session does, and sends the heartbeat while the page has the seat and shows that it is there.
 */

const retry_ms = 1000;

const page = self as unknown as {
  postMessage(message: FromSocket, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToSocket>) => void) | null;
};
const pulse = new Pulse();
let socket: WebSocket | undefined;

const now_ms = () => performance.timeOrigin + performance.now();

function send(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}

/** Only whether the seat was given matters here; everything goes on to the page. */
function takeSeat(text: string): void {
  if (text.includes('"seat"')) {
    const message = JSON.parse(text) as { type: string; granted?: boolean };
    if (message.type === "seat") {
      pulse.isSeated = message.granted === true;
    }
  }
}

function connect(url: string, token: string): void {
  pulse.isSeated = false;
  const next = new WebSocket(url, ["xingu.v1", `token.${token}`]);
  next.binaryType = "arraybuffer";
  next.onopen = () => page.postMessage({ kind: "opened" });
  next.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
    const heard_ms = now_ms();
    if (event.data instanceof ArrayBuffer) {
      page.postMessage({ kind: "binary", data: event.data, heard_ms }, [event.data]);
      return;
    }
    takeSeat(event.data);
    page.postMessage({ kind: "text", text: event.data, heard_ms });
  };
  next.onclose = (event) => {
    pulse.isSeated = false;
    page.postMessage({ kind: "closed", reason: event.reason });
    setTimeout(() => connect(url, token), retry_ms);
  };
  socket = next;
}

page.onmessage = ({ data }) => {
  switch (data.kind) {
    case "open":
      connect(data.url, data.token);
      break;
    case "seen":
      pulse.see(now_ms());
      break;
    case "send":
      if (data.message.type === "release") {
        pulse.isSeated = false;
      }
      send(data.message);
      break;
  }
};

setInterval(() => {
  send({ type: "echo", tag: now_ms() });
  if (pulse.beats(now_ms())) {
    send({ type: "heartbeat" });
  }
}, pulse_ms);
