// SPDX-License-Identifier: Apache-2.0
#include "report/fill_report.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/beam_geometry.h"
#include "geometry/ray_trace.h"

namespace xingu {
namespace {

GoalStatus status_of(GoalResult::Verdict verdict) {
  switch (verdict) {
    case GoalResult::Verdict::met:
      return GoalStatus::met;
    case GoalResult::Verdict::not_met:
      return GoalStatus::missed;
    case GoalResult::Verdict::not_assessed:
      break;
  }
  return GoalStatus::missing;
}

/// An angle as RTPLAN and machine state it, in [0, 360).
double full_circle_deg(double angle_deg) {
  const double turned = std::fmod(angle_deg, 360.0);
  return turned < 0.0 ? turned + 360.0 : turned;
}

std::optional<double> if_finite(double value) {
  return std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

std::optional<double> value_of(const GoalResult& result) {
  return result.verdict == GoalResult::Verdict::not_assessed ? std::nullopt : if_finite(result.value);
}

}  // namespace

std::vector<ReportGoal> report_goals(const std::vector<GoalResult>& results) {
  std::vector<ReportGoal> goals;
  for (const GoalResult& result : results) {
    ReportGoal goal;
    goal.structure = result.goal.structure;
    goal.metric = result.goal.metric.text;
    goal.comparison = result.goal.bound == Goal::Bound::at_most ? "<=" : ">=";
    goal.limit = result.goal.limit;
    goal.achieved = value_of(result);
    goal.unit = result.goal.metric.unit();
    goal.status = status_of(result.verdict);
    goal.priority = result.goal.priority;
    goal.source = result.goal.source;
    goal.reason = result.reason;
    goal.dosed_percent = 100.0 * result.dosed_part;
    goal.has_part_without_dose = !result.part_words().empty();
    goal.uncertainty = result.uncertainty;
    goal.is_within_uncertainty = result.is_within_uncertainty();
    goals.push_back(std::move(goal));
  }
  return goals;
}

void add_compared(std::vector<ReportGoal>& goals, const std::vector<GoalResult>& results) {
  XINGU_REQUIRE(goals.size() == results.size(),
                "report: {} goals but {} results to compare (they would be put beside the wrong goals); evaluate both "
                "with one protocol",
                goals.size(), results.size());
  for (std::size_t i = 0; i < goals.size(); ++i) {
    goals[i].compared.push_back(value_of(results[i]));
  }
}

ReportDvh report_dvh(std::string name, const std::array<int, 3>& colour, std::string role, const SortedDose& dose,
                     int most_points) {
  XINGU_EXPECT(most_points >= 2);
  ReportDvh dvh;
  dvh.name = std::move(name);
  dvh.colour = colour;
  dvh.role = std::move(role);
  if (dose.is_empty()) {
    return dvh;
  }
  const double volume = dose.volume_mm3();
  for (int i = 0; i < most_points; ++i) {
    const double at_Gy = dose.max() * i / (most_points - 1);
    dvh.dose_Gy.push_back(at_Gy);
    dvh.volume_fraction.push_back(dose.volume_above(at_Gy) / volume);
  }
  dvh.dose_Gy.push_back(dose.max());
  dvh.volume_fraction.push_back(0.0);
  dvh.volume_cm3 = volume / 1000.0;
  dvh.min_Gy = dose.min();
  dvh.mean_Gy = dose.mean();
  dvh.max_Gy = dose.max();
  dvh.d98_Gy = dose.dose_at_volume(0.98 * volume);
  dvh.d95_Gy = dose.dose_at_volume(0.95 * volume);
  dvh.d50_Gy = dose.dose_at_volume(0.50 * volume);
  dvh.d2_Gy = dose.dose_at_volume(0.02 * volume);
  return dvh;
}

void add_volume_without_dose(ReportDvh& dvh, double outside_mm3) {
  dvh.volume_cm3 += outside_mm3 / 1000.0;
  dvh.outside_cm3 += outside_mm3 / 1000.0;
}

ReportDvhBand report_dvh_band(const ReportDvh& dvh, std::span<const float> dose_Gy, std::span<const float> sigma_Gy,
                              std::span<const float> volume_mm3) {
  XINGU_EXPECT(dose_Gy.size() == sigma_Gy.size() && dose_Gy.size() == volume_mm3.size());
  const auto shifted = [&](float num_sigmas) {
    std::vector<float> samples(dose_Gy.begin(), dose_Gy.end());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = std::max(0.0F, samples[i] + num_sigmas * sigma_Gy[i]);
    }
    return SortedDose(samples, volume_mm3);
  };
  const SortedDose low = shifted(-1.0F);
  const SortedDose high = shifted(1.0F);
  ReportDvhBand band;
  if (low.is_empty()) {
    return band;
  }
  const double volume = low.volume_mm3();
  for (std::size_t i = 0; i < dvh.dose_Gy.size(); ++i) {
    const bool is_end = dvh.volume_fraction[i] <= 0.0;
    band.volume_fraction_low.push_back(is_end ? 0.0 : low.volume_above(dvh.dose_Gy[i]) / volume);
    band.volume_fraction_high.push_back(is_end ? 0.0 : high.volume_above(dvh.dose_Gy[i]) / volume);
  }
  const auto half_difference = [&](double part) {
    return 0.5 * (high.dose_at_volume(part * volume) - low.dose_at_volume(part * volume));
  };
  band.mean_Gy = 0.5 * (high.mean() - low.mean());
  band.d98_Gy = half_difference(0.98);
  band.d95_Gy = half_difference(0.95);
  band.d50_Gy = half_difference(0.50);
  band.d2_Gy = half_difference(0.02);
  return band;
}

ReportTarget report_target(std::string name, const SortedDose& dose, const MetricContext& context) {
  ReportTarget target;
  target.name = std::move(name);
  target.prescription_Gy = context.reference_Gy;
  if (dose.is_empty() || !(context.reference_Gy > 0)) {
    return target;
  }
  const auto measured = [&](MetricKind kind, double at, bool is_relative) {
    DoseMetric metric;
    metric.kind = kind;
    metric.at = at;
    metric.is_relative = is_relative;
    return if_finite(evaluate(metric, dose, context));
  };
  constexpr double two_centimetres_mm = 20.0;
  const double volume = dose.volume_mm3();
  target.coverage_percent = 100.0 * dose.volume_above(context.reference_Gy) / volume;
  target.paddick_ci = measured(MetricKind::paddick, 0.0, false);
  target.gradient_index = measured(MetricKind::gradient_index, 0.0, false);
  target.r50 = measured(MetricKind::r50, 0.0, false);
  target.homogeneity_index = if_finite((dose.dose_at_volume(0.02 * volume) - dose.dose_at_volume(0.98 * volume)) /
                                       dose.dose_at_volume(0.50 * volume));
  target.d2cm_percent = measured(MetricKind::max_beyond, two_centimetres_mm, true);
  return target;
}

std::vector<ReportBeam> report_beams(const TreatmentPlan& plan, std::span<const std::optional<double>> ssd_mm) {
  XINGU_REQUIRE(
      ssd_mm.empty() || ssd_mm.size() == plan.beams.size(),
      "report: {} beams but {} source-skin distances (they would be put beside the wrong beams); give one a beam",
      plan.beams.size(), ssd_mm.size());
  std::vector<ReportBeam> beams;
  for (std::size_t i = 0; i < plan.beams.size(); ++i) {
    const PlannedBeam& planned = plan.beams[i];
    ReportBeam beam;
    beam.number = planned.number;
    beam.name = planned.name;
    beam.gantry_deg = planned.angles.gantry_deg;
    beam.gantry_pitch_deg = planned.angles.gantry_pitch_deg;
    beam.couch_deg = full_circle_deg(planned.angles.couch_deg);
    beam.collimator_deg = planned.angles.collimator_deg;
    beam.sad_mm = planned.sad_mm;
    beam.ssd_mm = ssd_mm.empty() ? std::nullopt : ssd_mm[i];
    beam.num_segments = static_cast<int>(planned.segments.size());
    beam.mu = planned.mu();
    beam.direction_P = beam_geometry(planned.angles, plan.position, planned.isocentre_P, planned.sad_mm).direction_P();
    beams.push_back(std::move(beam));
  }
  return beams;
}

std::vector<std::optional<double>> skin_distances(const TreatmentPlan& plan, const Volume<std::uint8_t>& body) {
  std::vector<std::optional<double>> result;
  for (const PlannedBeam& beam : plan.beams) {
    const BeamGeometry geometry = beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm);
    std::optional<double> to_skin;  // from the isocentre
    double way_mm = 0.0;
    trace_ray(body.grid(), beam.isocentre_P, geometry.source_P(), [&](std::size_t voxel, double length_mm) {
      way_mm += length_mm;
      if (body[voxel] != 0) {
        to_skin = way_mm;
      }
      return true;
    });
    const Vec3 c = body.grid().coordinates(beam.isocentre_P);
    const bool is_in_ct = (c.array() >= -0.5).all() && c.x() <= body.grid().nx() - 0.5 &&
                          c.y() <= body.grid().ny() - 0.5 && c.z() <= body.grid().nz() - 0.5;
    result.push_back(to_skin && is_in_ct ? std::optional(beam.sad_mm - *to_skin) : std::nullopt);
  }
  return result;
}

std::vector<ReportCandidate> report_candidates(const CandidateSet& set) {
  const auto state_of = [](CandidateVerdict verdict) {
    return verdict == CandidateVerdict::kept      ? CandidateState::usable
           : verdict == CandidateVerdict::machine ? CandidateState::unreachable
                                                  : CandidateState::open_ct_end;
  };
  std::vector<ReportCandidate> candidates;
  if (set.verdicts.empty()) {  // beams that are not of the sphere, for instance equal gantry steps
    for (const CandidateBeam& beam : set.beams) {
      candidates.push_back({beam.geometry.direction_P(), CandidateState::usable});
    }
    return candidates;
  }
  const std::vector<Vec3> directions = sphere_directions(set.num_directions);
  XINGU_EXPECT(set.verdicts.size() == directions.size());
  for (std::size_t i = 0; i < directions.size(); ++i) {
    candidates.push_back({directions[i], state_of(set.verdicts[i])});
  }
  return candidates;
}

}  // namespace xingu
