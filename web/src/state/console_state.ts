// SPDX-License-Identifier: Apache-2.0
import { computed, signal } from "@preact/signals";
import type { Frame } from "../wire/frame";
import { Refusal, type Api } from "../wire/api";
import type {
  CommandAnswer, DvhMessage, FaultRow, Info, InterlockRow, Plan, ReplayMessage, ReplayPlace, Schema, ServerMessage, Session, SessionEvent, StateRow, StatusMessage, WatchedPair,
} from "../wire/model";
import { cellsOf, standing, tripTimes } from "./interlocks";
import { Link } from "./link";

const keptEvents = 5000;

/** An image of the target by the imager, as the controller compared it with its model. */
export interface ImageShot {
  readonly t_s: number;
  readonly off_mm: number;
}

/** What a command did, for the person who gave it. */
export interface Outcome {
  readonly text: string;
  readonly isRefused: boolean;
}

/** All that the page knows, fed by the server. Parts read signals; only this class writes them. */
export class ConsoleState {
  readonly link = new Link();
  readonly info = signal<Info | undefined>(undefined);
  readonly plan = signal<Plan | undefined>(undefined);
  readonly session = signal<Session | undefined>(undefined);
  readonly interlockRows = signal<readonly InterlockRow[]>([]);
  readonly faultRows = signal<readonly FaultRow[]>([]);
  readonly pairs = signal<readonly WatchedPair[]>([]);
  readonly stateRows = signal<readonly StateRow[]>([]);
  readonly events = signal<readonly SessionEvent[]>([]);
  readonly replayEvents = signal<readonly SessionEvent[]>([]);
  readonly replay = signal<ReplayPlace | undefined>(undefined);
  readonly dvh = signal<DvhMessage | undefined>(undefined);
  readonly status = signal<StatusMessage | undefined>(undefined);
  readonly hasSeat = signal(false);
  readonly seatRefusal = signal("");
  readonly outcome = signal<Outcome | undefined>(undefined);
  readonly failure = signal("");
  /** Counts schemas: whatever was loaded before belongs to a server that may be gone. */
  readonly generation = signal(0);

  /** Events of what is on the screen: of the session, or of the record that is replayed. */
  readonly shownEvents = computed(() => (this.isReplay.value ? this.replayEvents.value : this.events.value));
  readonly isReplay = computed(() => this.session.value?.mode === "replay");
  readonly isLive = computed(() => this.session.value?.mode === "live");
  readonly isOperator = computed(() => this.info.value?.role === "operator");

  readonly stateName = computed(() => {
    const code = this.link.shown("state");
    return this.stateRows.value.find((row) => row.code === code)?.name ?? this.session.value?.state ?? "unknown";
  });
  readonly isBeamOn = computed(() => this.link.shown("beam_on") === 1);

  readonly cells = computed(() => {
    const { link } = this;
    const upTo = link.snapshot.value?.time_s ?? Infinity;
    const past = this.isReplay.value ? this.shownEvents.value.filter((event) => event.t_s <= upTo) : this.shownEvents.value;
    return cellsOf(this.interlockRows.value, link.shown("interlocks_active"), link.shown("interlocks_latched"), link.shown("first_out"), tripTimes(past));
  });
  readonly alarms = computed(() => standing(this.cells.value));
  readonly lastImage = computed<ImageShot | undefined>(() => {
    const shot = this.shownEvents.value.findLast((event) => event.kind === "image" && event.t_s <= (this.link.snapshot.value?.time_s ?? Infinity));
    return shot === undefined ? undefined : { t_s: shot.t_s, off_mm: shot.off_mm ?? NaN };
  });

  constructor(readonly api: Api) {}

  takeSchema(schema: Schema, now_s: number): void {
    this.api.client = schema.client;
    this.hasSeat.value = false;
    this.link.takeSchema(schema, now_s);
    void this.load();
  }

  takeFrame(frame: Frame, now_s: number): void {
    this.link.takeFrame(frame, now_s);
  }

  takeMessage(message: ServerMessage, now_s: number): void {
    this.link.hear(now_s);
    switch (message.type) {
      case "event":
        this.takeEvent(message);
        break;
      case "events":
        this.events.value = message.events;
        break;
      case "status":
        this.status.value = message;
        if (message.mode !== this.session.value?.mode) {
          void this.refresh();
        }
        break;
      case "dvh":
        this.dvh.value = message;
        break;
      case "replay":
        this.takeReplay(message);
        break;
      case "seat":
        this.hasSeat.value = message.granted;
        this.seatRefusal.value = message.granted ? "" : (message.reason ?? "");
        void this.refresh();
        break;
      case "echo":
        this.link.roundTrip_ms.value = 1000 * now_s + performance.timeOrigin - message.tag;
        break;
      case "schema":
        break;
    }
  }

  takeClose(): void {
    this.link.lose();
    this.hasSeat.value = false;
  }

  /** Asks for the session anew: what is restated at arming must be what the server has. */
  async refresh(): Promise<void> {
    const session = await this.attempt(() => this.api.get<Session>("/api/session"));
    if (session !== undefined) {
      this.session.value = session;
      if (session.mode === "none") {
        this.link.forgetFrame();
      }
      this.replay.value = session.replay ?? undefined;
    }
  }

  /** Sends a command and says what became of it. */
  async command(path: string, body: object = {}, name = ""): Promise<CommandAnswer | undefined> {
    try {
      const answer = await this.api.command(path, body);
      const isRefused = answer.result === "refused";
      this.outcome.value = { text: isRefused ? `${name} refused: ${answer.detail ?? answer.state}` : `${name}: done`, isRefused };
      void this.refresh();
      return isRefused ? undefined : answer;
    } catch (error) {
      const text = error instanceof Refusal ? error.message : "the server does not answer";
      this.outcome.value = { text: `${name} refused: ${text}`, isRefused: true };
      return undefined;
    }
  }

  private async load(): Promise<void> {
    const { api } = this;
    await this.attempt(async () => {
      const [info, plan, interlocks, faults, states, dvh, clearance] = await Promise.all([
        api.get<Info>("/api/info"), api.get<Plan>("/api/plan"), api.get<InterlockRow[]>("/api/interlocks"), api.get<FaultRow[]>("/api/faults"),
        api.get<{ states: StateRow[] }>("/api/states"), api.get<DvhMessage>("/api/dvh"),
        api.get<{ pairs: WatchedPair[] }>("/api/clearance"),
      ]);
      this.info.value = info;
      this.plan.value = plan;
      this.interlockRows.value = interlocks;
      this.faultRows.value = faults;
      this.stateRows.value = states.states;
      this.dvh.value = dvh;
      this.pairs.value = clearance.pairs;
      await this.refresh();
      ++this.generation.value;
      this.failure.value = "";
    });
  }

  private takeEvent(event: SessionEvent): void {
    const isNew = event.kind === "session" && event.what === "opened";
    const before = isNew ? [] : this.events.value;
    this.events.value = [...before.slice(-keptEvents), event];
    if (["state", "action", "session", "beam_done"].includes(event.kind)) {
      void this.refresh();
    }
  }

  private takeReplay(message: ReplayMessage): void {
    if (message.events !== undefined) {
      this.replayEvents.value = message.events;
      void this.refresh();
    }
    const before = this.replay.value;
    this.replay.value = {
      t_s: message.t_s, rate: message.rate,
      from_s: message.from_s ?? before?.from_s ?? 0, to_s: message.to_s ?? before?.to_s ?? 0, session: message.session ?? before?.session ?? null,
    };
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.failure.value = error instanceof Refusal ? error.message : "";
      return undefined;
    }
  }
}
