// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../state/console_app";
import { planWarnings } from "../state/plan_checks";

/** What the planner noted when it made the plan: to be read, and no alarm. */
export function PlanNotes() {
  const notes = useApp().state.plan.value?.warnings ?? [];
  return notes.length === 0 ? null : (
    <details>
      <summary>{notes.length} note{notes.length === 1 ? "" : "s"} of the planner</summary>
      <ul>{notes.map((note) => <li key={note}>{note}</li>)}</ul>
    </details>
  );
}

/** What is strange about the plan. Shown where it is looked at and where it is given. */
export function PlanWarnings() {
  const { anatomy, state } = useApp();
  const plan = state.plan.value;
  const warnings = plan === undefined ? [] : planWarnings(plan, anatomy.structures.value);
  if (warnings.length === 0) {
    return null;
  }
  return (
    <ul class="warnings" role="alert" data-warnings>
      {warnings.map((warning) => <li key={warning}><span class="sign">▲▲</span> {warning}</li>)}
    </ul>
  );
}
