// SPDX-License-Identifier: Apache-2.0
#include "plan/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "base/error.h"
#include "base/philox.h"
#include "patient/body_outline.h"
#include "patient/dvh.h"
#include "patient/plan_metrics.h"
#include "plan/judged_dose.h"
#include "plan/structure_occupancy.h"

namespace xingu {
namespace {

Structure cylinder(const char* name, const char* type, Eigen::Vector2d centre, double radius, double z0, double z1) {
  Structure s;
  s.name = name;
  s.interpreted_type = type;
  for (double z = z0; z <= z1 + 1e-9; z += 3.0) {
    Contour contour{z, {}};
    for (int k = 0; k < 90; ++k) {
      const double angle = 2.0 * std::numbers::pi * k / 90;
      contour.points.emplace_back(centre + radius * Eigen::Vector2d(std::cos(angle), std::sin(angle)));
    }
    s.contours.push_back(std::move(contour));
  }
  return s;
}

struct Case {
  Patient patient;
  Protocol protocol;
  Volume<std::uint8_t> body;
};

Case make_case(double pixel_mm = 4.0) {
  Case c;
  const int n = static_cast<int>(160.0 / pixel_mm);
  Grid grid;
  grid.size = {n, n, 30};
  grid.spacing = Vec3(pixel_mm, pixel_mm, 3.0);
  grid.origin = Vec3(-80.0 + 0.5 * pixel_mm, -80.0 + 0.5 * pixel_mm, -43.5);
  c.patient.ct.hu = Volume<float>(grid, 0.0F);
  c.patient.structure_set.structures = {cylinder("PTV", "PTV", {10.3, -4.1}, 17.0, -19.5, 19.5),
                                        cylinder("Cord", "ORGAN", {10.0, 35.0}, 6.0, -40.5, 40.5),
                                        cylinder("Lung_L", "ORGAN", {-30.0, 0.0}, 30.0, -40.5, 40.5)};
  c.body = Volume<std::uint8_t>(grid, std::uint8_t{0});
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const Vec3 p = grid.centre(x, y, z);
        c.body.at(x, y, z) = std::hypot(p.x(), p.y()) < 72.0 ? 1 : 0;
      }
    }
  }
  c.protocol = parse_protocol(R"(
title = "Test"
[prescription]
dose_Gy = 25.0
per = "total"
fractions = 1
target = "PTV"
[[target]]
id = "PTV"
names = ["PTV"]
dose_Gy = 25.0
[[structure]]
id = "Cord"
names = ["Cord"]
[[structure]]
id = "Lungs"
names = ["Lung*"]
choose = "all"
minus = ["PTV"]
[[structure]]
id = "Heart"
names = ["Heart"]
[[goal]]
structure = "PTV"
metric = "D95%[Gy]"
at_least = 25.0
priority = 1
source = "a test"
[[objective]]
structure = "PTV"
kind = "underdose"
dose_Gy = 25.0
weight = 1.0
)",
                              "test.toml");
  return c;
}

TEST(Sampling, structures_keep_their_volumes) {
  const Case c = make_case();
  const SampledPatient sampled = sample_patient(c.patient, c.protocol, c.body);
  const auto occupancies = protocol_occupancies(c.protocol, c.patient.structure_set, c.patient.ct.hu.grid());
  for (std::size_t r = 0; r < 3; ++r) {
    const SampleGroup* group = sampled.problem.find(c.protocol.structures[r].id);
    ASSERT_NE(group, nullptr);
    EXPECT_NEAR(group->total_volume_mm3(), occupancies[r].volume_mm3(), 2e-3 * occupancies[r].volume_mm3())
        << group->id;
  }
  double body = 0.0;
  for (const std::uint8_t b : c.body.values()) {
    body += b * c.body.grid().voxel_volume_mm3();
  }
  EXPECT_NEAR(sampled.problem.find("Body")->total_volume_mm3(), body, 1e-3 * body);
  EXPECT_EQ(sampled.problem.find("Heart"), nullptr);
  EXPECT_THAT(sampled.notes, testing::Contains(testing::HasSubstr("Heart")));
}

