// SPDX-License-Identifier: Apache-2.0
#include "plan/objectives.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "plan/synthetic_case.h"

namespace xingu {
namespace {

PlanProblem random_problem(std::size_t n) {
  PlanProblem problem;
  problem.groups = {{"Target", {}, {}}, {"Organ", {}, {}}, {"Body", {}, {}}};
  const Philox random(7, 1);
  for (std::size_t i = 0; i < n; ++i) {
    problem.points.position_mm.emplace_back(static_cast<float>(i), 0.0F, 0.0F);
    problem.points.volume_mm3.push_back(1.0F);
    const bool is_target = i % 3 == 0;
    problem.target_distance_mm.push_back(is_target ? 0.0F : static_cast<float>(40.0 * random.uniform(i)));
    const auto index = static_cast<std::uint32_t>(i);
    problem.groups[is_target ? 0 : 1].sample.push_back(index);
    problem.groups[is_target ? 0 : 1].volume_mm3.push_back(static_cast<float>(1.0 + random.uniform(100000 + i)));
    problem.groups[2].sample.push_back(index);
    problem.groups[2].volume_mm3.push_back(1.5F);
  }
  return problem;
}

std::vector<float> random_dose(std::size_t n) {
  const Philox random(11, 2);
  std::vector<float> dose;
  for (std::size_t i = 0; i < n; ++i) {
    dose.push_back(static_cast<float>(60.0 * random.uniform(i)));
  }
  return dose;
}

ObjectiveSpec spec_of(const char* structure, ObjectiveKind kind, double dose) {
  ObjectiveSpec spec;
  spec.structure = structure;
  spec.kind = kind;
  spec.weight = 3.0;
  spec.dose_Gy = dose;
  spec.exponent = 6.0;
  spec.volume_percent = 30.0;
  spec.near_Gy = 45.0;
  spec.far_Gy = 10.0;
  spec.start_mm = 3.0;
  spec.rate_per_mm = 0.08;
  return spec;
}

const std::vector<ObjectiveSpec> all_kinds{spec_of("Target", ObjectiveKind::underdose, 50.0),
                                           spec_of("Organ", ObjectiveKind::overdose, 20.0),
                                           spec_of("Organ", ObjectiveKind::mean, 12.0),
                                           spec_of("Organ", ObjectiveKind::geud, 15.0),
                                           spec_of("Organ", ObjectiveKind::dose_volume_upper, 25.0),
                                           spec_of("Target", ObjectiveKind::dose_volume_lower, 55.0),
                                           spec_of("Body", ObjectiveKind::fall_off, 0.0)};

TEST(Objective, gradient_of_each_kind_agrees_with_finite_differences) {
  const std::size_t n = 300;
  const PlanProblem problem = random_problem(n);
  const std::vector<float> dose = random_dose(n);
  for (const ObjectiveSpec& spec : all_kinds) {
    Objective objective(std::vector{spec}, problem);
    objective.select_dose_volume(dose);
    std::vector<float> gradient(n);
    const double value = objective.value_and_gradient(dose, gradient);
    EXPECT_GT(value, 0.0);
    EXPECT_DOUBLE_EQ(value, objective.value(dose));
    // Along a random direction: every component enters, and the step is large against the doses' rounding.
    const Philox random(5, 9);
    std::vector<float> up(dose);
    std::vector<float> down(dose);
    double slope = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const auto step = static_cast<float>(0.02 * (random.uniform(i) - 0.5));
      up[i] += step;
      down[i] -= step;
      slope += static_cast<double>(gradient[i]) * (static_cast<double>(up[i]) - down[i]);
    }
    EXPECT_NEAR(objective.value(up) - objective.value(down), slope, 2e-4 * std::abs(slope) + 1e-6)
        << static_cast<int>(spec.kind);
  }
}

TEST(Objective, single_components_of_the_gradient_agree_with_finite_differences) {
  const std::size_t n = 60;
  const PlanProblem problem = random_problem(n);
  const std::vector<float> dose = random_dose(n);
  const Objective objective(all_kinds, problem);
  std::vector<float> gradient(n);
  objective.value_and_gradient(dose, gradient);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> up(dose);
    std::vector<float> down(dose);
    up[i] += 0.01F;
    down[i] -= 0.01F;
    const double difference = (objective.value(up) - objective.value(down)) / (static_cast<double>(up[i]) - down[i]);
    EXPECT_NEAR(difference, gradient[i], 1e-3 * std::abs(difference) + 2e-3) << i;
  }
}

