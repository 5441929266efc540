// SPDX-License-Identifier: Apache-2.0
import type { Volume } from "../volume/volume";
import type { CommandAnswer, Contour, VolumeHead } from "./model";

/** What the server refused, in its own sentence. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    sentence: string,
  ) {
    super(sentence);
  }
}

const tooManyRequests = 429;
const waitAfterTooMany_ms = 300;

/** The server's REST interface. Every request carries the token; commands also name the WebSocket that has the seat. */
export class Api {
  /** From the schema message; empty before it came. */
  client = "";

  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  /** @throws Refusal with the server's sentence */
  async get<T>(path: string): Promise<T> {
    return (await (await this.ask(path, {})).json()) as T;
  }

  async text(path: string): Promise<string> {
    return (await this.ask(path, {})).text();
  }

  async bytes(path: string): Promise<ArrayBuffer> {
    return (await this.ask(path, {})).arrayBuffer();
  }

  /**
   * Sends a command.
   *
   * @return the answer, which says itself whether the command was refused by the session
   * @throws Refusal where there is no such answer: no seat, no token, a value out of range
   */
  async command(path: string, body: object): Promise<CommandAnswer> {
    const response = await fetch(new URL(path, this.base), {
      method: "POST",
      headers: { ...this.headers(), "Content-Type": "application/json", "X-Xingu-Client": this.client },
      body: JSON.stringify(body),
    });
    const answer = (await response.json().catch(() => ({}))) as Partial<CommandAnswer> & { error?: string };
    if (answer.result !== undefined) {
      return answer as CommandAnswer;
    }
    if (!response.ok) {
      throw new Refusal(response.status, answer.error ?? `the server answered ${response.status}`);
    }
    return { id: 0, result: "done", t_s: NaN, state: "", ...answer };
  }

  async volume(name: string): Promise<{ head: VolumeHead; volume: Volume }> {
    const head = await this.get<VolumeHead>(`/api/volumes/${name}.json`);
    return { head, volume: volumeOf(head, await this.bytes(`/api/volumes/${name}.raw`)) };
  }

  async contours(path: string): Promise<readonly Contour[]> {
    return (await this.get<{ contours: readonly Contour[] }>(path)).contours;
  }

  /** For loaders of others, which fetch by themselves. */
  headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token}` };
  }

  url(path: string): string {
    return new URL(path, this.base).href;
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(this.url(path), { ...init, headers: this.headers() });
    if (response.status === tooManyRequests) {
      await new Promise((resolve) => setTimeout(resolve, waitAfterTooMany_ms));
      return this.ask(path, init);
    }
    if (!response.ok) {
      const said = (await response.json().catch(() => ({}))) as { error?: string };
      throw new Refusal(response.status, said.error ?? `the server answered ${response.status}`);
    }
    return response;
  }
}

/**
 * A volume from its head and its bytes.
 *
 * @throws RangeError where the bytes are not as many as the head says
 */
export function volumeOf(head: VolumeHead, bytes: ArrayBuffer): Volume {
  const [nz, ny, nx] = head.shape;
  const values = head.type === "int16" ? new Int16Array(bytes) : new Float32Array(bytes);
  if (values.length !== nx * ny * nz) {
    throw new RangeError(`the volume '${head.name}' has ${values.length} values and should have ${nx * ny * nz}`);
  }
  return { values, counts: [nx, ny, nz], spacing_mm: head.spacing_mm, origin_mm: head.origin_mm };
}