TEST(Sampling, a_level_that_minus_empties_is_refused_and_an_organ_is_told) {
  Case c = make_case();
  c.protocol.structures[1].minus = {"Cord"};
  const SampledPatient sampled = sample_patient(c.patient, c.protocol, c.body);
  EXPECT_EQ(sampled.problem.find("Cord"), nullptr);
  EXPECT_THAT(sampled.notes, testing::Contains(testing::AllOf(testing::HasSubstr("Nothing is left on the CT of Cord"),
                                                              testing::HasSubstr("Cord − Cord"))));
  EXPECT_THAT(sampled.notes, testing::Contains(testing::HasSubstr("no structure for Heart;")));

  const DoseUnderEvaluation dose = dose_under_evaluation(
      c.patient, c.protocol, c.body, Volume<float>(c.patient.ct.hu.grid(), 1.0F), EvaluationDetail::samples);
  EXPECT_EQ(dose.emptied, std::vector<std::string>{"Cord"});
  Goal goal = c.protocol.goals.front();
  goal.structure = "Cord";
  c.protocol.goals.push_back(goal);
  EXPECT_THAT(tally(evaluate_goals(c.protocol, dose)).why_not, testing::HasSubstr("nothing is left of Cord"));

  // A second level inside the first: one that must be treated, then one that may be absent.
  c.protocol.structures.push_back({.id = "PTV2", .names = {"PTV"}, .minus = {"PTV"}, .is_required = true});
  c.protocol.targets.push_back({"PTV2", 20.0});
  EXPECT_THAT([&] { (void)sample_patient(c.patient, c.protocol, c.body); },
              testing::ThrowsMessage<InputError>(
                  testing::AllOf(testing::HasSubstr("nothing is left"), testing::HasSubstr("PTV2 (PTV − PTV)"))));
  c.protocol.structures.back().is_required = false;
  EXPECT_THAT(sample_patient(c.patient, c.protocol, c.body).notes, testing::Contains(testing::HasSubstr("PTV2")));
}

TEST(Sampling, goals_on_the_body_are_read_from_the_dvh_of_its_outline) {
  Case c = make_case();
  Structure external = cylinder("Outline", "EXTERNAL", {0.0, 0.0}, 72.0, -40.5, 40.5);
  c.patient.structure_set.structures.push_back(external);
  Volume<float> dose(c.patient.ct.hu.grid());
  for (int z = 0; z < dose.grid().nz(); ++z) {
    for (int y = 0; y < dose.grid().ny(); ++y) {
      for (int x = 0; x < dose.grid().nx(); ++x) {
        const double r = std::hypot(dose.grid().centre(x, y, z).x(), dose.grid().centre(x, y, z).y());
        dose.at(x, y, z) = static_cast<float>(r * r / 100.0);  // largest at the skin, as behind a field's edge
      }
    }
  }
  Goal goal = c.protocol.goals.front();
  goal.structure = "Body";
  goal.metric = DoseMetric::parse("D0.035cc[Gy]");
  c.protocol.goals = {goal};
  DoseUnderEvaluation seen = dose_under_evaluation(c.patient, c.protocol, c.body, dose);
  const double expected = compute_dvh(dose, external).dose_at_cc(0.035);
  EXPECT_EQ(evaluate_goals(c.protocol, seen).front().value, expected);
  multiply(seen, 2.0);
  EXPECT_NEAR(evaluate_goals(c.protocol, seen).front().value, 2.0 * expected, 1e-5 * expected);

  c.patient.structure_set.structures.pop_back();  // the outline is not drawn: that of the body's voxels stands for it
  seen = dose_under_evaluation(c.patient, c.protocol, c.body, dose);
  EXPECT_EQ(evaluate_goals(c.protocol, seen).front().value,
            compute_dvh(dose, outline_structure(c.body)).dose_at_cc(0.035));
}

TEST(Sampling, every_target_voxel_is_seen_and_rims_are_split) {
  const Case c = make_case();
  const SampledPatient sampled = sample_patient(c.patient, c.protocol, c.body);
  const Grid& grid = c.patient.ct.hu.grid();
  const SampleGroup& target = *sampled.problem.find("PTV");
  std::set<std::size_t> seen;
  float largest = 0.0F;
  for (std::size_t i = 0; i < target.sample.size(); ++i) {
    const Vec3 at =
        grid.coordinates(sampled.problem.points.position_mm[target.sample[i]].cast<double>()).array().round();
    seen.insert(grid.index(static_cast<int>(at.x()), static_cast<int>(at.y()), static_cast<int>(at.z())));
    largest = std::max(largest, target.volume_mm3[i]);
  }
  const auto occupancies = protocol_occupancies(c.protocol, c.patient.structure_set, grid);
  EXPECT_EQ(seen.size(), occupancies[0].voxels.size());
  EXPECT_GT(target.sample.size(), occupancies[0].voxels.size());
  EXPECT_FLOAT_EQ(largest, static_cast<float>(grid.voxel_volume_mm3()));
  for (const std::uint32_t s : target.sample) {
    EXPECT_EQ(sampled.problem.target_distance_mm[s], 0.0F);
  }
}

