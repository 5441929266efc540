// SPDX-License-Identifier: Apache-2.0
#include "geometry/isolines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <set>

namespace xingu {
namespace {

double length_of(const IsoLine& line) {
  double length = 0.0;
  for (std::size_t i = 0; i + 1 < line.points.size(); ++i) {
    length += (line.points[i + 1] - line.points[i]).norm();
  }
  return line.is_closed ? length + (line.points.front() - line.points.back()).norm() : length;
}

std::vector<float> random_field(int nx, int ny, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<float> field;
  for (int i = 0; i < nx * ny; ++i) {
    field.push_back(static_cast<float>(random() % 9) - 4.0F);
  }
  return field;
}

TEST(Isolines, find_the_circle_of_a_cone) {
  constexpr int size = 81;
  std::vector<float> field;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      field.push_back(static_cast<float>(40.0 - std::hypot(x - 40.3, y - 39.6)));
    }
  }
  const auto lines = isolines(field, size, size, 15.0);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].is_closed);
  for (const auto& p : lines[0].points) {
    EXPECT_NEAR((p - Eigen::Vector2d(40.3, 39.6)).norm(), 25.0, 0.01);
  }
  EXPECT_NEAR(length_of(lines[0]), 2 * std::numbers::pi * 25.0, 0.2);
}

TEST(Isolines, cross_each_edge_between_inside_and_outside_exactly_once) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const int nx = 2 + static_cast<int>(seed % 13);
    const int ny = 2 + static_cast<int>(seed % 7);
    const auto field = random_field(nx, ny, seed);
    const double level = seed % 2 == 0 ? 0.0 : 0.5;  // 0 meets samples exactly
    const auto inside = [&](int x, int y) {
      return static_cast<double>(field[static_cast<std::size_t>(y * nx + x)]) >= level;
    };
    std::size_t expected = 0;
    for (int y = 0; y < ny; ++y) {
      for (int x = 0; x < nx; ++x) {
        expected += x + 1 < nx && inside(x, y) != inside(x + 1, y) ? 1 : 0;
        expected += y + 1 < ny && inside(x, y) != inside(x, y + 1) ? 1 : 0;
      }
    }
    std::size_t found = 0;
    for (const IsoLine& line : isolines(field, nx, ny, level)) {
      found += line.points.size();
      EXPECT_GE(line.points.size(), line.is_closed ? 4U : 2U);
      for (std::size_t i = 0; i + 1 < line.points.size(); ++i) {
        EXPECT_LE((line.points[i + 1] - line.points[i]).lpNorm<Eigen::Infinity>(), 1.0 + 1e-12);
      }
      if (!line.is_closed) {
        for (const auto& end : {line.points.front(), line.points.back()}) {
          const bool is_on_rim = end.x() == 0 || end.y() == 0 || end.x() == nx - 1 || end.y() == ny - 1;
          EXPECT_TRUE(is_on_rim);
        }
      }
    }
    EXPECT_EQ(found, expected) << "seed " << seed;
  }
}

TEST(Isolines, split_a_saddle_by_its_mean) {
  // Corners 0 and 2 high: with a high mean the high corners join and the low corners are cut off.
  const auto cut_off_right_top = [](float low) {
    const std::vector<float> field{1, low, low, 1};
    const auto lines = isolines(field, 2, 2, 0.0);
    EXPECT_EQ(lines.size(), 2U);
    for (const IsoLine& line : lines) {
      const Eigen::Vector2d middle = 0.5 * (line.points.front() + line.points.back());
      if (middle.x() > middle.y()) {
        return (middle - Eigen::Vector2d(1, 0)).norm() < 0.71;
      }
    }
    return false;
  };
  EXPECT_TRUE(cut_off_right_top(-0.5F));
  const std::vector<float> low_mean{1, -3, -3, 1};
  for (const IsoLine& line : isolines(low_mean, 2, 2, 0.0)) {
    const Eigen::Vector2d middle = 0.5 * (line.points.front() + line.points.back());
    EXPECT_NEAR(middle.x(), middle.y(), 1e-12);  // cuts off a high corner on the diagonal
  }
}

TEST(Isolines, are_absent_from_flat_or_tiny_fields) {
  EXPECT_TRUE(isolines(std::vector<float>(12, 1.0F), 4, 3, 0.5).empty());
  EXPECT_TRUE(isolines(std::vector<float>(12, 0.0F), 4, 3, 0.5).empty());
  EXPECT_TRUE(isolines(std::vector<float>(5, 0.0F), 5, 1, 0.5).empty());
  EXPECT_TRUE(isolines({}, 0, 0, 0.5).empty());
}

TEST(SimplifiedLine, stays_within_its_tolerance) {
  IsoLine line{{}, true};
  for (int i = 0; i < 400; ++i) {
    const double angle = 2 * std::numbers::pi * i / 400;
    line.points.emplace_back(30 * std::cos(angle) + std::cos(7 * angle), 20 * std::sin(angle));
  }
  constexpr double tolerance = 0.1;
  const IsoLine kept = simplified(line, tolerance);
  EXPECT_LT(kept.points.size(), 120U);
  EXPECT_TRUE(kept.is_closed);
  for (const auto& p : line.points) {
    double nearest = 1e9;
    for (std::size_t i = 0; i < kept.points.size(); ++i) {
      const Eigen::Vector2d a = kept.points[i];
      const Eigen::Vector2d d = kept.points[(i + 1) % kept.points.size()] - a;
      const double t = std::clamp((p - a).dot(d) / d.squaredNorm(), 0.0, 1.0);
      nearest = std::min(nearest, (p - a - t * d).norm());
    }
    EXPECT_LE(nearest, tolerance + 1e-9);
  }
}

}  // namespace
}  // namespace xingu
