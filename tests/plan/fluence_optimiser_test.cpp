// SPDX-License-Identifier: Apache-2.0
#include "plan/fluence_optimiser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "plan/coarse_problem.h"
#include "plan/synthetic_case.h"

namespace xingu {
namespace {

using test::synthetic_case;
using test::SyntheticCase;
using test::SyntheticOptions;

/// Few samples and beamlets: quick enough to minimise by brute force.
SyntheticCase tiny_case() {
  return synthetic_case(SyntheticOptions{
      .num_beams = 5, .target_spacing_mm = 8.0, .body_spacing_mm = 20.0, .beamlet_mm = 10.0, .target_length_mm = 30.0});
}

/// Cyclic coordinate descent by golden section: slow, and shares nothing with the method under test.
double coordinate_descent(const SyntheticCase& c, const Objective& objective, std::vector<float> x, int sweeps) {
  std::vector<float> dose(c.matrix.num_rows());
  c.matrix.multiply(x, dose);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (std::size_t b = 0; b < c.matrix.num_beams(); ++b) {
      for (std::size_t j = 0; j < c.matrix.beam(b).beamlets.size(); ++j) {
        const std::size_t column = c.matrix.first_column(b) + j;
        const auto at = [&](float value) {
          std::vector<float> moved(dose);
          c.matrix.beam(b).block.add_column(j, value - x[column], moved);
          return objective.value(moved);
        };
        double low = 0.0;
        double high = 2.0 * x[column] + 50.0;
        for (int k = 0; k < 40; ++k) {
          const double a = low + 0.382 * (high - low);
          const double d = low + 0.618 * (high - low);
          (at(static_cast<float>(a)) < at(static_cast<float>(d)) ? high : low) =
              at(static_cast<float>(a)) < at(static_cast<float>(d)) ? d : a;
        }
        const auto best = static_cast<float>(0.5 * (low + high));
        c.matrix.beam(b).block.add_column(j, best - x[column], dose);
        x[column] = best;
      }
    }
  }
  return objective.value(dose);
}

TEST(FluenceOptimiser, cannot_be_improved_by_coordinate_descent) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  FluenceOptions options;
  options.objective_tolerance = 1e-6;
  options.max_iterations = 1000;
  const FluenceResult result = optimise_fluence(c.matrix, objective, options);
  EXPECT_TRUE(result.has_converged);
  EXPECT_GT(result.objective, 0.0);
  EXPECT_GE(coordinate_descent(c, objective, result.x, 2), result.objective * (1.0 - 1e-3));
}

TEST(FluenceOptimiser, result_is_feasible_and_consistent) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  const FluenceResult result = optimise_fluence(c.matrix, objective);
  std::vector<float> dose(c.matrix.num_rows());
  c.matrix.multiply(result.x, dose);
  EXPECT_EQ(dose, result.dose);
  EXPECT_NEAR(objective.value(dose), result.objective, 1e-9 * result.objective);
  EXPECT_TRUE(std::ranges::all_of(result.x, [](float v) { return v >= 0.0F; }));
  EXPECT_LE(result.lower_bound, result.objective);
}

/// Mean over the target's samples on one side of its middle.
double mean_of_half(const SyntheticCase& c, const std::vector<float>& dose, double side) {
  double sum = 0.0;
  int num = 0;
  for (std::size_t i = 0; i < dose.size(); ++i) {
    if (c.problem.target_distance_mm[i] <= 0.0F &&
        side * static_cast<double>(c.problem.points.position_mm[i].z()) > 0) {
      sum += static_cast<double>(dose[i]);
      ++num;
    }
  }
  return sum / num;
}

TEST(FluenceOptimiser, makes_up_for_what_a_better_engine_finds_missing) {
  // What the final engine gives beyond the optimiser's dose is a fixed part of it: here 6 % less in half of the target.
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  const FluenceResult before = optimise_fluence(c.matrix, objective);
  std::vector<float> difference(before.dose.size(), 0.0F);
  for (std::size_t i = 0; i < difference.size(); ++i) {
    if (c.problem.target_distance_mm[i] <= 0.0F && c.problem.points.position_mm[i].z() > 0.0F) {
      difference[i] = -0.06F * before.dose[i];
    }
  }
  objective.set_background(difference);
  const FluenceResult after = optimise_fluence(c.matrix, objective);
  EXPECT_LT(after.objective, 0.9 * objective.value(before.dose));
  const auto with_difference = [&](const FluenceResult& result) {
    std::vector<float> sum(result.dose);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += difference[i];
    }
    return sum;
  };
  const double wanted = mean_of_half(c, before.dose, 1.0);
  EXPECT_LT(mean_of_half(c, with_difference(before), 1.0), 0.945 * wanted);
  EXPECT_GT(mean_of_half(c, with_difference(after), 1.0), 0.98 * wanted);
  EXPECT_NEAR(mean_of_half(c, with_difference(after), -1.0), mean_of_half(c, before.dose, -1.0), 0.02 * wanted);
}

