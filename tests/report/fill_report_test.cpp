// SPDX-License-Identifier: Apache-2.0
#include "report/fill_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace xingu {
namespace {

TEST(ReportGoals, keep_verdict_limit_and_unit) {
  GoalResult met;
  met.goal = {"PTV", DoseMetric::parse("D95%[Gy]"), Goal::Bound::at_least, 25.0, 1, "somewhere"};
  met.verdict = GoalResult::Verdict::met;
  met.value = 25.5;
  met.uncertainty = 0.6;
  GoalResult absent;
  absent.goal = {"Stomach", DoseMetric::parse("V10Gy[cc]"), Goal::Bound::at_most, 5.0, 2, ""};
  absent.value = std::numeric_limits<double>::quiet_NaN();
  std::vector<ReportGoal> goals = report_goals({met, absent});
  ASSERT_EQ(goals.size(), 2U);
  EXPECT_EQ(goals[0].metric, "D95%[Gy]");
  EXPECT_EQ(goals[0].comparison, ">=");
  EXPECT_EQ(goals[0].unit, "Gy");
  EXPECT_EQ(goals[0].achieved, 25.5);
  EXPECT_EQ(goals[0].status, GoalStatus::met);
  EXPECT_EQ(goals[0].source, "somewhere");
  EXPECT_EQ(goals[0].uncertainty, 0.6);
  EXPECT_TRUE(goals[0].is_within_uncertainty);
  EXPECT_EQ(goals[1].comparison, "<=");
  EXPECT_EQ(goals[1].unit, "cc");
  EXPECT_EQ(goals[1].status, GoalStatus::missing);
  EXPECT_FALSE(goals[1].achieved.has_value());

  add_compared(goals, {met, absent});
  EXPECT_EQ(goals[0].compared.at(0), 25.5);
  EXPECT_FALSE(goals[1].compared.at(0).has_value());
  EXPECT_THROW(add_compared(goals, {met}), InputError);
}

TEST(ReportDvh, is_that_of_evenly_spread_dose) {
  std::vector<float> dose;
  for (int i = 0; i <= 10000; ++i) {
    dose.push_back(static_cast<float>(i) * 1e-3F);
  }
  const std::vector<float> volume(dose.size(), 2.0F);
  const ReportDvh dvh = report_dvh("a", {1, 2, 3}, "target", SortedDose(dose, volume), 101);
  ASSERT_EQ(dvh.dose_Gy.size(), dvh.volume_fraction.size());
  for (std::size_t i = 0; i < 101; ++i) {
    EXPECT_NEAR(dvh.volume_fraction[i], 1 - dvh.dose_Gy[i] / 10.0, 2e-4);
  }
  EXPECT_EQ(dvh.volume_fraction.back(), 0.0);
  EXPECT_NEAR(dvh.volume_cm3, 20.002, 1e-6);
  EXPECT_NEAR(dvh.mean_Gy, 5.0, 1e-4);
  EXPECT_NEAR(dvh.d95_Gy, 0.5, 2e-3);
  EXPECT_NEAR(dvh.d2_Gy, 9.8, 2e-3);
  EXPECT_EQ(dvh.max_Gy, 10.0);
  EXPECT_TRUE(report_dvh("empty", {}, "", SortedDose{}).dose_Gy.empty());
}

TEST(ReportDvhBand, is_what_a_common_error_of_all_samples_makes_of_the_curve) {
  std::vector<float> dose;
  std::vector<float> sigma;
  for (int i = 0; i <= 10000; ++i) {
    dose.push_back(1e-3F * static_cast<float>(i));
    sigma.push_back(0.02F * dose.back());  // 2 %: the curve of d (1 ± 0.02)
  }
  const std::vector<float> volume(dose.size(), 2.0F);
  const ReportDvh dvh = report_dvh("a", {1, 2, 3}, "target", SortedDose(dose, volume), 101);
  const ReportDvhBand band = report_dvh_band(dvh, dose, sigma, volume);
  ASSERT_EQ(band.volume_fraction_low.size(), dvh.dose_Gy.size());
  ASSERT_EQ(band.volume_fraction_high.size(), dvh.dose_Gy.size());
  for (std::size_t i = 0; i < 101; ++i) {
    EXPECT_NEAR(band.volume_fraction_low[i], std::max(0.0, 1 - dvh.dose_Gy[i] / 9.8), 2e-4);
    EXPECT_NEAR(band.volume_fraction_high[i], 1 - dvh.dose_Gy[i] / 10.2, 2e-4);
  }
  EXPECT_EQ(band.volume_fraction_high.back(), 0.0);
  EXPECT_NEAR(band.mean_Gy, 0.02 * dvh.mean_Gy, 1e-4);
  EXPECT_NEAR(band.d98_Gy, 0.02 * dvh.d98_Gy, 2e-3);
  EXPECT_NEAR(band.d50_Gy, 0.02 * dvh.d50_Gy, 2e-3);
  EXPECT_NEAR(band.d2_Gy, 0.02 * dvh.d2_Gy, 2e-3);
}

TEST(ReportDvhBand, is_no_wider_than_the_curve_where_no_sample_is_in_doubt) {
  const std::vector<float> dose{4, 3, 2, 1};
  const std::vector<float> volume{1, 1, 1, 1};
  const ReportDvh dvh = report_dvh("a", {}, "", SortedDose(dose, volume), 9);
  const ReportDvhBand band = report_dvh_band(dvh, dose, std::vector<float>(4, 0.0F), volume);
  EXPECT_EQ(band.volume_fraction_low, dvh.volume_fraction);
  EXPECT_EQ(band.volume_fraction_high, dvh.volume_fraction);
  EXPECT_EQ(band.d95_Gy, 0.0);
}

TEST(ReportTarget, has_the_metrics_of_two_shells) {
  // Target 10 mm³: 9 at 26 Gy, 1 at 24 Gy. Body: the target, 1 mm³ at 25 Gy, 30 mm³ at 13 Gy, 100 mm³ at 5 Gy far away.
  const std::vector<float> target_dose{26, 24};
  const std::vector<float> target_volume{9, 1};
  const std::vector<float> body_dose{26, 24, 25, 13, 5};
  const std::vector<float> body_volume{9, 1, 1, 30, 100};
  const std::vector<float> distance{0, 0, 1, 8, 25};
  const SortedDose target(target_dose, target_volume);
  const SortedDose body(body_dose, body_volume);
  const ReportTarget metrics = report_target("PTV", target, {25.0, &body, nullptr, body_dose, distance});
  EXPECT_NEAR(metrics.coverage_percent.value(), 90.0, 1e-9);
  EXPECT_NEAR(metrics.paddick_ci.value(), 81.0 / (10.0 * 10.0), 1e-9);
  EXPECT_NEAR(metrics.gradient_index.value(), 41.0 / 10.0, 1e-9);
  EXPECT_NEAR(metrics.r50.value(), 41.0 / 10.0, 1e-9);
  EXPECT_NEAR(metrics.d2cm_percent.value(), 20.0, 1e-9);
  EXPECT_NEAR(metrics.homogeneity_index.value(), 2.0 / 26.0, 1e-6);

  const ReportTarget alone = report_target("PTV", target, {25.0});
  EXPECT_TRUE(alone.coverage_percent.has_value());
  EXPECT_FALSE(alone.paddick_ci.has_value());
  EXPECT_FALSE(alone.d2cm_percent.has_value());
  EXPECT_FALSE(report_target("empty", SortedDose{}, {25.0}).coverage_percent.has_value());
}

TEST(ReportBeams, take_angles_monitor_units_and_direction) {
  TreatmentPlan plan;
  PlannedBeam beam;
  beam.number = 3;
  beam.name = "left";
  beam.angles = {90.0, 0.0, 10.0};
  beam.segments = {{{}, {}, 12.5}, {{}, {}, 7.5}};
  plan.beams = {beam};
  const std::vector<std::optional<double>> ssd{712.0};
  const auto beams = report_beams(plan, ssd);
  ASSERT_EQ(beams.size(), 1U);
  EXPECT_EQ(beams[0].num_segments, 2);
  EXPECT_DOUBLE_EQ(beams[0].mu, 20.0);
  EXPECT_EQ(beams[0].ssd_mm, 712.0);
  EXPECT_EQ(beams[0].couch_deg, 0.0);
  plan.beams[0].angles.couch_deg = -25.0;
  EXPECT_EQ(report_beams(plan)[0].couch_deg, 335.0) << "as in RTPLAN";
  plan.beams[0].angles.couch_deg = 0.0;
  // HFS, gantry 90: the source stands at the patient's left, so the beam travels to the right (−x of LPS).
  EXPECT_LT((beams[0].direction_P - Vec3(-1, 0, 0)).norm(), 1e-9);
  EXPECT_FALSE(report_beams(plan)[0].ssd_mm.has_value());
  const std::vector<std::optional<double>> too_many{1.0, 2.0};
  EXPECT_THROW(static_cast<void>(report_beams(plan, too_many)), InputError);
}

TEST(ReportBeams, know_how_far_the_skin_is) {
  Volume<std::uint8_t> body(covering_grid({-150, -150, -150}, {150, 150, 150}, 2.0), 0);
  const Grid& grid = body.grid();
  for (std::size_t i = 0; i < body.values().size(); ++i) {
    const auto at = [&](std::size_t n, int size) { return static_cast<int>(n % static_cast<std::size_t>(size)); };
    const Vec3 p = grid.centre(at(i, grid.nx()), at(i / static_cast<std::size_t>(grid.nx()), grid.ny()),
                               static_cast<int>(i / static_cast<std::size_t>(grid.nx() * grid.ny())));
    body[i] = p.norm() < 100.0 ? 1 : 0;
  }
  TreatmentPlan plan;
  PlannedBeam beam;
  beam.sad_mm = 800.0;
  beam.angles = {30.0, 10.0, 0.0, 25.0};
  plan.beams.push_back(beam);
  beam.isocentre_P = {0, 0, 40};
  beam.angles = {90.0, 0.0, 0.0};
  plan.beams.push_back(beam);
  beam.isocentre_P = {0, 120, 0};
  plan.beams.push_back(beam);
  beam.isocentre_P = {0, 0, 400};
  plan.beams.push_back(beam);
  const auto ssd = skin_distances(plan, body);
  EXPECT_NEAR(ssd[0].value(), 700.0, 2.0);
  EXPECT_NEAR(ssd[1].value(), 800.0 - std::sqrt(1e4 - 1600.0), 2.0);
  EXPECT_FALSE(ssd[2].has_value());  // the axis passes behind the body
  EXPECT_FALSE(ssd[3].has_value());
  EXPECT_DOUBLE_EQ(report_beams(plan)[0].gantry_pitch_deg, 25.0);
}

TEST(ReportCandidates, say_what_became_of_each_direction) {
  // A long body that fills the CT's ends, seen from its middle; a gantry that cannot go below the couch.
  Grid grid;
  grid.size = {40, 40, 41};
  grid.spacing = {10, 10, 10};
  grid.origin = {-195, -195, -200};
  Volume<std::uint8_t> body(grid, 0);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 10; y < 30; ++y) {
      for (int x = 10; x < 30; ++x) {
        body.at(x, y, z) = 1;
      }
    }
  }
  RoomLimits limits;
  limits.forbidden.push_back({{135.0, 225.0}, {-90.0, 90.0}, "below the couch"});
  CandidateOptions options;
  options.count = 100;
  const CandidateSet set = candidate_beams(options, limits, body);
  ASSERT_GT(set.num_through_ends, 0);
  const auto candidates = report_candidates(set);
  EXPECT_EQ(candidates.size(), static_cast<std::size_t>(set.num_directions));
  std::size_t usable = 0;
  int unreachable = 0;
  int open_end = 0;
  for (const ReportCandidate& candidate : candidates) {
    EXPECT_NEAR(candidate.direction_P.norm(), 1.0, 1e-12);
    usable += candidate.state == CandidateState::usable ? 1 : 0;
    unreachable += candidate.state == CandidateState::unreachable ? 1 : 0;
    open_end += candidate.state == CandidateState::open_ct_end ? 1 : 0;
  }
  EXPECT_EQ(usable, set.beams.size());
  EXPECT_EQ(open_end, set.num_through_ends);
  int refused = 0;
  for (const auto& [reason, count] : set.refused_by_machine) {
    refused += count;
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(unreachable, refused);

  // A machine that gives a direction by other angles than a plain gantry and couch would.
  options.reach = [](const Vec3& direction) -> tl::expected<ReachedBeam, std::string> {
    if (direction.z() > 0.2) {
      return tl::make_unexpected("too far down");
    }
    const double pitch = std::asin(direction.z()) * 180.0 / std::numbers::pi;
    return ReachedBeam{{room_angles(direction, PatientPosition::hfs).gantry_deg, 0.0, 0.0, pitch}, Vec3::Zero(), 800.0};
  };
  const CandidateSet reached = candidate_beams(options, limits, body);
  const auto shown = report_candidates(reached);
  ASSERT_EQ(shown.size(), static_cast<std::size_t>(reached.num_directions));
  EXPECT_EQ(std::ranges::count(shown, CandidateState::usable, &ReportCandidate::state),
            static_cast<std::ptrdiff_t>(reached.beams.size()));
  for (const ReportCandidate& candidate : shown) {
    EXPECT_EQ(candidate.state == CandidateState::unreachable, candidate.direction_P.z() > 0.2);
  }

  CandidateSet coplanar;
  coplanar.beams = coplanar_beams(9, 0.0, options);
  EXPECT_EQ(report_candidates(coplanar).size(), 9U);
}

}  // namespace
}  // namespace xingu
