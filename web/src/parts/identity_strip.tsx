// SPDX-License-Identifier: Apache-2.0
import { ageText, clockText } from "../format/quantity";
import { useApp } from "../state/console_app";
import { EmergencyStop, HoldButton } from "./safety_buttons";

export type PageName = "plan" | "deliver" | "ecg" | "log";
const pages: readonly (readonly [PageName, string])[] = [["plan", "Plan"], ["deliver", "Deliver"], ["ecg", "ECG"], ["log", "Log"]];

/** Who, what, where and whether the beam is on: on top of every page, always. */
export function IdentityStrip({ page, onPage }: { page: PageName; onPage: (page: PageName) => void }) {
  const { state } = useApp();
  const info = state.info.value;
  return (
    <header class="identity">
      <div class="brand">
        <h1>Xingu</h1>
        <nav aria-label="pages">
          {pages.map(([name, text]) => (
            <button key={name} class="page" aria-current={page === name ? "page" : undefined} onClick={() => onPage(name)}>{text}</button>
          ))}
        </nav>
      </div>
      <p class="notice" role="note">SIMULATION — NOT FOR CLINICAL USE</p>
      <dl aria-label="identity">
        <Fact name="Patient" value={info?.patient.name} more={info?.patient.id} id="patient" />
        <Fact name="Plan" value={info?.plan.label} id="plan" />
        <Fact name="Machine" value={info?.machine} id="machine" />
      </dl>
      <BeamState />
      <SessionClock />
      <HoldButton />
      <EmergencyStop />
    </header>
  );
}

function Fact({ name, value, more, id }: { name: string; value: string | undefined; more?: string | undefined; id: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-identity={id}>
        {value === undefined || value === "" ? "unknown" : value}
        {more !== undefined && <span class="more"> ID {more}</span>}
      </dd>
    </div>
  );
}

/** The session's state in words; a beam that is on is black on white, which nothing else is. */
function BeamState() {
  const { state } = useApp();
  const isStale = state.link.isStale.value;
  const isOn = state.isBeamOn.value && !isStale;
  const name = state.stateName.value;
  return (
    <div class={`beam-state ${isOn ? "on" : ""} ${isStale ? "stale" : ""}`} role="status" aria-live="assertive" data-beam={isStale ? "unknown" : isOn ? "on" : "off"}>
      <span class="beam">{isStale ? "BEAM UNKNOWN" : isOn ? "☢ BEAM ON" : "BEAM OFF"}</span>
      <span class="state" data-state={name}>{state.isReplay.value ? `replay: ${name}` : name}</span>
    </div>
  );
}

function SessionClock() {
  const { state } = useApp();
  const { link } = state;
  const time_s = link.snapshot.value?.time_s ?? NaN;
  return (
    <dl class={link.isStale.value ? "clock stale" : "clock"}>
      <div><dt>{state.isReplay.value ? "Record" : "Session"}</dt><dd data-clock>{clockText(time_s)}</dd></div>
      <div><dt>Age</dt><dd data-age>{ageText(link.age_s.value)}</dd></div>
    </dl>
  );
}