TEST(Sampling, groups_are_ascending_and_volumes_positive) {
  const Case c = make_case();
  const SampledPatient sampled = sample_patient(c.patient, c.protocol, c.body);
  EXPECT_EQ(sampled.problem.points.position_mm.size(), sampled.problem.points.volume_mm3.size());
  EXPECT_EQ(sampled.problem.points.size(), sampled.problem.target_distance_mm.size());
  for (const SampleGroup& group : sampled.problem.groups) {
    EXPECT_EQ(group.sample.size(), group.volume_mm3.size());
    EXPECT_EQ(std::ranges::adjacent_find(group.sample, std::greater_equal<>()), group.sample.end()) << group.id;
    EXPECT_TRUE(std::ranges::all_of(group.volume_mm3, [](float v) { return v > 0.0F; }));
    EXPECT_LT(group.sample.back(), sampled.problem.points.size());
  }
}

TEST(Sampling, means_of_a_gradient_agree_with_the_voxels) {
  const Case c = make_case();
  const SampledPatient sampled = sample_patient(c.patient, c.protocol, c.body);
  const Grid& grid = c.patient.ct.hu.grid();
  const auto field = [](const Vec3& p) {
    return 10.0 + 0.1 * p.x() - 0.05 * p.y() + 0.08 * p.z() + 0.001 * p.squaredNorm();
  };
  const auto occupancies = protocol_occupancies(c.protocol, c.patient.structure_set, grid);
  for (std::size_t r = 0; r < 3; ++r) {
    double voxels = 0.0;
    for (const Occupancy::Voxel& voxel : occupancies[r].voxels) {
      const auto nx = static_cast<std::size_t>(grid.nx());
      const auto ny = static_cast<std::size_t>(grid.ny());
      voxels += voxel.fraction * grid.voxel_volume_mm3() *
                field(grid.centre(static_cast<int>(voxel.index % nx), static_cast<int>(voxel.index / nx % ny),
                                  static_cast<int>(voxel.index / (nx * ny))));
    }
    voxels /= occupancies[r].volume_mm3();
    const SampleGroup& group = *sampled.problem.find(c.protocol.structures[r].id);
    double samples = 0.0;
    for (std::size_t i = 0; i < group.sample.size(); ++i) {
      samples += group.volume_mm3[i] * field(sampled.problem.points.position_mm[group.sample[i]].cast<double>());
    }
    EXPECT_NEAR(samples / group.total_volume_mm3(), voxels, 0.02 * voxels) << group.id;
  }
}

TEST(Sampling, keeps_to_the_largest_number_of_samples_without_touching_targets) {
  const Case c = make_case();
  const SampledPatient usual = sample_patient(c.patient, c.protocol, c.body);
  SamplingOptions options;
  options.max_samples = usual.problem.points.size() / 2;
  const SampledPatient coarse = sample_patient(c.patient, c.protocol, c.body, options);
  EXPECT_LE(coarse.problem.points.size(), options.max_samples);
  EXPECT_GT(coarse.coarsening, 1.0);
  EXPECT_FALSE(coarse.notes.empty());
  EXPECT_EQ(coarse.problem.find("PTV")->sample.size(), usual.problem.find("PTV")->sample.size());
  EXPECT_NEAR(coarse.problem.find("Lungs")->total_volume_mm3(), usual.problem.find("Lungs")->total_volume_mm3(), 10.0);
}

TEST(Sampling, candidates_are_compared_on_fewer_points) {
  const Case c = make_case();
  const SampledPatient usual = sample_patient(c.patient, c.protocol, c.body);
  const SampledPatient draft = sample_patient(c.patient, c.protocol, c.body, candidate_sampling(1));
  EXPECT_LT(2 * draft.problem.points.size(), usual.problem.points.size());
  EXPECT_NEAR(draft.problem.find("PTV")->total_volume_mm3(), usual.problem.find("PTV")->total_volume_mm3(),
              1e-3 * usual.problem.find("PTV")->total_volume_mm3());
}