TEST(FluenceOptimiser, lower_bound_is_certified_and_close) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  FluenceOptions options;
  options.objective_tolerance = 1e-7;
  options.max_iterations = 2000;
  const FluenceResult best = optimise_fluence(c.matrix, objective, options);
  options.max_iterations = 40;
  const FluenceResult early = optimise_fluence(c.matrix, objective, options);
  EXPECT_LE(early.lower_bound, best.objective);
  EXPECT_GE(best.lower_bound, 0.9 * best.objective);
}

TEST(FluenceOptimiser, objective_falls_at_every_iteration) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  double last = std::numeric_limits<double>::infinity();
  int calls = 0;
  FluenceOptions options;
  options.on_iteration = [&](const FluenceProgress& progress) {
    EXPECT_LE(progress.objective, last);
    last = progress.objective;
    EXPECT_EQ(progress.iteration, ++calls);
  };
  const FluenceResult result = optimise_fluence(c.matrix, objective, options);
  EXPECT_EQ(calls, result.iterations);
}

TEST(FluenceOptimiser, inactive_beams_stay_dark) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  const std::vector<std::uint8_t> active{1, 0, 1, 0, 1};
  const std::vector<float> start(c.matrix.num_columns(), 5.0F);
  const FluenceResult result = optimise_fluence(c.matrix, objective, {}, start, active);
  const FluenceResult all = optimise_fluence(c.matrix, objective, {}, start);
  for (const std::size_t b : {1U, 3U}) {
    for (std::size_t j = c.matrix.first_column(b); j < c.matrix.first_column(b + 1); ++j) {
      EXPECT_EQ(result.x[j], 0.0F);
    }
  }
  EXPECT_GT(result.objective, all.objective);
}

TEST(FluenceOptimiser, same_bits_for_any_number_of_threads) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  set_num_threads(1);
  const FluenceResult one = optimise_fluence(c.matrix, objective);
  set_num_threads(4);
  const FluenceResult many = optimise_fluence(c.matrix, objective);
  set_num_threads(0);
  EXPECT_EQ(one.x, many.x);
  EXPECT_EQ(one.objective, many.objective);
}

TEST(FluenceOptimiser, start_does_not_change_the_optimum) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  FluenceOptions options;
  options.objective_tolerance = 1e-6;
  options.max_iterations = 1500;
  const double even = optimise_fluence(c.matrix, objective, options).objective;
  std::vector<float> start(c.matrix.num_columns());
  for (std::size_t j = 0; j < start.size(); ++j) {
    start[j] = static_cast<float>(j % 7) * 10.0F;
  }
  EXPECT_NEAR(optimise_fluence(c.matrix, objective, options, start).objective, even, 1e-3 * even);
}

TEST(FluenceOptimiser, smoothing_lowers_neighbour_differences) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  const FluenceSmoothness smoothness(c.matrix);
  const std::vector<float> weight(c.matrix.num_beams(), 1.0F);
  const auto roughness = [&](const FluenceResult& r) {
    std::vector<double> unused(r.x.size());
    return smoothness.value_and_gradient(r.x, weight, unused);
  };
  FluenceOptions options;
  const FluenceResult rough = optimise_fluence(c.matrix, objective, options);
  options.smoothing = 0.05;
  const FluenceResult smooth = optimise_fluence(c.matrix, objective, options);
  EXPECT_LT(roughness(smooth), 0.7 * roughness(rough));
  EXPECT_GE(smooth.dose_objective, rough.dose_objective);
}

TEST(FluenceOptimiser, a_price_buys_less_fluence_and_no_more_than_it_is_worth) {
  const SyntheticCase c = tiny_case();
  Objective objective(c.objectives, c.problem);
  const auto total = [](const FluenceResult& r) { return std::accumulate(r.x.begin(), r.x.end(), 0.0); };
  FluenceOptions options;
  options.objective_tolerance = 1e-6;
  options.max_iterations = 1500;
  FluenceResult last = optimise_fluence(c.matrix, objective, options);
  for (const double share : {0.1, 0.3, 1.0}) {
    options.price = share * last.dose_objective / total(last);
    const FluenceResult dearer = optimise_fluence(c.matrix, objective, options);
    EXPECT_LT(total(dearer), total(last));
    EXPECT_GT(dearer.dose_objective, last.dose_objective);
    EXPECT_NEAR(dearer.objective, dearer.dose_objective + options.price * total(dearer), 1e-6 * dearer.objective);
    EXPECT_LE(dearer.objective, last.dose_objective + options.price * total(last));
    EXPECT_LE(dearer.lower_bound, dearer.objective);
    last = dearer;
  }
}

