// SPDX-License-Identifier: Apache-2.0
// The fluence optimum against an independent solver on the same objective.
#include <gtest/gtest.h>

#include "plan/fluence_optimiser.h"
#include "plan/ipopt_reference.h"
#include "plan/synthetic_case.h"

namespace xingu {
namespace {

test::SyntheticCase case_of(bool is_coplanar) {
  return test::synthetic_case(test::SyntheticOptions{.num_beams = 5,
                                                     .is_coplanar = is_coplanar,
                                                     .target_spacing_mm = 6.0,
                                                     .body_spacing_mm = 15.0,
                                                     .beamlet_mm = 12.0,
                                                     .target_length_mm = 30.0});
}

std::vector<ObjectiveSpec> with_fall_off(std::vector<ObjectiveSpec> specs) {
  ObjectiveSpec fall_off;
  fall_off.structure = "Body";
  fall_off.kind = ObjectiveKind::fall_off;
  fall_off.weight = 300.0;
  fall_off.near_Gy = 46.0;
  fall_off.far_Gy = 12.0;
  fall_off.rate_per_mm = 0.08;
  specs.push_back(fall_off);
  ObjectiveSpec mean;
  mean.structure = "Core";
  mean.kind = ObjectiveKind::mean;
  mean.weight = 20.0;
  mean.dose_Gy = 10.0;
  specs.push_back(mean);
  return specs;
}

void expect_same_optimum(const test::SyntheticCase& c, const std::vector<ObjectiveSpec>& specs) {
  const Ipopt::SmartPtr<test::IpoptFluence> reference = new test::IpoptFluence(c.matrix, c.problem, specs);
  ASSERT_TRUE(test::solve(reference, 1e-3, 400));
  Objective objective(specs, c.problem);
  FluenceOptions options;
  options.objective_tolerance = 1e-6;
  options.max_iterations = 1000;
  const FluenceResult found = optimise_fluence(c.matrix, objective, options);
  EXPECT_LE(found.objective, 1.001 * reference->best());
  EXPECT_GE(found.objective, 0.999 * reference->best());
  // The objective itself, in double precision at our fluence.
  const std::vector<double> dose(found.dose.begin(), found.dose.end());
  EXPECT_NEAR(reference->dose_objective(dose, nullptr), found.objective, 1e-5 * found.objective);
}

TEST(FluenceAgainstIpopt, quadratic_objectives) {
  const test::SyntheticCase c = case_of(true);
  expect_same_optimum(c, c.objectives);
}

TEST(FluenceAgainstIpopt, fall_off_and_mean_from_all_sides) {
  const test::SyntheticCase c = case_of(false);
  expect_same_optimum(c, with_fall_off(c.objectives));
}

}  // namespace
}  // namespace xingu
