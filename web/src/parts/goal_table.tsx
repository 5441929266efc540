// SPDX-License-Identifier: Apache-2.0
import { noValue, quantityText } from "../format/quantity";
import { useApp } from "../state/console_app";
import type { Goal } from "../wire/model";

const verdicts: Readonly<Record<Goal["status"], string>> = { met: "✓ met", missed: "✗ missed", missing: "– none" };

/** The clinical goals with what the plan reached. The protocol's units stay: a goal is a sentence of somebody. */
export function GoalTable() {
  const plan = useApp().state.plan.value;
  const goals = plan?.goals ?? [];
  const missed = goals.filter((goal) => goal.status === "missed").length;
  return (
    <div class="table-frame goals">
      <table>
        <caption>Clinical goals <span class="more">{missed === 0 ? "all met" : `${missed} missed`}</span></caption>
        <thead><tr><th>Verdict</th><th>Structure</th><th>Metric</th><th>Limit</th><th>Plan</th></tr></thead>
        <tbody>
          {goals.map((goal, i) => (
            <tr key={i} title={goal.source} data-goal={goal.status}>
              <td class={`verdict ${goal.status}`}>{verdicts[goal.status]}</td>
              <td>{goal.structure}</td>
              <td>{goal.metric.replace(/\[.*\]$/, "")}</td>
              <td class="number">{goal.comparison === "<=" ? "≤" : "≥"} {quantityText(goal.limit, goal.unit)}</td>
              <td class="number">{goal.achieved === null ? noValue : quantityText(goal.achieved, goal.unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