TEST(FluenceSmoothness, gradient_agrees_with_finite_differences) {
  const SyntheticCase c = tiny_case();
  const FluenceSmoothness smoothness(c.matrix);
  const std::vector<float> weight{1.0F, 2.0F, 0.5F, 1.5F, 1.0F};
  std::vector<float> x(c.matrix.num_columns());
  for (std::size_t j = 0; j < x.size(); ++j) {
    x[j] = static_cast<float>((j * 37) % 11);
  }
  std::vector<double> gradient(x.size());
  std::vector<double> unused(x.size());
  smoothness.value_and_gradient(x, weight, gradient);
  for (std::size_t j = 0; j < x.size(); j += 5) {
    std::vector<float> up(x);
    std::vector<float> down(x);
    up[j] += 1.0F;
    down[j] -= 1.0F;
    const double difference =
        0.5 * (smoothness.value_and_gradient(up, weight, unused) - smoothness.value_and_gradient(down, weight, unused));
    EXPECT_NEAR(difference, gradient[j], 1e-4 * std::abs(gradient[j]) + 1e-4);
  }
}

TEST(FluenceOptimiser, dose_volume_goal_is_reached_by_the_adaptive_choice) {
  const SyntheticCase c = tiny_case();
  std::vector<ObjectiveSpec> specs = c.objectives;
  specs[2].kind = ObjectiveKind::dose_volume_upper;
  specs[2].dose_Gy = 15.0;
  specs[2].volume_percent = 40.0;
  Objective adaptive(specs, c.problem);
  Objective fixed(specs, c.problem);
  FluenceOptions options;
  options.dose_volume_rounds = 4;
  const FluenceResult with = optimise_fluence(c.matrix, adaptive, options);
  options.dose_volume_rounds = 1;
  const FluenceResult without = optimise_fluence(c.matrix, fixed, options);
  EXPECT_LT(with.objective, without.objective);
}

TEST(FluenceOptimiser, coarse_start_reaches_the_same_optimum) {
  const SyntheticCase c =
      synthetic_case(SyntheticOptions{.num_beams = 7, .body_spacing_mm = 8.0, .target_length_mm = 40.0});
  Objective objective(c.objectives, c.problem);
  FluenceOptions options;
  options.coarse_above = 100'000;
  options.max_iterations = 120;
  options.objective_tolerance = 3e-3;
  const FluenceResult with = optimise_fluence(c.matrix, objective, options);
  options.coarse_share = 0.0;
  const FluenceResult without = optimise_fluence(c.matrix, objective, options);
  EXPECT_NEAR(with.objective, without.objective, 0.05 * without.objective);
  EXPECT_LT(with.iterations, without.iterations);
}

TEST(CoarseProblem, stands_for_the_whole) {
  const SyntheticCase c =
      synthetic_case(SyntheticOptions{.num_beams = 5, .body_spacing_mm = 6.0, .target_length_mm = 40.0});
  const Objective objective(c.objectives, c.problem);
  const CoarseProblem coarse = coarsen(c.matrix, objective, 0.25, {});
  EXPECT_LT(coarse.matrix.num_rows(), c.matrix.num_rows() / 2);
  EXPECT_EQ(coarse.matrix.num_columns(), c.matrix.num_columns());
  std::vector<float> x(c.matrix.num_columns());
  for (std::size_t j = 0; j < x.size(); ++j) {
    x[j] = 400.0F + static_cast<float>((j * 131) % 300);
  }
  std::vector<float> dose(c.matrix.num_rows());
  std::vector<float> some(coarse.matrix.num_rows());
  c.matrix.multiply(x, dose);
  coarse.matrix.multiply(x, some);
  EXPECT_NEAR(coarse.objective.value(some), objective.value(dose), 0.05 * objective.value(dose));
}

TEST(FluenceOptimiser, refuses_when_no_beamlet_reaches_a_target) {
  const SyntheticCase c = tiny_case();
  InfluenceMatrix empty(c.problem.points.size());
  InfluenceMatrix::Beam beam{5.0, {{0.0F, 0.0F}}, InfluenceBlock(c.problem.points.size())};
  beam.block.append_column({});
  empty.append(std::move(beam));
  Objective objective(c.objectives, c.problem);
  EXPECT_THROW((void)optimise_fluence(empty, objective), InputError);
}

}  // namespace
}  // namespace xingu
