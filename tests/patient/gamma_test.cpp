// SPDX-License-Identifier: Apache-2.0
#include "patient/gamma.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "patient/simplex_distance.h"

namespace xingu {
namespace {

Grid cube(int n, double spacing, const Vec3& origin = Vec3::Zero()) {
  Grid grid;
  grid.size = {n, n, n};
  grid.spacing = Vec3::Constant(spacing);
  grid.origin = origin;
  return grid;
}

Volume<float> fill(const Grid& grid, const std::function<double(const Vec3&)>& dose) {
  Volume<float> volume(grid);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        volume.at(x, y, z) = static_cast<float>(dose(grid.centre(x, y, z)));
      }
    }
  }
  return volume;
}

/// Linear in the six tetrahedra of the cell that holds a point inside the grid: order the fractions, walk the corners.
double tetrahedral_value(const Volume<float>& volume, const Vec3& point) {
  const Vec3 c = volume.grid().coordinates(point);
  std::array<int, 3> at{};
  std::array<std::pair<double, std::size_t>, 3> order;
  for (std::size_t a = 0; a < 3; ++a) {
    const double x = c[static_cast<Eigen::Index>(a)];
    at[a] = std::clamp(static_cast<int>(std::floor(x)), 0, volume.grid().size[a] - 2);
    order[a] = {-(x - at[a]), a};
  }
  std::ranges::sort(order);
  double value = static_cast<double>(volume.at(at[0], at[1], at[2]));
  double before = value;
  for (const auto& [minus_fraction, axis] : order) {
    ++at[axis];
    const double here = static_cast<double>(volume.at(at[0], at[1], at[2]));
    value += -minus_fraction * (here - before);
    before = here;
  }
  return value;
}

TEST(Gamma, is_zero_for_equal_doses) {
  const auto dose = fill(cube(12, 2.5), [](const Vec3& p) { return 1 + p.x() + 0.1 * p.y() * p.z(); });
  const GammaResult result = compute_gamma(dose, dose);
  EXPECT_EQ(result.pass_percent, 100);
  EXPECT_NEAR(result.max, 0, 1e-6);
  EXPECT_GT(result.num_evaluated, 1000U);
}

TEST(Gamma, is_the_dose_difference_where_the_dose_is_flat) {
  const Grid grid = cube(8, 2);
  const auto reference = fill(grid, [](const Vec3&) { return 50.0; });
  const auto evaluated = fill(grid, [](const Vec3&) { return 51.0; });
  const GammaResult result = compute_gamma(reference, evaluated);
  EXPECT_NEAR(result.mean, 0.02 / 0.03, 1e-6);
  EXPECT_NEAR(result.max, 0.02 / 0.03, 1e-6);
  EXPECT_EQ(result.num_evaluated, 512U);
}

TEST(Gamma, follows_the_closed_form_of_a_shifted_ramp) {
  // D = g x, shifted by s: the nearest point in (x/Δ, D/δ) space gives γ = g s / sqrt(δ² + (g Δ)²)
  for (const auto& [gradient, shift] :
       {std::pair{1.0, 1.0}, std::pair{5.0, 1.5}, std::pair{0.2, 2.5}, std::pair{3.0, -2.1}}) {
    const Vec3 direction = Vec3(2, -1, 0.5).normalized();
    const Grid grid = cube(15, 2, Vec3::Constant(-14));
    const auto ramp = [&](double s) {
      return fill(grid, [&](const Vec3& p) { return 300 + gradient * (direction.dot(p) - s); });
    };
    GammaOptions options;
    options.reference_gy = 100;
    options.largest = 3;
    const GammaResult result = compute_gamma(ramp(0), ramp(shift), options);
    const double expected = std::abs(gradient * shift) / std::hypot(3.0, 2.0 * gradient);
    EXPECT_NEAR(static_cast<double>(result.map.at(7, 7, 7)), expected, 1e-4);
    EXPECT_NEAR(static_cast<double>(result.map.at(6, 8, 7)), expected, 1e-4);
  }
}

TEST(Gamma, takes_the_local_dose_for_the_criterion_when_asked) {
  const Grid grid = cube(8, 2);
  const auto reference = fill(grid, [](const Vec3& p) { return p.x() < 7 ? 100.0 : 20.0; });
  const auto evaluated = fill(grid, [](const Vec3& p) { return p.x() < 7 ? 102.0 : 21.0; });
  GammaOptions options;
  options.distance_mm = 0.5;
  EXPECT_EQ(compute_gamma(reference, evaluated, options).pass_percent, 100);
  options.normalisation = GammaNormalisation::local;
  const GammaResult local = compute_gamma(reference, evaluated, options);
  EXPECT_EQ(local.pass_percent, 50);
  EXPECT_NEAR(static_cast<double>(local.map.at(0, 4, 4)), 2.0 / 3.0, 1e-5);
  EXPECT_NEAR(static_cast<double>(local.map.at(7, 4, 4)), 5.0 / 3.0, 1e-5);
}

