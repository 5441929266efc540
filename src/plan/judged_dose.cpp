// SPDX-License-Identifier: Apache-2.0
#include "plan/judged_dose.h"

#include <algorithm>

#include "base/error.h"
#include "patient/dvh.h"
#include "plan/dose_metric.h"

namespace xingu {
namespace {

constexpr double least_coverage = 0.05;    // of the prescription at D95 %: what is below is no treatment of the target
constexpr double storing_margin = 1.0001;  // so that the target still has its dose when the RTDOSE is rounded

}  // namespace

std::optional<double> coverage_scale(const Protocol& protocol, const DoseUnderEvaluation& dose) {
  const auto target = std::ranges::find(dose.structures, protocol.prescription.target, &StructureDose::id);
  const double d95 =
      target == dose.structures.end() || target->dose_Gy.empty() ? 0.0 : target->sorted().dose_at_percent(95.0);
  return d95 > least_coverage * protocol.prescription.dose_Gy
             ? std::optional(storing_margin * protocol.prescription.dose_Gy / d95)
             : std::nullopt;
}

DoseUnderEvaluation doses_of_samples(const PlanProblem& problem, std::span<const float> dose, const Grid& grid) {
  DoseUnderEvaluation result;
  for (const SampleGroup& group : problem.groups) {
    StructureDose structure;
    structure.id = group.id;
    const bool is_body = group.id == body_id;
    for (std::size_t k = 0; k < group.sample.size(); ++k) {
      const std::uint32_t i = group.sample[k];
      if (!has_voxel_at(grid, problem.points.position_mm[i].cast<double>())) {
        structure.outside_mm3 += static_cast<double>(group.volume_mm3[k]);
        continue;
      }
      structure.dose_Gy.push_back(dose[i]);
      structure.volume_mm3.push_back(group.volume_mm3[k]);
      if (is_body) {
        result.body_distance_mm.push_back(problem.target_distance_mm[i]);
      }
    }
    if (is_body) {
      result.body = std::move(structure);
    } else {
      result.structures.push_back(std::move(structure));
    }
  }
  return result;
}

void multiply(DoseUnderEvaluation& dose, double factor) {
  const auto f = static_cast<float>(factor);
  for (StructureDose& structure : dose.structures) {
    for (float& d : structure.dose_Gy) {
      d *= f;
    }
    structure.dvh_factor *= static_cast<double>(f);
  }
  for (float& d : dose.body.dose_Gy) {
    d *= f;
  }
  dose.body.dvh_factor *= static_cast<double>(f);
  dose.isodoses.multiply(static_cast<double>(f));
}

JudgedDose judge_dose(const Patient& patient, const Protocol& protocol, const Volume<std::uint8_t>& body,
                      const Volume<float>& dose_Gy) {
  JudgedDose judged;
  judged.samples = dose_under_evaluation(patient, protocol, body, dose_Gy);
  const std::optional<double> scale = coverage_scale(protocol, judged.samples);
  XINGU_REQUIRE(scale.has_value(),
                "the target '{}' gets next to nothing (the plan cannot be brought to {:.1f} Gy at D95%); check target, "
                "isocentre, and that the doses of the protocol's objectives are totals",
                protocol.prescription.target, protocol.prescription.dose_Gy);
  judged.scale = *scale;
  multiply(judged.samples, judged.scale);
  judged.goals = evaluate_goals(protocol, judged.samples);
  return judged;
}

std::string goals_lost(const std::vector<GoalResult>& before, const std::vector<GoalResult>& after) {
  std::string list;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].verdict == GoalResult::Verdict::met && after[i].verdict == GoalResult::Verdict::not_met) {
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", after[i].goal.structure, after[i].goal.metric.text);
    }
  }
  return list;
}

bool is_as_good(const std::vector<GoalResult>& second, const std::vector<GoalResult>& first) {
  return tally(second).not_met <= tally(first).not_met;
}

std::vector<std::string> unevaluated_parts(const DoseUnderEvaluation& dose) {
  std::vector<std::string> notes;
  for (const StructureDose& structure : dose.structures) {
    const double outside_mm3 = structure.volume_without_dose_mm3();
    std::string words =
        outside_dose_words(structure.id, 1e-3 * outside_mm3, 1e-3 * (structure.sorted().volume_mm3() + outside_mm3));
    if (!words.empty()) {
      notes.push_back(std::move(words));
    }
  }
  return notes;
}

std::vector<EngineGapFact> engine_gaps(const DoseUnderEvaluation& cones, const DoseUnderEvaluation& exact,
                                       const DoseUnderEvaluation& sigma) {
  std::vector<EngineGapFact> gaps;
  for (std::size_t i = 0; i < exact.structures.size(); ++i) {
    const StructureDose& a = cones.structures[i];
    const StructureDose& b = exact.structures[i];
    if (b.dose_Gy.empty()) {
      continue;
    }
    const SortedDose sorted_a = a.sorted();
    const SortedDose sorted_b = b.sorted();
    const double mean = sorted_b.mean();
    gaps.push_back({b.id, sorted_a.mean() - mean, sorted_a.dose_at_percent(95) - sorted_b.dose_at_percent(95),
                    sorted_a.dose_at_percent(2) - sorted_b.dose_at_percent(2),
                    mean > 0 ? 100.0 * sigma.structures[i].sorted().mean() / mean : 0.0});
  }
  return gaps;
}

}  // namespace xingu
