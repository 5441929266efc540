// SPDX-License-Identifier: Apache-2.0
#include "machine/region_outlines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"

namespace xingu {
namespace {

/// How often loops go around a point, clockwise as seen.
int winding(const std::vector<std::vector<Eigen::Vector2i>>& loops, double x, double y) {
  int count = 0;
  for (const auto& loop : loops) {
    for (std::size_t i = 0; i < loop.size(); ++i) {
      const Eigen::Vector2d a = loop[i].cast<double>();
      const Eigen::Vector2d b = loop[(i + 1) % loop.size()].cast<double>();
      if ((a.y() <= y) != (b.y() <= y) && a.x() + (y - a.y()) / (b.y() - a.y()) * (b.x() - a.x()) < x) {
        count += a.y() > b.y() ? 1 : -1;
      }
    }
  }
  return count;
}

/// Twice the area, positive for clockwise loops.
int twice_area(const RegionOutline& outline) {
  int sum = 0;
  for (const auto& loop : outline.loops) {
    for (std::size_t i = 0; i < loop.size(); ++i) {
      const Eigen::Vector2i& a = loop[i];
      const Eigen::Vector2i& b = loop[(i + 1) % loop.size()];
      sum += a.x() * b.y() - a.y() * b.x();
    }
  }
  return sum;
}

RegionRaster random_raster(int side, std::uint32_t num_regions, std::uint64_t seed) {
  RegionRaster raster{side, side, {}};
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(side * side); ++i) {
    raster.numbers.push_back(static_cast<std::uint32_t>(num_regions * Philox(seed, 0).uniform(i)));
  }
  return raster;
}

TEST(RegionOutlines, of_random_pixels_hold_those_pixels_and_no_others) {
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    const RegionRaster raster = random_raster(12, 4, draw);
    const std::vector<RegionOutline> outlines = region_outlines(raster, 0.0);
    for (int y = 0; y < raster.height; ++y) {
      for (int x = 0; x < raster.width; ++x) {
        for (const RegionOutline& outline : outlines) {
          const bool is_own = raster.numbers[static_cast<std::size_t>(y * raster.width + x)] == outline.number;
          EXPECT_EQ(winding(outline.loops, x + 0.5, y + 0.5), is_own ? 1 : 0) << draw << ' ' << x << ' ' << y;
        }
      }
    }
  }
}

/// Three regions around a middle, one with a hole that a fourth fills: slanted borders, as pictures have them.
RegionRaster wedges(int side) {
  RegionRaster raster{side, side, {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const Eigen::Vector2d p(x + 0.5 - 0.47 * side, y + 0.5 - 0.53 * side);
      const auto wedge = static_cast<std::uint32_t>(std::floor((std::atan2(p.y(), p.x()) + 3.5) / 2.4));
      const bool is_hole = (p - Eigen::Vector2d(0.2 * side, 0.2 * side)).norm() < 0.1 * side;
      raster.numbers.push_back(p.norm() > 0.45 * side ? 0 : is_hole ? 9 : 1 + wedge);
    }
  }
  return raster;
}

TEST(RegionOutlines, simplified_keep_together_and_have_few_corners) {
  constexpr double tolerance = 1.25;
  const RegionRaster raster = wedges(200);
  const std::vector<RegionOutline> exact = region_outlines(raster, 0.0);
  const std::vector<RegionOutline> simple = region_outlines(raster, tolerance);
  ASSERT_EQ(exact.size(), 4U);
  ASSERT_EQ(simple.size(), 4U);
  int num_alone = 0;
  int num_shared = 0;
  for (int y = 0; y < raster.height; ++y) {
    for (int x = 0; x < raster.width; ++x) {
      const double u = x + 0.5 + 1e-3;  // off every line through corners
      const double v = y + 0.5 + 3e-4;
      int regions = 0;
      for (const RegionOutline& outline : simple) {
        regions += winding(outline.loops, u, v);
      }
      EXPECT_LE(regions, 1) << x << ' ' << y;  // none over another
      const bool is_drawn = raster.numbers[static_cast<std::size_t>(y * raster.width + x)] != 0;
      num_alone += is_drawn != (regions == 1) ? 1 : 0;
      num_shared += is_drawn ? 1 : 0;
    }
  }
  EXPECT_LT(num_alone, 0.02 * num_shared);  // along the outer border alone: no gap within
  for (std::size_t i = 0; i < simple.size(); ++i) {
    std::size_t corners = 0;
    for (const auto& loop : simple[i].loops) {
      corners += loop.size();
    }
    EXPECT_LT(corners, 60U);
    EXPECT_NEAR(twice_area(simple[i]), twice_area(exact[i]), 0.02 * twice_area(exact[i]));
  }
}

TEST(RegionOutlines, a_speck_below_the_tolerance_vanishes_into_what_surrounds_it) {
  RegionRaster raster{9, 9, std::vector<std::uint32_t>(81, 1)};
  raster.numbers[40] = 2;
  EXPECT_EQ(region_outlines(raster, 0.0).size(), 2U);
  const std::vector<RegionOutline> outlines = region_outlines(raster, 0.75);
  ASSERT_EQ(outlines.size(), 1U);
  EXPECT_EQ(twice_area(outlines[0]), 2 * 81);
  EXPECT_EQ(outlines[0].loops.size(), 1U);
}

}  // namespace
}  // namespace xingu