TEST(Sampling, same_seed_same_points) {
  const Case c = make_case();
  const SampledPatient a = sample_patient(c.patient, c.protocol, c.body);
  const SampledPatient b = sample_patient(c.patient, c.protocol, c.body);
  SamplingOptions options;
  options.seed = 2;
  const SampledPatient other = sample_patient(c.patient, c.protocol, c.body, options);
  EXPECT_EQ(a.problem.points.position_mm, b.problem.points.position_mm);
  EXPECT_NE(a.problem.points.position_mm, other.problem.points.position_mm);
}

TEST(Sampling, refuses_a_patient_without_the_target) {
  Case c = make_case();
  c.patient.structure_set.structures.erase(c.patient.structure_set.structures.begin());
  EXPECT_THROW((void)sample_patient(c.patient, c.protocol, c.body), InputError);
}

TEST(DoseUnderEvaluation, fills_targets_by_shape_and_the_body_on_the_finer_grid) {
  const Case c = make_case();
  const Volume<float> coarse(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 50), 10.0), 12.0F);
  const Volume<float> fine(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 50), 2.5), 12.0F);
  const DoseUnderEvaluation on_ct = dose_under_evaluation(c.patient, c.protocol, c.body, coarse);
  const DoseUnderEvaluation on_dose = dose_under_evaluation(c.patient, c.protocol, c.body, fine);
  EXPECT_GT(on_dose.body.dose_Gy.size(), on_ct.body.dose_Gy.size());
  for (const DoseUnderEvaluation* e : {&on_ct, &on_dose}) {
    const SortedDose target(e->structures[0].dose_Gy, e->structures[0].volume_mm3);
    EXPECT_NEAR(target.mean(), 12.0, 1e-4);
    EXPECT_NEAR(target.volume_mm3(), std::numbers::pi * 17.0 * 17.0 * 42.0,
                0.02 * std::numbers::pi * 17.0 * 17.0 * 42.0);
    EXPECT_EQ(e->body.dose_Gy.size(), e->body_distance_mm.size());
  }
}

TEST(DoseUnderEvaluation, leaves_out_what_lies_beyond_the_dose) {
  const Case c = make_case();
  const Volume<float> all(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 50), 5.0), 12.0F);
  const Volume<float> half(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 0), 5.0), 12.0F);
  const StructureDose whole = dose_under_evaluation(c.patient, c.protocol, c.body, all).structures[0];
  const StructureDose part = dose_under_evaluation(c.patient, c.protocol, c.body, half).structures[0];
  const SortedDose sorted(part.dose_Gy, part.volume_mm3);
  const double volume_mm3 = SortedDose(whole.dose_Gy, whole.volume_mm3).volume_mm3();
  EXPECT_EQ(whole.outside_mm3, 0.0);
  EXPECT_FLOAT_EQ(static_cast<float>(sorted.min()), 12.0F) << "no dose is not a dose of 0 Gy";
  EXPECT_GT(part.outside_mm3, 0.4 * volume_mm3);
  EXPECT_NEAR(part.outside_mm3 + sorted.volume_mm3(), volume_mm3, 1e-4 * volume_mm3);
}

TEST(DoseUnderEvaluation, has_the_figures_of_a_dvh_where_the_dose_grid_cuts_a_structure) {
  const Case c = make_case();
  Volume<float> dose(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 3), 5.0));
  const Grid& grid = dose.grid();
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    const auto x = static_cast<int>(i % static_cast<std::size_t>(grid.nx()));
    const auto z = static_cast<int>(i / static_cast<std::size_t>(grid.nx() * grid.ny()));
    const Vec3 centre = grid.centre(x, 0, z);
    dose[i] = static_cast<float>(20.0 + 0.1 * centre.z() + 0.2 * centre.x());
  }
  const StructureDose plan = dose_under_evaluation(c.patient, c.protocol, c.body, dose).structures[0];
  const SortedDose sorted(plan.dose_Gy, plan.volume_mm3);
  const auto drawn = std::ranges::find(c.patient.structure_set.structures, "PTV", &Structure::name);
  const Dvh dvh = compute_dvh(dose, *drawn);
  EXPECT_GT(dvh.outside_cc(), 0.2 * dvh.volume_cc());
  EXPECT_NEAR(plan.outside_mm3 / 1000.0, dvh.outside_cc(), 0.003 * dvh.volume_cc());
  EXPECT_NEAR(sorted.mean(), dvh.mean_gy(), 0.02);
  EXPECT_NEAR(sorted.dose_at_percent(95), dvh.dose_at_percent(95), 0.05);
  EXPECT_NEAR(sorted.min(), dvh.min_gy(), 0.2);
}