TEST(Gamma, agrees_with_a_dense_search) {
  const Grid grid = cube(7, 2.5);
  const Philox random(11, 0);
  std::uint64_t draw = 0;
  const auto noisy = [&] {
    return fill(grid, [&](const Vec3& p) { return 20 + 2 * p.x() + 6 * random.uniform(draw++); });
  };
  const auto reference = noisy();
  const auto evaluated = noisy();
  GammaOptions options;
  options.distance_mm = 3;
  options.threshold_percent = 0;
  const GammaResult result = compute_gamma(reference, evaluated, options);
  const double criterion = 0.03 * result.normalisation_gy;
  constexpr int steps = 30;  // 0.1 mm
  for (const auto& [x, y, z] : {std::array{3, 3, 3}, std::array{2, 4, 3}, std::array{0, 3, 6}, std::array{1, 1, 5}}) {
    const Vec3 p = grid.centre(x, y, z);
    double best = 2;
    for (int k = 0; k < (2 * steps + 1) * (2 * steps + 1) * (2 * steps + 1); ++k) {
      const Vec3 offset = 0.1 * Vec3(k % 61 - steps, k / 61 % 61 - steps, k / 3721 - steps);
      const Vec3 q = p + offset;
      if (q.minCoeff() < 0 || q.maxCoeff() > 15) {
        continue;
      }
      const double difference = tetrahedral_value(evaluated, q) - static_cast<double>(reference.at(x, y, z));
      best = std::min(best, std::hypot(offset.norm() / 3, difference / criterion));
    }
    EXPECT_LE(static_cast<double>(result.map.at(x, y, z)), best + 1e-5);
    EXPECT_NEAR(static_cast<double>(result.map.at(x, y, z)), best, 0.05);
  }
}

TEST(Gamma, compares_doses_on_different_grids) {
  const auto dose = [](const Vec3& p) { return 40 + 0.7 * p.x() - 0.4 * p.y() + 0.2 * p.z(); };
  const auto coarse = fill(cube(10, 3.1, {0.7, -0.4, 0.2}), dose);
  const auto fine = fill(cube(30, 1.2, {-1, -1, -1}), dose);
  const GammaResult result = compute_gamma(coarse, fine);
  EXPECT_NEAR(result.max, 0, 1e-4);
  EXPECT_EQ(result.num_evaluated, 1000U);
}

TEST(Gamma, evaluates_only_where_both_doses_are_and_above_the_threshold) {
  const auto dose = [](const Vec3& p) { return p.z() < 10 ? 100.0 : 5.0; };
  const auto large = fill(cube(20, 1), dose);
  const auto small = fill(cube(10, 1, {5, 5, 5}), dose);
  const GammaResult result = compute_gamma(large, small);
  EXPECT_EQ(result.num_evaluated, 10U * 10U * 5U);
  EXPECT_EQ(result.map.at(0, 0, 0), -1);
  EXPECT_EQ(result.map.at(7, 7, 12), -1);
  EXPECT_EQ(result.map.at(7, 7, 7), 0);
}

TEST(Gamma, stops_at_the_largest_value_asked_for) {
  const Grid grid = cube(6, 2);
  const auto reference = fill(grid, [](const Vec3&) { return 50.0; });
  const auto evaluated = fill(grid, [](const Vec3&) { return 80.0; });
  GammaOptions options;
  options.largest = 1.5;
  EXPECT_EQ(compute_gamma(reference, evaluated, options).max, 1.5);
  EXPECT_EQ(compute_gamma(reference, evaluated, options).pass_percent, 0);
}

TEST(Gamma, takes_doses_of_a_single_slice) {
  Grid grid = cube(9, 2);
  grid.size[2] = 1;
  const auto reference = fill(grid, [](const Vec3& p) { return 50 + p.x(); });
  const auto evaluated = fill(grid, [](const Vec3& p) { return 51 + p.x(); });
  GammaOptions options;
  options.reference_gy = 100;
  EXPECT_NEAR(static_cast<double>(compute_gamma(reference, evaluated, options).map.at(4, 4, 0)),
              1 / std::hypot(3.0, 2.0), 1e-5);
}

