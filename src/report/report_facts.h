// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "report/plan_report.h"

namespace xingu {

inline constexpr std::string_view research_use =
    "Research use only. Not a medical device: no part of this report may guide the treatment of a person.";

/// "plan report", "delivery report".
[[nodiscard]] std::string_view report_name(ReportSubject subject);

/// What the doses of a page are of: "whole course", "one fraction".
[[nodiscard]] std::string_view dose_extent(ReportSubject subject);

struct GoalCounts {
  int met = 0;
  int missed = 0;
  int missing = 0;
  [[nodiscard]] int evaluated() const { return met + missed; }
};
[[nodiscard]] GoalCounts count_goals(const PlanReport& report);

/// What a structure of the protocol is made of, where that says more than its name; else empty.
[[nodiscard]] std::string made_of(const PlanReport& report, const std::string& structure);

/// Why the indices of a target that is not the dose's highest level do not judge it alone, without the last stop; empty
/// for those of the highest.
[[nodiscard]] std::string level_remark(const ReportDose& dose, const ReportTarget& target);

/// "met", "missed", "not evaluated": for people.
[[nodiscard]] std::string_view status_phrase(GoalStatus status);

/// "met", "missed", "missing": for programs.
[[nodiscard]] std::string_view status_word(GoalStatus status);

struct CandidateCounts {
  int total = 0;
  int usable = 0;
  int unreachable = 0;
  int open_ct_end = 0;
};
[[nodiscard]] CandidateCounts count_candidates(const PlanReport& report);

struct DeliveryTotals {
  int num_beams = 0;
  int num_segments = 0;
  double mu = 0.0;                  ///< per fraction
  std::optional<double> mu_per_Gy;  ///< MU per fraction over the prescribed dose per fraction
};
[[nodiscard]] DeliveryTotals delivery_totals(const PlanReport& report);

/// Prescribed dose of one fraction, Gy; absent without a prescription.
[[nodiscard]] std::optional<double> fraction_dose_Gy(const PlanReport& report);

/// (value − bound)/|bound|; absent if either is or the bound is 0.
[[nodiscard]] std::optional<double> relative_gap(std::optional<double> value, std::optional<double> bound);

/// @throws InputError if dose and volume of a DVH differ in length.
void check_curves(const PlanReport& report);

}  // namespace xingu
