// SPDX-License-Identifier: Apache-2.0
#include "plan/goals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "patient/dvh.h"

namespace xingu {
namespace {

constexpr std::string_view no_structure = "the patient has no such structure";
constexpr std::string_view emptied = "nothing is left of it";

void append(std::string& list, std::string_view separator, std::string_view item) {
  list += list.empty() ? "" : separator;
  list += item;
}

/// The samples of a structure moved by so many standard deviations; empty where their numbers differ.
StructureDose shifted(const StructureDose& dose, const StructureDose& sigma, float num_sigmas) {
  StructureDose moved{dose.id, {}, {}};
  if (dose.dose_Gy.size() != sigma.dose_Gy.size()) {
    return moved;
  }
  moved.volume_mm3 = dose.volume_mm3;
  for (std::size_t i = 0; i < dose.dose_Gy.size(); ++i) {
    moved.dose_Gy.push_back(std::max(0.0F, dose.dose_Gy[i] + num_sigmas * sigma.dose_Gy[i]));
  }
  return moved;
}

DoseUnderEvaluation shifted(const DoseUnderEvaluation& dose, const DoseUnderEvaluation& sigma, float num_sigmas) {
  DoseUnderEvaluation moved;
  for (const StructureDose& structure : dose.structures) {
    const auto deviations = std::ranges::find(sigma.structures, structure.id, &StructureDose::id);
    if (deviations != sigma.structures.end()) {
      moved.structures.push_back(shifted(structure, *deviations, num_sigmas));
    }
  }
  moved.body = shifted(dose.body, sigma.body, num_sigmas);
  moved.body_distance_mm = dose.body_distance_mm;
  return moved;
}

}  // namespace

void add_uncertainty(std::vector<GoalResult>& results, const Protocol& protocol, const DoseUnderEvaluation& dose,
                     const DoseUnderEvaluation& sigma) {
  const std::vector<GoalResult> low = evaluate_goals(protocol, shifted(dose, sigma, -1.0F));
  const std::vector<GoalResult> high = evaluate_goals(protocol, shifted(dose, sigma, 1.0F));
  XINGU_EXPECT(results.size() == low.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double uncertainty = 0.5 * std::abs(high[i].value - low[i].value);
    if (results[i].verdict != GoalResult::Verdict::not_assessed && std::isfinite(uncertainty)) {
      results[i].uncertainty = uncertainty;
    }
  }
}

std::vector<GoalResult> evaluate_goals(const Protocol& protocol, const DoseUnderEvaluation& dose) {
  std::map<std::string, SortedDose, std::less<>> sorted;
  std::map<std::string, double, std::less<>> dosed_part;
  std::vector<std::string> beyond;  // structures that have no sample with a dose
  for (const StructureDose& s : dose.structures) {
    const SortedDose& of_samples = sorted.try_emplace(s.id, s.sorted()).first->second;
    const double whole_mm3 = of_samples.volume_mm3() + s.volume_without_dose_mm3();
    dosed_part.try_emplace(s.id, whole_mm3 > 0.0 ? of_samples.volume_mm3() / whole_mm3 : 1.0);
    if (s.dose_Gy.empty() && s.outside_mm3 > 0.0) {
      beyond.push_back(s.id);
    }
  }
  const SortedDose body = dose.body.sorted();
  if (!body.is_empty() && sorted.try_emplace(std::string(body_id), body).second) {
    dosed_part.try_emplace(std::string(body_id),
                           body.volume_mm3() / (body.volume_mm3() + dose.body.volume_without_dose_mm3()));
  }

  std::vector<GoalResult> results;
  for (const Goal& goal : protocol.goals) {
    GoalResult result{goal, GoalResult::Verdict::not_assessed, std::numeric_limits<double>::quiet_NaN(),
                      std::string(no_structure)};
    const auto it = sorted.find(goal.structure);
    if (std::ranges::find(dose.emptied, goal.structure) != dose.emptied.end()) {
      result.reason = emptied;
    }
    if (it != sorted.end()) {
      const MetricContext context{.reference_Gy = protocol.reference_Gy(goal.structure),
                                  .body = &body,
                                  .isodoses = &dose.isodoses,
                                  .body_dose_Gy = dose.body.dose_Gy,
                                  .body_distance_mm = dose.body_distance_mm};
      result.value = evaluate(goal.metric, it->second, context);
      if (const auto part = dosed_part.find(goal.structure); part != dosed_part.end()) {
        result.dosed_part = part->second;
      }
      if (!std::isnan(result.value)) {
        result.verdict = result.margin() >= 0.0 ? GoalResult::Verdict::met : GoalResult::Verdict::not_met;
        result.reason.clear();
      } else if (std::ranges::find(beyond, goal.structure) != beyond.end()) {
        result.reason = "it lies beyond the dose grid";
      } else {
        result.reason = goal.metric.needs_body() && body.is_empty() ? "the dose of the body is not known"
                                                                    : "the dose does not define it";
      }
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::string GoalResult::part_words() const {
  const bool is_told = verdict != Verdict::not_assessed && !outside_dose_words("", 1.0 - dosed_part, 1.0).empty();
  return is_told ? fmt::format("of {:.1f} %", 100.0 * dosed_part) : std::string();
}

GoalTally tally(const std::vector<GoalResult>& results) {
  GoalTally result;
  std::vector<std::string> absent;
  std::vector<std::string> without_volume;
  std::string unmeasured;
  for (const GoalResult& one : results) {
    result.met += one.verdict == GoalResult::Verdict::met ? 1 : 0;
    result.not_met += one.verdict == GoalResult::Verdict::not_met ? 1 : 0;
    if (one.verdict != GoalResult::Verdict::not_assessed) {
      continue;
    }
    ++result.not_assessed;
    if (one.reason != no_structure && one.reason != emptied) {
      append(unmeasured, ", ", fmt::format("{} {} ({})", one.goal.structure, one.goal.metric.text, one.reason));
      continue;
    }
    std::vector<std::string>& list = one.reason == emptied ? without_volume : absent;
    if (std::ranges::find(list, one.goal.structure) == list.end()) {
      list.push_back(one.goal.structure);
    }
  }
  if (!absent.empty()) {
    result.why_not = fmt::format("no structure for {}", fmt::join(absent, ", "));
  }
  if (!without_volume.empty()) {
    append(result.why_not, "; ", fmt::format("nothing is left of {}", fmt::join(without_volume, ", ")));
  }
  if (!unmeasured.empty()) {
    append(result.why_not, "; ", "cannot be measured: " + unmeasured);
  }
  return result;
}

std::string GoalTally::words() const {
  std::string text = fmt::format("{} of {} evaluated goals met", met, assessed());
  return not_assessed == 0 ? text : fmt::format("{}; {} not evaluated: {}", text, not_assessed, why_not);
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
