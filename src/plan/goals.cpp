// SPDX-License-Identifier: Apache-2.0
#include "plan/goals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"

namespace xingu {

std::vector<GoalResult> evaluate_goals(const Protocol& protocol, const DoseUnderEvaluation& dose) {
  std::map<std::string, SortedDose, std::less<>> sorted;
  for (const StructureDose& s : dose.structures) {
    sorted.try_emplace(s.id, s.dose_Gy, s.volume_mm3);
  }
  const SortedDose body(dose.body.dose_Gy, dose.body.volume_mm3);
  if (!body.is_empty()) {
    sorted.try_emplace(std::string(body_id), body);
  }

  std::vector<GoalResult> results;
  for (const Goal& goal : protocol.goals) {
    GoalResult result{goal, GoalResult::Verdict::not_assessed, std::numeric_limits<double>::quiet_NaN()};
    const auto it = sorted.find(goal.structure);
    if (it != sorted.end()) {
      const MetricContext context{.reference_Gy = protocol.reference_Gy(goal.structure),
                                  .body = &body,
                                  .isodoses = &dose.isodoses,
                                  .body_dose_Gy = dose.body.dose_Gy,
                                  .body_distance_mm = dose.body_distance_mm};
      result.value = evaluate(goal.metric, it->second, context);
      if (!std::isnan(result.value)) {
        result.verdict = result.margin() >= 0.0 ? GoalResult::Verdict::met : GoalResult::Verdict::not_met;
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

double goal_penalty(const std::vector<GoalResult>& results) {
  double sum = 0.0;
  for (const GoalResult& result : results) {
    if (result.verdict == GoalResult::Verdict::not_met) {
      const double scale = std::max(std::abs(result.goal.limit), 1e-3);
      sum += -result.margin() / scale / (result.goal.priority * result.goal.priority);
    }
  }
  return sum;
}

}  // namespace xingu