TEST(DoseUnderEvaluation, has_exactly_the_figures_of_a_dvh_and_of_plan_metrics) {
  Case c = make_case();
  c.protocol.goals.clear();
  for (const char* text : {"D95%[Gy]", "D2%[Gy]", "D0.1cc[Gy]", "D0.03cc[Gy]", "V20Gy[%]", "V20Gy[cc]", "Mean[Gy]",
                           "Max[Gy]", "Min[Gy]", "gEUD8[Gy]", "Paddick", "GI", "R50", "Max@20mm[Gy]"}) {
    Goal goal;
    goal.structure = "PTV";
    goal.metric = DoseMetric::parse(text);
    c.protocol.goals.push_back(goal);
  }
  c.protocol.targets[0].dose_Gy = 20.0;
  Volume<float> dose(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 50), 5.0));
  const Grid& grid = dose.grid();
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    const auto nx = static_cast<std::size_t>(grid.nx());
    const auto ny = static_cast<std::size_t>(grid.ny());
    const Vec3 p =
        grid.centre(static_cast<int>(i % nx), static_cast<int>(i / nx % ny), static_cast<int>(i / (nx * ny)));
    dose[i] = static_cast<float>(30.0 * std::exp(-(p - Vec3(5, 3, 2)).squaredNorm() / 800.0));
  }
  const auto drawn = std::ranges::find(c.patient.structure_set.structures, "PTV", &Structure::name);
  const DoseUnderEvaluation seen = dose_under_evaluation(c.patient, c.protocol, c.body, dose);
  const Dvh dvh = compute_dvh(dose, *drawn);
  const Structure body = cylinder("External", "EXTERNAL", {0.0, 0.0}, 72.0, -43.5, 43.5);
  const PlanMetrics metrics = compute_plan_metrics(dose, *drawn, 20.0, &body);
  const std::vector<double> expected{dvh.dose_at_percent(95),
                                     dvh.dose_at_percent(2),
                                     dvh.dose_at_cc(0.1),
                                     dvh.dose_at_cc(0.03),
                                     dvh.percent_at_dose(20),
                                     dvh.cc_at_dose(20),
                                     dvh.mean_gy(),
                                     dvh.max_gy(),
                                     dvh.min_gy(),
                                     dvh.geud_gy(8),
                                     metrics.paddick_index,
                                     metrics.gradient_index,
                                     metrics.r50,
                                     metrics.d2cm_gy};
  const std::vector<GoalResult> results = evaluate_goals(c.protocol, seen);
  ASSERT_EQ(results.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool is_of_body = i + 4 >= expected.size();  // outline by voxels of the CT there, of the dose here
    EXPECT_NEAR(results[i].value, expected[i], (is_of_body ? 1e-3 : 1e-9) * std::abs(expected[i]))
        << results[i].goal.metric.text;
  }
  DoseUnderEvaluation doubled = seen;
  multiply(doubled, 2.0);
  EXPECT_NEAR(doubled.structures[0].sorted().dose_at_percent(95), 2.0 * dvh.dose_at_percent(95), 1e-9);
  EXPECT_NEAR(doubled.isodoses.largest_beyond(20.0), 2.0 * metrics.d2cm_gy, 2e-3 * metrics.d2cm_gy);
}

TEST(DoseUnderEvaluation, has_the_figures_of_what_a_rule_joins_and_cuts) {
  Case c = make_case();
  const Volume<float> dose(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 50), 5.0), 12.0F);
  const DoseUnderEvaluation seen = dose_under_evaluation(c.patient, c.protocol, c.body, dose);
  const auto lungs = std::ranges::find(seen.structures, "Lungs", &StructureDose::id);
  ASSERT_NE(lungs, seen.structures.end());
  ASSERT_NE(lungs->dvh, nullptr);
  const double by_samples_mm3 = SortedDose(lungs->dose_Gy, lungs->volume_mm3).volume_mm3();
  EXPECT_NEAR(lungs->sorted().volume_mm3(), by_samples_mm3, 0.005 * by_samples_mm3);
  EXPECT_NEAR(lungs->sorted().mean(), 12.0, 1e-4);
}

