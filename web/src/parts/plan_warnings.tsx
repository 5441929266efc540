// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../state/console_app";
import { planWarnings } from "../state/plan_checks";

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
