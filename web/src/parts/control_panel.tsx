// SPDX-License-Identifier: Apache-2.0
import { clockText, numberText, quantityText } from "../format/quantity";
import { useApp, type ConsoleApp } from "../state/console_app";
import { restated, stepOf } from "../state/steps";
import type { NextBeam } from "../wire/model";
import { LoadForm } from "./load_form";
import { PlanWarnings } from "./plan_warnings";

/** What the operator does next. Beam on takes two steps, and both say what will be given. */
export function ControlPanel() {
  const { state } = useApp();
  const step = stepOf({
    isOperator: state.isOperator.value, hasSeat: state.hasSeat.value, isLive: state.isLive.value, isReplay: state.isReplay.value, state: state.stateName.value,
  });
  return (
    <section class={`panel control step-${step}`} aria-label="operator" data-step={step}>
      <h2>Operator <span class="more">{state.stateRows.value.find((row) => row.name === state.stateName.value)?.meaning}</span></h2>
      {state.link.isStale.value && <p><b>No connection.</b> Nothing can be asked of the machine from here.</p>}
      {step === "watch" && <Watching />}
      {step === "seat" && <TakeSeat />}
      {step === "load" && <LoadForm />}
      {step === "wait" && <Waiting />}
      {step === "arm" && <Arm />}
      {step === "confirm" && <Confirm />}
      {step === "treat" && <Treat />}
      {step === "over" && <Over />}
    </section>
  );
}

function Watching() {
  const { state } = useApp();
  const seat = state.session.value?.seat;
  return (
    <p>
      {state.isReplay.value ? "A record is replayed: nothing can be given." : "Viewing only: commands need an operator's token."}
      {seat !== null && seat !== undefined && <span class="more"> An operator sits at the console.</span>}
    </p>
  );
}

function TakeSeat() {
  const { socket, state } = useApp();
  return (
    <>
      <p>One operator sits at the console, and this page must stay open while the session runs.</p>
      <button class="primary" disabled={state.link.isStale.value} onClick={() => socket.claim()}>Take the operator's seat</button>
      {state.seatRefusal.value !== "" && <p class="refused" role="alert">✗ {state.seatRefusal.value}</p>}
    </>
  );
}

function Waiting() {
  const { state } = useApp();
  const reasons = state.alarms.value.map((cell) => cell.row.name);
  return (
    <>
      <p role="status">{reasons.length === 0 ? "The machine moves to its first field." : `Not ready: ${reasons.join(", ")}.`}</p>
      <Buttons names={["resume", "acknowledge", "close"]} />
    </>
  );
}

/** Letters that one column holds. */
const longFact = 14;

/** The parameters that are restated: the server compares them with its own before it obeys. */
function Restated() {
  const { state } = useApp();
  const [info, plan, next] = [state.info.value, state.plan.value, state.session.value?.next];
  if (info === undefined || plan === undefined || next === null || next === undefined) {
    return <p>waiting for the next beam's parameters</p>;
  }
  return (
    <dl class="restated" aria-label="parameters of the beam">
      {restated(info, plan, next).map(({ name, value }) => <div key={name} class={value.length > longFact ? "wide" : ""}><dt>{name}</dt><dd data-restated={name}>{value}</dd></div>)}
    </dl>
  );
}

function Arm() {
  const { state } = useApp();
  const next = state.session.value?.next;
  return (
    <>
      <PlanWarnings />
      <Restated />
      <button class="primary" disabled={!next} onClick={() => void state.command("/api/session/arm", armBody(state.info.value!, next!), "Arm")}>1 · Arm {next ? quantityText(next.mu, "MU") : ""}</button>
      <Buttons names={["close"]} />
    </>
  );
}

function armBody(info: NonNullable<ConsoleApp["state"]["info"]["value"]>, next: NextBeam) {
  const { beam, mu, gantry_deg, pitch_deg, couch_deg } = next;
  return { patient_id: info.patient.id, plan_label: info.plan.label, beam, mu, gantry_deg, pitch_deg, couch_deg };
}

function Confirm() {
  const { state } = useApp();
  const { next, arming } = state.session.value ?? {};
  const confirm = () => void state.command("/api/session/confirm", { arming, beam: next!.beam, mu: next!.mu }, "Beam on");
  return (
    <>
      <p class="armed"><b>ARMED.</b> Compare with the plan, look at the room, then give the beam.</p>
      <Restated />
      <button class="beam-on" disabled={!arming || !next} onClick={confirm}>
        2 · BEAM ON {next ? `${quantityText(next.mu, "MU")}, gantry ${quantityText(next.gantry_deg, "deg")}, couch ${quantityText(next.couch_deg, "deg")}` : ""}
      </button>
      <button onClick={() => void state.command("/api/session/disarm", {}, "Disarm")}>Disarm</button>
    </>
  );
}

function Treat() {
  const { state } = useApp();
  const reasons = state.alarms.value;
  const isHeld = state.stateName.value === "hold";
  return (
    <>
      {isHeld && (
        <div class="held" role="alert" data-held>
          <b>HOLD.</b> The beam is off{reasons.length === 0 ? "." : `: ${reasons.map((cell) => cell.row.name).join(", ")}.`}
          {reasons[0] !== undefined && <p>{reasons[0].row.remedy}</p>}
        </div>
      )}
      <Progress />
      <Buttons names={["resume", "acknowledge", "stop"]} />
    </>
  );
}

function Progress() {
  const { state } = useApp();
  const { link } = state;
  const [given, planned] = [link.shown("given_mu"), link.shown("planned_mu")];
  const beams = state.plan.value?.beams ?? [];
  const [at, segment] = [link.shown("beam"), link.shown("segment")];
  const beam = beams[at];
  const left_s = (60 * (planned - given)) / link.shown("dose_rate_mu_per_min");
  return (
    <div class={link.isStale.value ? "progress stale" : "progress"}>
      <progress max={planned} value={Number.isFinite(given) ? given : 0} aria-label="MU given of the plan" />
      <span class="number" data-given>{numberText(given, 2)} of {quantityText(planned, "MU")}</span>
      <span class="more">beam {beam?.name ?? "–"}: {numberText(link.shown("beam_mu"), 2)} of {quantityText(beam?.mu ?? NaN, "MU")}</span>
      <span class="more">beam {numberText(at + 1, 0)} of {beams.length}, segment {numberText(segment + 1, 0)} of {beam?.segments.length ?? "–"} · beam time left {clockText(left_s, 0)}</span>
    </div>
  );
}

function Over() {
  const { state } = useApp();
  return (
    <>
      <p role="status">{state.stateName.value === "complete" ? "✓ All MU of the plan were given." : "✗ Ended before its end; it can be resumed as a new session."}</p>
      <Progress />
      <Buttons names={["close"]} />
    </>
  );
}

const commands = {
  resume: ["/api/session/resume", "Resume", "acknowledges what can be, and goes on"],
  acknowledge: ["/api/session/acknowledge", "Acknowledge", "opens latches whose cause is gone"],
  stop: ["/api/session/stop", "End session", "ends for good; can be resumed as a new session"],
  close: ["/api/session/close", "Put away", "closes the session"],
} as const;

function Buttons({ names }: { names: readonly (keyof typeof commands)[] }) {
  const { state } = useApp();
  return (
    <div class="buttons">
      {names.map((name) => {
        const [path, text, title] = commands[name];
        return <button key={name} title={title} data-command={name} onClick={() => void state.command(path, {}, text)}>{text}</button>;
      })}
    </div>
  );
}
