// SPDX-License-Identifier: Apache-2.0
#include "report/report_facts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace xingu {

std::string_view report_name(ReportSubject subject) {
  return subject == ReportSubject::plan ? "plan report" : "delivery report";
}

std::string_view dose_extent(ReportSubject subject) {
  return subject == ReportSubject::plan ? "whole course" : "one fraction";
}

GoalCounts count_goals(const PlanReport& report) {
  GoalCounts counts;
  for (const ReportGoal& goal : report.goals) {
    counts.met += goal.status == GoalStatus::met ? 1 : 0;
    counts.missed += goal.status == GoalStatus::missed ? 1 : 0;
    counts.missing += goal.status == GoalStatus::missing ? 1 : 0;
  }
  return counts;
}

std::string made_of(const PlanReport& report, const std::string& structure) {
  const auto found = std::ranges::find(report.structures, structure, &ReportStructure::name);
  return found == report.structures.end() || found->words == structure ? std::string() : found->words;
}

std::string level_remark(const ReportDose& dose, const ReportTarget& target) {
  const bool is_lower = std::ranges::any_of(
      dose.targets, [&](const ReportTarget& other) { return other.prescription_Gy > target.prescription_Gy; });
  return is_lower
             ? target.name +
                   " is not the highest level: what is prescribed more lies within its isodose volumes too, so its "
                   "Paddick, gradient index and R50 do not say how well it alone is met"
             : std::string();
}

std::string_view status_phrase(GoalStatus status) {
  return status == GoalStatus::missing ? "not evaluated" : status_word(status);
}

std::string_view status_word(GoalStatus status) {
  switch (status) {
    case GoalStatus::met:
      return "met";
    case GoalStatus::missed:
      return "missed";
    case GoalStatus::missing:
      break;
  }
  return "missing";
}

CandidateCounts count_candidates(const PlanReport& report) {
  CandidateCounts counts;
  for (const ReportCandidate& candidate : report.candidates) {
    ++counts.total;
    counts.usable += candidate.state == CandidateState::usable ? 1 : 0;
    counts.unreachable += candidate.state == CandidateState::unreachable ? 1 : 0;
    counts.open_ct_end += candidate.state == CandidateState::open_ct_end ? 1 : 0;
  }
  return counts;
}

std::optional<double> fraction_dose_Gy(const PlanReport& report) {
  if (!(report.protocol.prescription_Gy > 0) || report.protocol.num_fractions < 1) {
    return std::nullopt;
  }
  return report.protocol.prescription_Gy / report.protocol.num_fractions;
}

DeliveryTotals delivery_totals(const PlanReport& report) {
  DeliveryTotals totals;
  for (const ReportBeam& beam : report.beams) {
    ++totals.num_beams;
    totals.num_segments += beam.num_segments;
    totals.mu += beam.mu;
  }
  if (const auto dose = fraction_dose_Gy(report); dose.has_value() && !report.beams.empty()) {
    totals.mu_per_Gy = totals.mu / *dose;
  }
  return totals;
}

std::optional<double> relative_gap(std::optional<double> value, std::optional<double> bound) {
  if (!value.has_value() || !bound.has_value() || *bound == 0.0 || !std::isfinite(*value) || !std::isfinite(*bound)) {
    return std::nullopt;
  }
  return (*value - *bound) / std::abs(*bound);
}

void check_curves(const PlanReport& report) {
  const auto check = [](const std::vector<ReportDvh>& curves) {
    for (const ReportDvh& curve : curves) {
      XINGU_REQUIRE(curve.dose_Gy.size() == curve.volume_fraction.size(),
                    "DVH of {}: {} doses but {} volumes (the curve cannot be drawn); give one volume for each dose",
                    printable(curve.name), curve.dose_Gy.size(), curve.volume_fraction.size());
      XINGU_REQUIRE(
          !curve.sigma || (curve.sigma->volume_fraction_low.size() == curve.dose_Gy.size() &&
                           curve.sigma->volume_fraction_high.size() == curve.dose_Gy.size()),
          "report: the uncertainty band of '{}' is not as long as its DVH (it cannot be drawn); make both from "
          "one set of samples",
          printable(curve.name));
    }
  };
  check(report.dose.structures);
  check(report.dose.others);
  for (const ReportDose& dose : report.comparisons) {
    check(dose.structures);
  }
}

}  // namespace xingu
