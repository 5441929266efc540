// SPDX-License-Identifier: Apache-2.0
#include "plan/judged_dose.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

GoalResult result_of(const std::string& structure, const std::string& metric, GoalResult::Verdict verdict) {
  GoalResult result;
  result.goal.structure = structure;
  result.goal.metric.text = metric;
  result.verdict = verdict;
  return result;
}

DoseUnderEvaluation one_structure(std::vector<float> dose) {
  DoseUnderEvaluation result;
  StructureDose structure;
  structure.id = "PTV";
  structure.volume_mm3.assign(dose.size(), 1.0F);
  structure.dose_Gy = std::move(dose);
  result.structures.push_back(structure);
  result.body = structure;
  return result;
}

TEST(DosesOfSamples, leaves_out_what_the_final_doses_grid_does_not_hold) {
  PlanProblem problem;
  problem.points.position_mm = {{0, 0, 0}, {10, 0, 0}, {10.9F, 0, 0}, {11.1F, 0, 0}};
  problem.points.volume_mm3 = {1, 1, 1, 1};
  problem.target_distance_mm = {0, 9, 10, 11};
  problem.groups = {{"Cord", {0, 2, 3}, {1, 2, 4}}, {std::string(body_id), {0, 1, 2, 3}, {1, 1, 1, 1}}};
  Grid grid;
  grid.size = {6, 1, 1};
  grid.spacing = {2, 2, 2};
  const std::vector<float> dose{5, 6, 7, 8};
  const DoseUnderEvaluation seen = doses_of_samples(problem, dose, grid);
  ASSERT_EQ(seen.structures.size(), 1U);
  EXPECT_EQ(seen.structures[0].dose_Gy, (std::vector<float>{5, 7}));
  EXPECT_EQ(seen.structures[0].volume_mm3, (std::vector<float>{1, 2}));
  EXPECT_EQ(seen.structures[0].outside_mm3, 4.0);
  EXPECT_EQ(seen.body.dose_Gy, (std::vector<float>{5, 6, 7}));
  EXPECT_EQ(seen.body_distance_mm, (std::vector<float>{0, 9, 10}));
  EXPECT_EQ(seen.body.outside_mm3, 1.0);
}

TEST(CoverageScale, brings_the_target_to_its_dose_or_says_that_it_cannot) {
  Protocol protocol;
  protocol.prescription.target = "PTV";
  protocol.prescription.dose_Gy = 50.0;
  DoseUnderEvaluation dose = one_structure(std::vector<float>(100, 40.0F));
  const std::optional<double> scale = coverage_scale(protocol, dose);
  ASSERT_TRUE(scale.has_value());
  multiply(dose, *scale);
  EXPECT_NEAR(dose.structures[0].sorted().dose_at_percent(95), 50.0, 0.01);
  EXPECT_GE(dose.structures[0].sorted().dose_at_percent(95), 50.0);
  EXPECT_FALSE(coverage_scale(protocol, one_structure(std::vector<float>(100, 2.4F))).has_value());
  dose.structures.clear();
  EXPECT_FALSE(coverage_scale(protocol, dose).has_value());
}

TEST(JudgedDose, names_the_goals_that_only_the_first_dose_meets) {
  using enum GoalResult::Verdict;
  const std::vector<GoalResult> before{result_of("PTV", "D95%[Gy]", met), result_of("Heart", "V16Gy[cc]", met),
                                       result_of("Cord", "Max[Gy]", not_met), result_of("Lung", "Mean[Gy]", met)};
  const std::vector<GoalResult> after{result_of("PTV", "D95%[Gy]", met), result_of("Heart", "V16Gy[cc]", not_met),
                                      result_of("Cord", "Max[Gy]", not_met),
                                      result_of("Lung", "Mean[Gy]", not_assessed)};
  EXPECT_EQ(goals_lost(before, after), "Heart V16Gy[cc]");
  EXPECT_EQ(goals_lost(before, before), "");
}

TEST(JudgedDose, prefers_a_second_attempt_that_misses_no_more_goals) {
  using enum GoalResult::Verdict;
  const auto attempt = [](GoalResult::Verdict heart, GoalResult::Verdict lung) {
    return std::vector<GoalResult>{result_of("Heart", "V16Gy[cc]", heart), result_of("Lung", "Mean[Gy]", lung)};
  };
  EXPECT_TRUE(is_as_good(attempt(met, met), attempt(not_met, met)));
  EXPECT_TRUE(is_as_good(attempt(met, not_met), attempt(not_met, met)));
  EXPECT_FALSE(is_as_good(attempt(not_met, not_met), attempt(not_met, met)));
  EXPECT_FALSE(is_as_good(attempt(not_met, not_assessed), attempt(met, not_assessed)));
}

TEST(JudgedDose, multiplies_structures_and_body_alike) {
  DoseUnderEvaluation dose = one_structure({1.0F, 2.0F});
  multiply(dose, 2.5);
  EXPECT_FLOAT_EQ(dose.structures.front().dose_Gy[1], 5.0F);
  EXPECT_FLOAT_EQ(dose.body.dose_Gy[0], 2.5F);
}

TEST(JudgedDose, says_what_of_a_structure_has_no_dose) {
  DoseUnderEvaluation dose = one_structure({1.0F, 2.0F, 3.0F});
  EXPECT_TRUE(unevaluated_parts(dose).empty());
  dose.structures.front().outside_mm3 = 1.0;
  ASSERT_EQ(unevaluated_parts(dose).size(), 1U);
  EXPECT_NE(unevaluated_parts(dose).front().find("'PTV': 0.00 of 0.00 cm³ (25.0 %)"), std::string::npos);
  dose.structures.front().outside_mm3 = 1e-4;
  EXPECT_TRUE(unevaluated_parts(dose).empty()) << "less than is worth a sentence";
}

TEST(JudgedDose, tells_how_far_two_engines_are_apart) {
  const auto cones = one_structure({11.0F, 11.0F, 11.0F, 11.0F});
  const auto exact = one_structure({10.0F, 10.0F, 10.0F, 10.0F});
  const auto sigma = one_structure({0.1F, 0.1F, 0.3F, 0.3F});
  const std::vector<EngineGapFact> gaps = engine_gaps(cones, exact, sigma);
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps.front().structure, "PTV");
  EXPECT_NEAR(gaps.front().mean_Gy, 1.0, 1e-6);
  EXPECT_NEAR(gaps.front().d95_Gy, 1.0, 1e-6);
  EXPECT_NEAR(gaps.front().sigma_percent, 2.0, 1e-4);
}

}  // namespace
}  // namespace xingu
