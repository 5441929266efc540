// SPDX-License-Identifier: Apache-2.0
import { effect } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Trace } from "../charts/trace";
import { PlanScene } from "../room/plan_scene";
import { RoomView } from "../room/room_view";
import { DrawLoop, Throttle } from "../view/draw_loop";
import { Viewports } from "../view/viewports";
import { Api } from "../wire/api";
import { LiveSocket } from "../wire/live_socket";
import { Anatomy } from "./anatomy";
import { ConsoleState } from "./console_state";
import { PlanDisplay } from "./plan_display";

/** Seconds that live charts show, and how many frames that is at the most. */
export const chartWindow_s = 30;
const chartFrames = 60 * chartWindow_s + 10;

const nowOfPage_s = () => performance.now() / 1000;

/** The parts of the page that live as long as it, and how they hang together. */
export class ConsoleApp {
  readonly loop = new DrawLoop();
  readonly viewports: Viewports;
  readonly state: ConsoleState;
  readonly anatomy = new Anatomy();
  readonly display = new PlanDisplay();
  readonly room: RoomView;
  readonly planScene = new PlanScene();
  readonly socket: LiveSocket;
  readonly traces = {
    mu: new Trace(2, chartWindow_s, chartFrames),
    doseRate: new Trace(1, chartWindow_s, chartFrames),
    axes: new Trace(4, chartWindow_s, chartFrames),
    target: new Trace(3, chartWindow_s, chartFrames),
    clearance: new Trace(1, chartWindow_s, chartFrames),
    latency: new Trace(3, chartWindow_s, chartFrames),
  };

  constructor(canvas: HTMLCanvasElement, address: Location, token: string) {
    this.viewports = new Viewports(canvas);
    this.state = new ConsoleState(new Api(address.href, token));
    this.room = new RoomView(this.state.link);
    this.socket = new LiveSocket(liveUrl(address), token, {
      onSchema: (schema, heard_s) => this.state.takeSchema(schema, heard_s),
      onFrame: (frame, heard_s) => this.state.takeFrame(frame, heard_s),
      onMessage: (message, heard_s) => this.state.takeMessage(message, heard_s),
      onClose: () => this.state.takeClose(),
    });
    effect(() => void (this.state.generation.value > 0 && this.loadAnatomy()));
    effect(() => {
      this.room.hide(this.anatomy.hidden.value);
      this.planScene.hide(this.anatomy.hidden.value);
    });
    this.startDrawing();
  }

  private startDrawing(): void {
    const texts = new Throttle(0.1);
    const { link } = this.state;
    this.loop.add(() => {
      const now_s = nowOfPage_s();
      link.watch(now_s);
      this.record();
      this.room.follow(this.shownBeam()?.leaf_boundaries_mm);
      this.viewports.draw(now_s);
      if (texts.isDue(now_s)) {
        link.publish(now_s);
      }
    });
    this.loop.start();
  }

  private shownBeam() {
    const beams = this.state.plan.peek()?.beams;
    return beams?.[this.state.link.value("beam")] ?? beams?.[0];
  }

  /** Adds the newest frame to the charts. */
  private record(): void {
    const { link } = this.state;
    const frame = link.newest;
    if (frame === undefined) {
      return;
    }
    const value = (name: string) => link.value(name);
    const time_s = frame.time_s;
    this.traces.mu.push(time_s, [value("given_mu"), value("planned_mu")]);
    this.traces.doseRate.push(time_s, [value("dose_rate_mu_per_min")]);
    this.traces.axes.push(time_s, ["gantry", "couch", "collimator", "pitch"].map((axis) => value(`${axis}_deg`) - value(`${axis}_goal_deg`)));
    this.traces.target.push(time_s, [value("target_off_mm"), value("gate_mm"), value("target_z_mm")]);
    this.traces.clearance.push(time_s, [value("clearance_mm")]);
    this.traces.latency.push(time_s, [link.roundTrip_ms.peek(), value("server_age_ms"), value("console_age_ms")]);
  }

  private async loadAnatomy(): Promise<void> {
    const plan = this.state.plan.peek();
    if (plan === undefined) {
      return;
    }
    await this.anatomy.load(this.state.api, plan);
    this.display.moveTo(plan.isocentre_mm);
    this.planScene.build(plan, this.anatomy, this.display.chosenBeam.peek());
    const scene = this.anatomy.scene.peek();
    if (scene !== undefined) {
      await this.room.build(this.state.api, scene, plan, this.anatomy);
    }
  }
}

function liveUrl(address: Location): string {
  const url = new URL("/api/live", address.href);
  url.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  return url.href;
}

export const AppContext = createContext<ConsoleApp | undefined>(undefined);

/** The page's parts, in any component. */
export function useApp(): ConsoleApp {
  return useContext(AppContext)!;
}