TEST(Gamma, is_the_same_for_any_number_of_threads) {
  const Philox random(3, 0);
  std::uint64_t draw = 0;
  const auto noisy = [&] { return fill(cube(15, 2), [&](const Vec3&) { return 50 + 5 * random.uniform(draw++); }); };
  const auto reference = noisy();
  const auto evaluated = noisy();
  set_num_threads(1);
  const GammaResult one = compute_gamma(reference, evaluated);
  set_num_threads(4);
  const GammaResult four = compute_gamma(reference, evaluated);
  set_num_threads(0);
  EXPECT_EQ(one.mean, four.mean);
  EXPECT_EQ(one.pass_percent, four.pass_percent);
  EXPECT_TRUE(std::ranges::equal(one.map.values(), four.map.values()));
}

TEST(Gamma, refuses_criteria_that_make_no_sense) {
  const auto dose = fill(cube(4, 2), [](const Vec3&) { return 1.0; });
  const auto with = [&](auto&& change) {
    GammaOptions options;
    change(options);
    return options;
  };
  EXPECT_THROW(static_cast<void>(compute_gamma(dose, dose, with([](auto& o) { o.dose_percent = 0; }))), InputError);
  EXPECT_THROW(static_cast<void>(compute_gamma(dose, dose, with([](auto& o) { o.distance_mm = -1; }))), InputError);
  EXPECT_THROW(static_cast<void>(compute_gamma(dose, dose, with([](auto& o) { o.threshold_percent = 100; }))),
               InputError);
  EXPECT_THROW(static_cast<void>(compute_gamma(Volume<float>(cube(4, 2)), dose)), InputError);
}

TEST(SimplexDistance, agrees_with_trying_many_points_of_the_simplex) {
  const Philox random(17, 0);
  std::uint64_t draw = 0;
  for (int trial = 0; trial < 60; ++trial) {
    std::array<Eigen::Vector4d, 4> p;
    const Eigen::Vector4d centre = Eigen::Vector4d::NullaryExpr([&] { return 2 * random.uniform(draw++) - 1; });
    for (auto& v : p) {
      v = centre + Eigen::Vector4d::NullaryExpr([&] { return 2 * random.uniform(draw++) - 1; });
    }
    for (std::size_t size = 1; size <= 4; ++size) {
      double best = 1e9;
      constexpr int n = 24;
      for (int i = 0; i <= n; ++i) {
        for (int j = 0; i + j <= n; ++j) {
          for (int k = 0; i + j + k <= n; ++k) {
            std::array<double, 4> w{i / 24.0, j / 24.0, k / 24.0, (n - i - j - k) / 24.0};
            Eigen::Vector4d q = Eigen::Vector4d::Zero();
            double sum = 0;
            for (std::size_t v = 0; v < size; ++v) {
              q += w[v] * p[v];
              sum += w[v];
            }
            if (sum > 0) {
              best = std::min(best, (q / sum).squaredNorm());
            }
          }
        }
      }
      const double exact = squared_distance_to_simplex(std::span(p).first(size));
      EXPECT_LE(exact, best + 1e-12);
      EXPECT_NEAR(std::sqrt(exact), std::sqrt(best), 0.06);
    }
  }
}

TEST(SimplexDistance, takes_degenerate_simplices) {
  const Eigen::Vector4d a(1, 0, 0, 0);
  const Eigen::Vector4d b(1, 2, 0, 0);
  const Eigen::Vector4d c(1, -2, 0, 0);
  EXPECT_DOUBLE_EQ(squared_distance_to_simplex(std::array{a, a, a, a}), 1);
  EXPECT_DOUBLE_EQ(squared_distance_to_simplex(std::array{b, c, b, c}), 1);
  EXPECT_DOUBLE_EQ(squared_distance_to_simplex(std::array{b, b, b}), 5);
}

TEST(Gamma, counts_the_points_that_it_cannot_compare_and_those_that_both_doses_reach) {
  const auto blob_at = [](double x) {
    return [x](const Vec3& p) { return 10.0 * std::exp(-0.02 * (p - Vec3(x, 20, 20)).squaredNorm()); };
  };
  const Volume<float> reference = fill(cube(21, 2.0), blob_at(10));
  const GammaResult same = compute_gamma(reference, reference);
  EXPECT_EQ(same.num_outside, 0U);
  EXPECT_EQ(same.num_both_above, same.num_evaluated);
  const GammaResult apart = compute_gamma(reference, fill(cube(21, 2.0), blob_at(60)));
  EXPECT_EQ(apart.num_evaluated, same.num_evaluated);
  EXPECT_EQ(apart.num_both_above, 0U);
  const GammaResult half = compute_gamma(reference, fill(cube(21, 2.0, {11, 0, 0}), blob_at(10)));
  EXPECT_EQ(half.num_outside + half.num_evaluated, same.num_evaluated);
  EXPECT_GT(half.num_outside, half.num_evaluated / 4);
}

}  // namespace
}  // namespace xingu