TEST(EvaluateGoals, says_of_a_structure_beside_the_dose_that_it_is_there) {
  const Case c = make_case();
  const Volume<float> beside(covering_grid(Vec3(500, 500, 500), Vec3(550, 550, 550), 5.0), 12.0F);
  const DoseUnderEvaluation dose = dose_under_evaluation(c.patient, c.protocol, c.body, beside);
  const std::vector<GoalResult> results = evaluate_goals(c.protocol, dose);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].verdict, GoalResult::Verdict::not_assessed);
  EXPECT_EQ(results[0].reason, "it lies beyond the dose grid");
  ASSERT_FALSE(dose.structures.empty());
  EXPECT_TRUE(dose.structures[0].dose_Gy.empty());
  EXPECT_GT(dose.structures[0].outside_mm3, 0.0);
}

TEST(OtherStructureDoses, are_those_that_no_rule_means_as_drawn) {
  Case c = make_case();
  c.patient.structure_set.structures.push_back(cylinder("Aorta", "ORGAN", {0.0, 20.0}, 9.0, -30.0, 30.0));
  c.patient.structure_set.structures.emplace_back().name = "Empty";
  const Volume<float> dose(covering_grid(Vec3(-90, -90, -50), Vec3(90, 90, 50), 5.0), 7.0F);
  const std::vector<StructureDose> others = other_structure_doses(c.protocol, c.patient.structure_set, dose);
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[0].id, "Lung_L");  // the rule "Lungs" cuts the target out of it
  EXPECT_EQ(others[1].id, "Aorta");   // no rule knows it
  const SortedDose aorta(others[1].dose_Gy, others[1].volume_mm3);
  EXPECT_NEAR(aorta.mean(), 7.0, 1e-4);
  EXPECT_NEAR(aorta.volume_mm3(), std::numbers::pi * 81.0 * 63.0, 0.02 * std::numbers::pi * 81.0 * 63.0);
}

TEST(DistanceFrom, agrees_with_brute_force) {
  Grid grid;
  grid.size = {17, 13, 9};
  grid.spacing = Vec3(1.5, 2.0, 3.0);
  Occupancy occupancy{grid, {}};
  const Philox random(4, 4);
  for (std::uint32_t i = 0; i < grid.num_voxels(); ++i) {
    if (random.uniform(i) < 0.01) {
      occupancy.voxels.push_back({i, 1.0F});
    }
  }
  ASSERT_GT(occupancy.voxels.size(), 3U);
  const auto centre = [&](std::size_t i) {
    return grid.centre(static_cast<int>(i % 17), static_cast<int>(i / 17 % 13), static_cast<int>(i / (17 * 13)));
  };
  const Volume<float> distance = distance_from(occupancy);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const Occupancy::Voxel& voxel : occupancy.voxels) {
      nearest = std::min(nearest, (centre(i) - centre(voxel.index)).norm());
    }
    const double expected = nearest > 0.0 ? std::max(0.1, nearest - 0.5 * std::cbrt(9.0)) : 0.0;
    EXPECT_NEAR(distance[i], expected, 1e-4);
  }
}

TEST(DistanceFrom, is_infinite_without_voxels) {
  Grid grid;
  grid.size = {3, 3, 3};
  EXPECT_TRUE(std::isinf(distance_from(Occupancy{grid, {}})[13]));
}

TEST(OccupancyAlgebra, union_and_difference_keep_their_meaning) {
  Grid grid;
  grid.size = {4, 1, 1};
  const Occupancy a{grid, {{0, 1.0F}, {1, 0.5F}, {2, 0.25F}}};
  const Occupancy b{grid, {{1, 1.0F}, {2, 0.125F}, {3, 0.5F}}};
  const Occupancy sum = occupancy_union(a, b);
  ASSERT_EQ(sum.voxels.size(), 4U);
  EXPECT_EQ(sum.voxels[1].fraction, 1.0F);
  EXPECT_EQ(sum.voxels[2].fraction, 0.25F);
  const Occupancy rest = occupancy_difference(a, b);
  ASSERT_EQ(rest.voxels.size(), 2U);
  EXPECT_EQ(rest.voxels[0].fraction, 1.0F);
  EXPECT_EQ(rest.voxels[1].fraction, 0.125F);
}

}  // namespace
}  // namespace xingu
