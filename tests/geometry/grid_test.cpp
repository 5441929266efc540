// SPDX-License-Identifier: Apache-2.0
#include "geometry/grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/philox.h"

namespace xingu {
namespace {

Grid make_grid(const std::array<int, 3>& size, const Vec3& origin, const Vec3& spacing) {
  Grid grid;
  grid.size = size;
  grid.origin = origin;
  grid.spacing = spacing;
  return grid;
}

Volume<float> random_volume(const Grid& grid, std::uint64_t seed) {
  Volume<float> volume(grid);
  const Philox stream(seed, 0);
  for (std::size_t i = 0; i < volume.values().size(); ++i) {
    volume[i] = static_cast<float>(stream.uniform(i));
  }
  return volume;
}

double integral(const Volume<float>& volume) {
  return std::accumulate(volume.values().begin(), volume.values().end(), 0.0) * volume.grid().voxel_volume_mm3();
}

/// The voxel that holds a point, by rounding; 0 outside.
float value_around(const Volume<float>& volume, const Vec3& point) {
  const Vec3 c = volume.grid().coordinates(point);
  const int x = static_cast<int>(std::floor(c.x() + 0.5));
  const int y = static_cast<int>(std::floor(c.y() + 0.5));
  const int z = static_cast<int>(std::floor(c.z() + 0.5));
  return volume.grid().contains(x, y, z) ? volume.at(x, y, z) : 0.0F;
}

const Grid fine = make_grid({9, 7, 5}, Vec3(-3, 2, 10), Vec3(1.0, 1.5, 3.0));

TEST(Grid, counts_its_voxels_x_fastest) {
  EXPECT_EQ(fine.num_voxels(), 9U * 7U * 5U);
  EXPECT_EQ(fine.index(1, 0, 0), 1U);
  EXPECT_EQ(fine.index(0, 1, 0), 9U);
  EXPECT_EQ(fine.index(0, 0, 1), 63U);
  EXPECT_EQ(fine.index(8, 6, 4), fine.num_voxels() - 1);
}

TEST(Grid, holds_more_voxels_than_an_int_can_count) {
  const Grid large = make_grid({4000, 4000, 4000}, Vec3::Zero(), Vec3::Ones());
  EXPECT_EQ(large.num_voxels(), 64'000'000'000ULL);
  EXPECT_EQ(large.index(3999, 3999, 3999), 63'999'999'999ULL);
}

TEST(Grid, gives_back_the_coordinates_of_its_centres) {
  EXPECT_LT((fine.coordinates(fine.centre(3, 4, 2)) - Vec3(3, 4, 2)).norm(), 1e-12);
  EXPECT_LT((fine.lower() - Vec3(-3.5, 1.25, 8.5)).norm(), 1e-12);
  EXPECT_LT((fine.upper() - fine.lower() - Vec3(9.0, 10.5, 15.0)).norm(), 1e-12);
}

TEST(Interpolate, reproduces_a_linear_function_between_the_centres) {
  const Vec3 slope(0.5, -2.0, 0.25);
  Volume<float> volume(fine);
  for (int z = 0; z < fine.nz(); ++z) {
    for (int y = 0; y < fine.ny(); ++y) {
      for (int x = 0; x < fine.nx(); ++x) {
        volume.at(x, y, z) = static_cast<float>(slope.dot(fine.centre(x, y, z)) + 7.0);
      }
    }
  }
  const Philox stream(11, 0);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Vec3 c(8 * stream.uniform(3 * i), 6 * stream.uniform(3 * i + 1), 4 * stream.uniform(3 * i + 2));
    const Vec3 point = fine.origin + fine.spacing.cwiseProduct(c);
    EXPECT_NEAR(interpolate(volume, point), slope.dot(point) + 7.0, 1e-5);
  }
}

TEST(Interpolate, holds_the_outermost_value_for_half_a_voxel_and_then_ends) {
  const Volume<float> volume(make_grid({2, 1, 1}, Vec3::Zero(), Vec3(2, 2, 2)), {3.0F, 5.0F});
  EXPECT_EQ(interpolate(volume, Vec3(-0.99, 0, 0), -1.0), 3.0);
  EXPECT_EQ(interpolate(volume, Vec3(2.99, 0.9, -0.9), -1.0), 5.0);
  EXPECT_EQ(interpolate(volume, Vec3(1, 0, 0), -1.0), 4.0);
  EXPECT_EQ(interpolate(volume, Vec3(-1.01, 0, 0), -1.0), -1.0);
  EXPECT_EQ(interpolate(volume, Vec3(0, 1.01, 0), -1.0), -1.0);
  EXPECT_EQ(interpolate(volume, Vec3(std::nan(""), 0, 0), -1.0), -1.0);
}

TEST(ResampleMean, is_the_identity_on_the_same_grid) {
  const Volume<float> volume = random_volume(fine, 1);
  const Volume<float> same = resample_mean(volume, fine);
  for (std::size_t i = 0; i < volume.values().size(); ++i) {
    EXPECT_NEAR(same[i], volume[i], 1e-6);
  }
}

TEST(ResampleMean, conserves_the_integral_on_any_grid_that_covers_the_source) {
  const Volume<float> volume = random_volume(fine, 2);
  for (const double spacing : {0.4, 0.9, 1.7, 2.5, 6.0, 40.0}) {
    const Vec3 margin = Vec3(0.3, 0.7, 1.1) * spacing;
    const Grid target = covering_grid(fine.lower() - margin, fine.upper() + margin, spacing);
    EXPECT_NEAR(integral(resample_mean(volume, target)), integral(volume), 1e-5 * integral(volume)) << spacing;
  }
}

TEST(ResampleMean, agrees_with_dense_sampling) {
  const Volume<float> volume = random_volume(fine, 3);
  const Grid target = make_grid({3, 2, 3}, Vec3(-2.2, 3.3, 9.1), Vec3(2.7, 4.1, 5.3));
  const Volume<float> mean = resample_mean(volume, target);
  constexpr int n = 40;
  for (int z = 0; z < target.nz(); ++z) {
    for (int y = 0; y < target.ny(); ++y) {
      for (int x = 0; x < target.nx(); ++x) {
        double sum = 0.0;
        for (int i = 0; i < n * n * n; ++i) {
          const Vec3 offset((i % n + 0.5) / n - 0.5, (i / n % n + 0.5) / n - 0.5, (i / n / n + 0.5) / n - 0.5);
          sum +=
              static_cast<double>(value_around(volume, target.centre(x, y, z) + target.spacing.cwiseProduct(offset)));
        }
        EXPECT_NEAR(mean.at(x, y, z), sum / (n * n * n), 0.02);
      }
    }
  }
}

TEST(ResampleMean, fills_the_uncovered_part_of_a_voxel_with_the_outside) {
  const Volume<float> volume(make_grid({1, 1, 1}, Vec3::Zero(), Vec3(2, 2, 2)), {10.0F});
  const Volume<float> mean = resample_mean(volume, make_grid({2, 1, 1}, Vec3(1, 0, 0), Vec3(2, 2, 2)), -4.0F);
  EXPECT_NEAR(mean[0], 3.0, 1e-6);
  EXPECT_NEAR(mean[1], -4.0, 1e-6);
}

TEST(ResampleLinear, samples_at_the_centres_of_the_target) {
  const Volume<float> volume = random_volume(fine, 4);
  const Grid target = make_grid({4, 3, 2}, Vec3(-2.6, 3.0, 8.0), Vec3(2.3, 2.9, 7.7));
  const Volume<float> samples = resample_linear(volume, target, -1.0F);
  for (int z = 0; z < target.nz(); ++z) {
    for (int y = 0; y < target.ny(); ++y) {
      for (int x = 0; x < target.nx(); ++x) {
        EXPECT_EQ(samples.at(x, y, z), static_cast<float>(interpolate(volume, target.centre(x, y, z), -1.0)));
      }
    }
  }
}

TEST(CoveringGrid, covers_the_box_and_stays_centred_on_it) {
  const Philox stream(9, 0);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Vec3 lower(stream.uniform(7 * i), stream.uniform(7 * i + 1), stream.uniform(7 * i + 2));
    const Vec3 extent(stream.uniform(7 * i + 3), stream.uniform(7 * i + 4), stream.uniform(7 * i + 5));
    const Vec3 upper = lower + 50.0 * extent + Vec3::Constant(0.1);
    const double spacing = 0.5 + 5.0 * stream.uniform(7 * i + 6);
    const Grid grid = covering_grid(lower, upper, spacing);
    EXPECT_LT((grid.lower() - lower).maxCoeff(), 1e-6);
    EXPECT_GT((grid.upper() - upper).minCoeff(), -1e-6);
    EXPECT_LT((grid.lower() + grid.upper() - lower - upper).norm(), 1e-9);
    EXPECT_LT((grid.upper() - grid.lower() - (upper - lower)).maxCoeff(), spacing);
  }
}

TEST(CoveringGrid, needs_no_extra_voxel_where_the_box_fits_exactly) {
  const Grid grid = covering_grid(Vec3::Zero(), Vec3(30, 20.0 + 1e-13, 10), 0.1);
  EXPECT_EQ(grid.size, (std::array<int, 3>{300, 200, 100}));
}

}  // namespace
}  // namespace xingu
