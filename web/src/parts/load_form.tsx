// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { numberText, quantityText } from "../format/quantity";
import { useApp } from "../state/console_app";

/**
 * Begins a session. The patient's ID is written by hand, as read from the patient, and not copied from the screen: the
 * server refuses the plan of somebody else.
 */
export function LoadForm() {
  const { state } = useApp();
  const [patientId, setPatientId] = useState("");
  const [lostConsole, setLostConsole] = useState("hold");
  const [chosen, setResumes] = useState<boolean>();
  const info = state.info.value;
  const { unfinished, planned_mu } = state.session.value ?? {};
  const resumes = unfinished != null && (chosen ?? unfinished.given_mu > 0);
  const load = (event: Event) => {
    event.preventDefault();
    const body = { patient_id: patientId.trim(), plan_label: info?.plan.label, lost_console: lostConsole, resume: resumes };
    void state.command("/api/session/load", body, "Load");
  };
  if (info?.can_deliver === false) {
    return <p>This console was started without a machine or patient: it shows the plan and replays records.</p>;
  }
  return (
    <form onSubmit={load}>
      <label>Patient ID, as read from the patient
        <input type="text" name="patient-id" autocomplete="off" required value={patientId} onInput={(event) => setPatientId(event.currentTarget.value)} />
      </label>
      <label>If this page is lost
        <select value={lostConsole} onChange={(event) => setLostConsole(event.currentTarget.value)}>
          <option value="hold">hold the beam</option>
          <option value="continue">go on</option>
        </select>
      </label>
      {unfinished != null && (
        <fieldset class="unfinished" data-unfinished={unfinished.session}>
          <legend>Session {unfinished.session} gave {numberText(unfinished.given_mu, 2)} of {quantityText(planned_mu ?? NaN, "MU")}</legend>
          <label class="check"><input type="radio" name="resumes" checked={resumes} onChange={() => setResumes(true)} /> go on where it stopped</label>
          <label class="check"><input type="radio" name="resumes" checked={!resumes} onChange={() => setResumes(false)} /> give the whole plan once more</label>
        </fieldset>
      )}
      {state.session.value?.is_stop_pressed && <p class="refused" role="status" data-stop-pressed>The emergency stop is pressed. Find out why, and release it before the plan is loaded.</p>}
      <button class="primary" type="submit">Load plan {info?.plan.label}</button>
    </form>
  );
}