TEST(Objective, values_are_means_over_volume) {
  PlanProblem problem;
  problem.points.position_mm.resize(2);
  problem.points.volume_mm3 = {1.0F, 3.0F};
  problem.target_distance_mm = {0.0F, 0.0F};
  problem.groups = {{"Organ", {0, 1}, {1.0F, 3.0F}}};
  const std::vector<float> dose{12.0F, 20.0F};
  const auto value = [&](ObjectiveKind kind, double limit) {
    return Objective(std::vector{spec_of("Organ", kind, limit)}, problem).value(dose);
  };
  EXPECT_NEAR(value(ObjectiveKind::overdose, 10.0), 3.0 * (0.25 * 4.0 + 0.75 * 100.0), 1e-6);
  EXPECT_NEAR(value(ObjectiveKind::underdose, 14.0), 3.0 * 0.25 * 4.0, 1e-6);
  EXPECT_NEAR(value(ObjectiveKind::mean, 10.0), 3.0 * 64.0, 1e-6);
  EXPECT_NEAR(value(ObjectiveKind::mean, 18.0), 0.0, 1e-12);
  const double geud = std::pow(0.25 * std::pow(12.0, 6) + 0.75 * std::pow(20.0, 6), 1.0 / 6.0);
  EXPECT_NEAR(value(ObjectiveKind::geud, 10.0), 3.0 * (geud - 10.0) * (geud - 10.0), 1e-4);
}

TEST(Objective, is_convex_along_random_segments_for_a_fixed_selection) {
  const std::size_t n = 200;
  const PlanProblem problem = random_problem(n);
  const Objective objective(all_kinds, problem);
  const Philox random(3, 3);
  for (int k = 0; k < 50; ++k) {
    std::vector<float> a(n);
    std::vector<float> b(n);
    std::vector<float> middle(n);
    for (std::size_t i = 0; i < n; ++i) {
      a[i] = static_cast<float>(70.0 * random.uniform(2 * (k * n + i)));
      b[i] = static_cast<float>(70.0 * random.uniform(2 * (k * n + i) + 1));
      middle[i] = 0.5F * (a[i] + b[i]);
    }
    EXPECT_LE(objective.value(middle), 0.5 * (objective.value(a) + objective.value(b)) * (1.0 + 1e-6));
  }
}

TEST(Objective, choosing_dose_volume_samples_anew_never_raises_the_value) {
  const std::size_t n = 400;
  const PlanProblem problem = random_problem(n);
  Objective objective(std::vector{all_kinds[4], all_kinds[5]}, problem);
  std::vector<float> dose = random_dose(n);
  for (int k = 0; k < 5; ++k) {
    const double before = objective.value(dose);
    objective.select_dose_volume(dose);
    EXPECT_LE(objective.value(dose), before);
    std::ranges::rotate(dose, dose.begin() + 31);
  }
}

TEST(Objective, dose_volume_term_vanishes_when_the_volume_is_kept) {
  const std::size_t n = 300;
  const PlanProblem problem = random_problem(n);
  Objective objective(std::vector{all_kinds[4]}, problem);  // at most 30 % of the organ above 25 Gy
  std::vector<float> dose(n, 10.0F);
  const SampleGroup& organ = *problem.find("Organ");
  for (std::size_t i = 0; i < organ.sample.size() / 5; ++i) {
    dose[organ.sample[i]] = 50.0F;
  }
  EXPECT_GT(objective.value(dose), 0.0);
  objective.select_dose_volume(dose);
  EXPECT_EQ(objective.value(dose), 0.0);
}

TEST(Objective, curvature_bound_majorises_quadratic_terms) {
  const std::size_t n = 200;
  const PlanProblem problem = random_problem(n);
  const std::vector<ObjectiveSpec> specs{all_kinds[0], all_kinds[1], all_kinds[2], all_kinds[6]};
  const Objective objective(specs, problem);
  const Philox random(21, 4);
  for (int k = 0; k < 20; ++k) {
    std::vector<float> a(n);
    std::vector<float> step(n);
    for (std::size_t i = 0; i < n; ++i) {
      a[i] = static_cast<float>(60.0 * random.uniform(2 * (k * n + i)));
      step[i] = static_cast<float>(10.0 * random.uniform(2 * (k * n + i) + 1));
    }
    std::vector<float> gradient(n);
    const double at_a = objective.value_and_gradient(a, gradient);
    std::vector<float> bound(n);
    objective.apply_curvature_bound(step, bound);
    double model = at_a;
    std::vector<float> b(n);
    for (std::size_t i = 0; i < n; ++i) {
      model += static_cast<double>(gradient[i]) * step[i] + 0.5 * static_cast<double>(bound[i]) * step[i];
      b[i] = a[i] + step[i];
    }
    EXPECT_LE(objective.value(b), model * (1.0 + 1e-5));
  }
}

