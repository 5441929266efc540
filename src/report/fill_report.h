// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dose/treatment_plan.h"
#include "geometry/grid.h"
#include "plan/candidates.h"
#include "plan/dose_metric.h"
#include "plan/goals.h"
#include "report/plan_report.h"

namespace xingu {

/// Goals as the report shows them, in their order; not-assessed ones are "missing". The metric's unit goes along.
[[nodiscard]] std::vector<ReportGoal> report_goals(const std::vector<GoalResult>& results);

/// Adds a comparison's values to goals that came from the same protocol in the same order.
/// @throws InputError if the numbers of goals differ.
void add_compared(std::vector<ReportGoal>& goals, const std::vector<GoalResult>& results);

/// DVH and metrics of a structure, exact on its samples. The curve has at most `most_points` points, evenly spaced in
/// dose between 0 and the maximum (the metrics do not come from the curve). An empty structure gives an empty curve.
[[nodiscard]] ReportDvh report_dvh(std::string name, const std::array<int, 3>& colour, std::string role,
                                   const SortedDose& dose, int most_points = 601);

/// Tells of a DVH how much of its structure has no dose because it lies beyond the dose grid.
void add_volume_without_dose(ReportDvh& dvh, double outside_mm3);

/// The band of a DVH whose samples have a standard deviation each; all of one length.
/// @param dvh  of the same samples
[[nodiscard]] ReportDvhBand report_dvh_band(const ReportDvh& dvh, std::span<const float> dose_Gy,
                                            std::span<const float> sigma_Gy, std::span<const float> volume_mm3);

/// Coverage, Paddick, GI, R50, HI and D2cm of a target.
/// @param context  as for evaluate(): reference_Gy is the target's prescription; what is missing in it leaves its
///                 metrics absent
[[nodiscard]] ReportTarget report_target(std::string name, const SortedDose& dose, const MetricContext& context);

/// The beams of a deliverable plan; SSDs in the same order, or none. @throws InputError if their numbers differ.
[[nodiscard]] std::vector<ReportBeam> report_beams(const TreatmentPlan& plan,
                                                   std::span<const std::optional<double>> ssd_mm = {});

/// Distance from each beam's source to the skin along its axis, mm: absent where the axis misses the body or the
/// isocentre lies outside the CT. @param body  [nz, ny, nx] 1 inside the patient
[[nodiscard]] std::vector<std::optional<double>> skin_distances(const TreatmentPlan& plan,
                                                                const Volume<std::uint8_t>& body);

/// Every direction that was looked at for a candidate set, with what became of it. Cost O(directions).
[[nodiscard]] std::vector<ReportCandidate> report_candidates(const CandidateSet& set);

}  // namespace xingu
