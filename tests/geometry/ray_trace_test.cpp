// SPDX-License-Identifier: Apache-2.0
#include "geometry/ray_trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/philox.h"

namespace xingu {
namespace {

using Steps = std::vector<std::pair<std::size_t, double>>;

Grid make_grid(const std::array<int, 3>& size, const Vec3& origin, const Vec3& spacing) {
  Grid grid;
  grid.size = size;
  grid.origin = origin;
  grid.spacing = spacing;
  return grid;
}

const Grid grid = make_grid({6, 5, 4}, Vec3(-5, 3, 1), Vec3(2.0, 1.5, 2.5));

Steps trace(const Vec3& start, const Vec3& end) {
  Steps steps;
  trace_ray(grid, start, end, [&](std::size_t index, double length) {
    steps.emplace_back(index, length);
    return true;
  });
  return steps;
}

double total_length(const Steps& steps) {
  double sum = 0.0;
  for (const auto& [index, length] : steps) {
    sum += length;
  }
  return sum;
}

Vec3 random_point(std::uint64_t index) {
  const Philox stream(21, 0);
  const Vec3 u(stream.uniform(3 * index), stream.uniform(3 * index + 1), stream.uniform(3 * index + 2));
  return grid.lower() + (grid.upper() - grid.lower()).cwiseProduct(2.0 * u - Vec3::Constant(0.5));
}

bool is_inside(const Vec3& point) {
  return (point - grid.lower()).minCoeff() > 0 && (grid.upper() - point).minCoeff() > 0;
}

/// Length inside each voxel by many small steps.
std::vector<double> sampled_lengths(const Vec3& start, const Vec3& end, int num_samples) {
  std::vector<double> lengths(grid.num_voxels(), 0.0);
  const double step = (end - start).norm() / num_samples;
  for (int i = 0; i < num_samples; ++i) {
    const Vec3 point = start + (i + 0.5) / num_samples * (end - start);
    if (is_inside(point)) {
      const Vec3 c = grid.coordinates(point) + Vec3::Constant(0.5);
      lengths[grid.index(static_cast<int>(c.x()), static_cast<int>(c.y()), static_cast<int>(c.z()))] += step;
    }
  }
  return lengths;
}

TEST(TraceRay, agrees_with_dense_sampling_in_every_voxel) {
  constexpr int num_samples = 4000;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Vec3 start = random_point(2 * i);
    const Vec3 end = random_point(2 * i + 1);
    std::vector<double> traced(grid.num_voxels(), 0.0);
    for (const auto& [index, length] : trace(start, end)) {
      traced[index] += length;
    }
    const std::vector<double> sampled = sampled_lengths(start, end, num_samples);
    const double tolerance = 2.0 * (end - start).norm() / num_samples;
    for (std::size_t v = 0; v < traced.size(); ++v) {
      ASSERT_NEAR(traced[v], sampled[v], tolerance) << "ray " << i << ", voxel " << v;
    }
  }
}

TEST(TraceRay, gives_lengths_that_sum_to_the_whole_of_a_ray_inside) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Vec3 start = random_point(2 * i);
    const Vec3 end = random_point(2 * i + 1);
    if (is_inside(start) && is_inside(end)) {
      EXPECT_NEAR(total_length(trace(start, end)), (end - start).norm(), 1e-9);
    }
  }
}

TEST(TraceRay, gives_the_same_lengths_backwards) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Steps there = trace(random_point(2 * i), random_point(2 * i + 1));
    Steps back = trace(random_point(2 * i + 1), random_point(2 * i));
    std::ranges::reverse(back);
    ASSERT_EQ(there.size(), back.size());
    for (std::size_t s = 0; s < there.size(); ++s) {
      EXPECT_EQ(there[s].first, back[s].first);
      EXPECT_NEAR(there[s].second, back[s].second, 1e-9);
    }
  }
}

TEST(TraceRay, steps_from_voxel_to_neighbour) {
  const auto place = [](std::size_t index) {
    const int i = static_cast<int>(index);
    return std::array<int, 3>{i % grid.nx(), i / grid.nx() % grid.ny(), i / grid.nx() / grid.ny()};
  };
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Steps steps = trace(random_point(2 * i), random_point(2 * i + 1));
    for (std::size_t s = 1; s < steps.size(); ++s) {
      const auto a = place(steps[s - 1].first);
      const auto b = place(steps[s].first);
      EXPECT_EQ(std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]), 1);
      EXPECT_GT(steps[s].second, 0.0);
    }
  }
}

TEST(TraceRay, crosses_a_row_along_an_axis) {
  for (const double direction : {1.0, -1.0}) {
    const Vec3 middle = grid.centre(0, 2, 1);
    const Steps steps =
        trace(Vec3(-direction * 1000, middle.y(), middle.z()), Vec3(direction * 1000, middle.y(), middle.z()));
    ASSERT_EQ(steps.size(), 6U);
    for (std::size_t s = 0; s < 6; ++s) {
      EXPECT_EQ(steps[s].first, grid.index(direction > 0 ? static_cast<int>(s) : 5 - static_cast<int>(s), 2, 1));
      EXPECT_NEAR(steps[s].second, 2.0, 1e-9);
    }
  }
}

TEST(TraceRay, counts_a_ray_on_a_face_between_voxels_once) {
  const double face = grid.lower().y() + 2 * grid.spacing.y();
  const Steps steps = trace(Vec3(-1000, face, 1), Vec3(1000, face, 1));
  EXPECT_NEAR(total_length(steps), grid.upper().x() - grid.lower().x(), 1e-9);
}

TEST(TraceRay, crosses_the_diagonal_through_edges_and_corners) {
  EXPECT_NEAR(total_length(trace(grid.lower(), grid.upper())), (grid.upper() - grid.lower()).norm(), 1e-9);
  EXPECT_NEAR(total_length(trace(grid.upper(), grid.lower())), (grid.upper() - grid.lower()).norm(), 1e-9);
}

TEST(TraceRay, visits_nothing_outside) {
  EXPECT_TRUE(trace(Vec3(100, 100, 100), Vec3(200, 100, 100)).empty());
  EXPECT_TRUE(trace(Vec3(100, 0, 0), Vec3(50, 5, 5)).empty());             // points at the grid, ends before it
  EXPECT_TRUE(trace(Vec3(0, 4, 2), Vec3(0, 4, 2)).empty());                // no length
  EXPECT_TRUE(trace(grid.lower(), grid.lower() + Vec3(5, 0, 0)).empty());  // along the outer edge
}

TEST(TraceRay, stops_when_it_is_told_to) {
  int num_visits = 0;
  trace_ray(grid, Vec3(-1000, 4, 2), Vec3(1000, 4, 2), [&](std::size_t, double) { return ++num_visits < 3; });
  EXPECT_EQ(num_visits, 3);
}

}  // namespace
}  // namespace xingu