TEST(Objective, is_the_same_for_any_number_of_threads) {
  const std::size_t n = 60000;
  const PlanProblem problem = random_problem(n);
  const std::vector<float> dose = random_dose(n);
  Objective objective(all_kinds, problem);
  objective.select_dose_volume(dose);
  std::vector<float> one(n);
  std::vector<float> many(n);
  set_num_threads(1);
  const double value_one = objective.value_and_gradient(dose, one);
  set_num_threads(4);
  const double value_many = objective.value_and_gradient(dose, many);
  set_num_threads(0);
  EXPECT_EQ(value_one, value_many);
  EXPECT_EQ(one, many);
}

TEST(Objective, leaves_out_absent_structures_and_refuses_when_nothing_is_left) {
  const PlanProblem problem = random_problem(30);
  const Objective objective(std::vector{all_kinds[0], spec_of("Parotid_L", ObjectiveKind::mean, 20.0)}, problem);
  EXPECT_EQ(objective.skipped(), std::vector<std::string>{"Parotid_L"});
  EXPECT_THROW(Objective(std::vector{spec_of("Parotid_L", ObjectiveKind::mean, 20.0)}, problem), InputError);
}

TEST(FallOff, falls_from_near_to_far) {
  const ObjectiveSpec spec = spec_of("Body", ObjectiveKind::fall_off, 0.0);
  EXPECT_DOUBLE_EQ(fall_off_limit_Gy(spec, 0.0), 45.0);
  EXPECT_DOUBLE_EQ(fall_off_limit_Gy(spec, 3.0), 45.0);
  EXPECT_NEAR(fall_off_limit_Gy(spec, 3.0 + std::log(2.0) / 0.08), 27.5, 1e-9);
  EXPECT_NEAR(fall_off_limit_Gy(spec, 500.0), 10.0, 1e-9);
}

TEST(Objective, mean_bounds_hold_for_doses_of_that_value) {
  const std::size_t n = 200;
  const PlanProblem problem = random_problem(n);
  const Objective objective(all_kinds, problem);
  const std::vector<float> dose = random_dose(n);
  for (const Objective::MeanBound& bound : objective.mean_bounds(objective.value(dose))) {
    double mean = 0.0;
    for (std::size_t i = 0; i < bound.sample.size(); ++i) {
      mean += static_cast<double>(bound.share[i]) * dose[bound.sample[i]];
    }
    EXPECT_LE(mean, bound.bound_Gy);
  }
}

TEST(Objective, with_a_background_is_that_of_the_summed_dose) {
  const PlanProblem problem = random_problem(600);
  const std::vector<float> dose = random_dose(600);
  std::vector<float> background(600);
  std::vector<float> sum(600);
  const Philox random(5, 3);
  for (std::size_t i = 0; i < 600; ++i) {
    background[i] = static_cast<float>(4.0 * random.uniform(i) - 1.5);
    sum[i] = dose[i] + background[i];
  }
  const Objective plain(all_kinds, problem);
  Objective shifted(all_kinds, problem);
  shifted.set_background(background);
  std::vector<float> expected(600);
  std::vector<float> gradient(600);
  EXPECT_DOUBLE_EQ(shifted.value_and_gradient(dose, gradient), plain.value_and_gradient(sum, expected));
  EXPECT_EQ(gradient, expected);
  EXPECT_DOUBLE_EQ(shifted.value(dose), plain.value(sum));
  EXPECT_NE(shifted.value(dose), plain.value(dose));
  // A part of the samples keeps its part of the background.
  const std::vector<std::uint32_t> kept{0, 3, 4, 100, 301, 599};
  const std::vector<float> rates(600, 0.01F);
  const auto part_of = [&](const std::vector<float>& all) {
    std::vector<float> part;
    for (const std::uint32_t k : kept) {
      part.push_back(all[k]);
    }
    return part;
  };
  EXPECT_DOUBLE_EQ(shifted.restricted_to(kept, rates).value(part_of(dose)),
                   plain.restricted_to(kept, rates).value(part_of(sum)));
}

}  // namespace
}  // namespace xingu
