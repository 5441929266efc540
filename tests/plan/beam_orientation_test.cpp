// SPDX-License-Identifier: Apache-2.0
#include "plan/beam_orientation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "plan/candidates.h"
#include "plan/group_sparsity.h"
#include "plan/synthetic_case.h"

namespace xingu {
namespace {

using test::SyntheticCase;
using test::SyntheticOptions;

SyntheticCase many_directions(int num_beams) {
  return test::synthetic_case(SyntheticOptions{.num_beams = num_beams,
                                               .is_coplanar = false,
                                               .target_spacing_mm = 8.0,
                                               .body_spacing_mm = 20.0,
                                               .beamlet_mm = 10.0,
                                               .target_length_mm = 30.0});
}

/// A hot target in a steep fall-off: here it matters where beams come from.
std::vector<ObjectiveSpec> steep_objectives() {
  const auto objective = [](const char* structure, ObjectiveKind kind, double weight, double dose) {
    ObjectiveSpec spec;
    spec.structure = structure;
    spec.kind = kind;
    spec.weight = weight;
    spec.dose_Gy = dose;
    return spec;
  };
  std::vector<ObjectiveSpec> specs{objective("Target", ObjectiveKind::underdose, 1000.0, 25.6),
                                   objective("Target", ObjectiveKind::overdose, 100.0, 32.0),
                                   objective("Core", ObjectiveKind::overdose, 300.0, 8.0),
                                   objective("Body", ObjectiveKind::fall_off, 2000.0, 0.0)};
  specs.back().near_Gy = 24.0;
  specs.back().far_Gy = 2.5;
  specs.back().rate_per_mm = 0.12;
  return specs;
}

/// Asks for exactly the dose that some beams give: every sample is a structure of its own with the dose it shall have.
struct Planted {
  SyntheticCase c;
  std::vector<std::size_t> beams;
  std::vector<ObjectiveSpec> specs;
};

Planted planted_case() {
  Planted p{many_directions(60), {3, 11, 24, 30, 42, 57}, {}};
  std::vector<float> x(p.c.matrix.num_columns(), 0.0F);
  for (const std::size_t b : p.beams) {
    for (std::size_t j = p.c.matrix.first_column(b); j < p.c.matrix.first_column(b + 1); ++j) {
      x[j] = 300.0F + static_cast<float>((j * 7919) % 400);
    }
  }
  std::vector<float> dose(p.c.matrix.num_rows());
  p.c.matrix.multiply(x, dose);
  p.c.problem.groups.clear();
  for (std::uint32_t i = 0; i < dose.size(); i += 2) {
    const std::string id = std::to_string(i);
    p.c.problem.groups.push_back({id, {i}, {1.0F}});
    for (const ObjectiveKind kind : {ObjectiveKind::underdose, ObjectiveKind::overdose}) {
      ObjectiveSpec spec;
      spec.structure = id;
      spec.kind = kind;
      spec.dose_Gy = dose[i];
      p.specs.push_back(spec);
    }
  }
  return p;
}

std::size_t num_common(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  return static_cast<std::size_t>(
      std::ranges::count_if(a, [&](std::size_t v) { return std::ranges::find(b, v) != b.end(); }));
}

TEST(GroupProx, minimises_its_function) {
  for (const double exponent : {0.5, 1.0}) {
    for (const double r : {0.3, 1.0, 7.0}) {
      for (const double tau : {0.0, 0.05, 0.3, 0.5, 0.9, 5.0, 40.0}) {
        const auto value = [&](double alpha) {
          return tau * std::pow(alpha * r, exponent) + 0.5 * (alpha - 1.0) * (alpha - 1.0) * r * r;
        };
        double best = value(0.0);
        for (int k = 1; k <= 20000; ++k) {
          best = std::min(best, value(k / 20000.0));
        }
        const double alpha = group_prox_factor(r, tau, exponent);
        EXPECT_GE(alpha, 0.0);
        EXPECT_LE(alpha, 1.0 + 1e-12);
        EXPECT_NEAR(value(alpha), best, 1e-6 * (1.0 + best)) << exponent << ' ' << r << ' ' << tau;
      }
    }
  }
}

TEST(BeamOrientation, planted_beams_are_found_by_group_sparsity) {
  Planted p = planted_case();
  Objective objective(p.specs, p.c.problem);
  OrientationOptions options;
  options.num_beams = static_cast<int>(p.beams.size());
  const FluenceResult all = all_beams_plan(p.c.matrix, objective, options.fluence);
  const OrientationResult found =
      select_beams(p.c.matrix, objective, p.c.directions, OrientationMethod::group_sparsity, all, options);
  EXPECT_EQ(found.beams.size(), p.beams.size());
  EXPECT_GE(num_common(found.beams, p.beams), 6U);
}

TEST(BeamOrientation, planted_beams_are_found_by_pricing) {
  Planted p = planted_case();
  Objective objective(p.specs, p.c.problem);
  OrientationOptions options;
  options.num_beams = static_cast<int>(p.beams.size());
  const FluenceResult all = all_beams_plan(p.c.matrix, objective, options.fluence);
  const OrientationResult found =
      select_beams(p.c.matrix, objective, p.c.directions, OrientationMethod::pricing, all, options);
  EXPECT_GE(num_common(found.beams, p.beams), 6U);
}

TEST(BeamOrientation, chosen_beams_beat_evenly_spread_ones_and_respect_the_bound) {
  const SyntheticCase c = many_directions(80);
  Objective objective(steep_objectives(), c.problem);
  OrientationOptions options;
  options.num_beams = 8;
  const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
  std::vector<std::uint8_t> even(c.matrix.num_beams(), 0);
  for (std::size_t b = 0; b < even.size(); b += 10) {
    even[b] = 1;
  }
  const FluenceResult spread = optimise_fluence(c.matrix, objective, options.fluence, {}, even);
  for (const OrientationMethod method : {OrientationMethod::group_sparsity, OrientationMethod::pricing}) {
    const OrientationResult chosen = select_beams(c.matrix, objective, c.directions, method, all, options);
    EXPECT_EQ(chosen.beams.size(), 8U);
    EXPECT_TRUE(std::ranges::is_sorted(chosen.beams));
    EXPECT_LT(chosen.fluence.objective, spread.objective);
    EXPECT_GE(chosen.fluence.objective, all.lower_bound);
    EXPECT_NEAR(chosen.gap, chosen.fluence.objective / all.objective - 1.0, 1e-12);
    EXPECT_FALSE(chosen.path.empty());
    for (std::size_t b = 0; b < c.matrix.num_beams(); ++b) {
      if (std::ranges::find(chosen.beams, b) == chosen.beams.end()) {
        for (std::size_t j = c.matrix.first_column(b); j < c.matrix.first_column(b + 1); ++j) {
          EXPECT_EQ(chosen.fluence.x[j], 0.0F);
        }
      }
    }
  }
}

TEST(BeamOrientation, penalty_path_only_ever_loses_beams) {
  const SyntheticCase c = many_directions(80);
  Objective objective(c.objectives, c.problem);
  OrientationOptions options;
  options.num_beams = 8;
  const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
  for (const double exponent : {0.5, 1.0}) {
    options.exponent = exponent;
    const SparsePath path = follow_sparse_path(c.matrix, objective, all.x, options);
    EXPECT_GE(path.strongest_first.size(), 8U);
    EXPECT_LE(path.strongest_first.size(), 10U);
    for (std::size_t k = 1; k < path.path.size(); ++k) {
      EXPECT_LE(path.path[k].beams_left, path.path[k - 1].beams_left);
    }
  }
}

TEST(BeamOrientation, separation_limits_hold) {
  const SyntheticCase c = many_directions(80);
  Objective objective(c.objectives, c.problem);
  OrientationOptions options;
  options.num_beams = 6;
  options.min_separation_deg = 35.0;
  options.min_opposed_deg = 20.0;
  options.max_swaps = 4;
  const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
  for (const OrientationMethod method : {OrientationMethod::group_sparsity, OrientationMethod::pricing}) {
    const OrientationResult chosen = select_beams(c.matrix, objective, c.directions, method, all, options);
    ASSERT_EQ(chosen.beams.size(), 6U);
    for (std::size_t i = 0; i < chosen.beams.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        const double angle = angle_between_deg(c.directions[chosen.beams[i]], c.directions[chosen.beams[k]]);
        EXPECT_GE(angle, 35.0);
        EXPECT_LE(angle, 160.0);
      }
    }
  }
}

TEST(BeamOrientation, same_beams_for_any_number_of_threads) {
  const SyntheticCase c = many_directions(40);
  Objective objective(c.objectives, c.problem);
  OrientationOptions options;
  options.num_beams = 5;
  const auto run = [&](int threads) {
    set_num_threads(threads);
    const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
    return select_beams(c.matrix, objective, c.directions, OrientationMethod::group_sparsity, all, options);
  };
  const OrientationResult one = run(1);
  const OrientationResult four = run(4);
  set_num_threads(0);
  EXPECT_EQ(one.beams, four.beams);
  EXPECT_EQ(one.fluence.x, four.fluence.x);
}

TEST(BeamOrientation, refuses_more_beams_than_fit) {
  const SyntheticCase c = many_directions(20);
  Objective objective(c.objectives, c.problem);
  OrientationOptions options;
  const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
  options.num_beams = 21;
  EXPECT_THROW((void)select_beams(c.matrix, objective, c.directions, OrientationMethod::pricing, all, options),
               InputError);
  options.num_beams = 10;
  options.min_separation_deg = 100.0;
  EXPECT_THROW((void)select_beams(c.matrix, objective, c.directions, OrientationMethod::pricing, all, options),
               InputError);
}

}  // namespace
}  // namespace xingu
