// SPDX-License-Identifier: Apache-2.0
#include "plan/leaf_sequencing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/philox.h"
#include "plan/level_decomposition.h"

namespace xingu {
namespace {

LevelMap random_levels(std::uint64_t seed, int rows, int columns, int levels) {
  const Philox random(seed, 77);
  LevelMap map(static_cast<std::size_t>(rows), std::vector<int>(static_cast<std::size_t>(columns)));
  std::uint64_t k = 0;
  for (std::vector<int>& row : map) {
    for (int& value : row) {
      value = static_cast<int>(random.uniform(k++) * (levels + 1));
    }
  }
  return map;
}

/// Bumps as fluence optimisation gives them: two hills and a valley, scaled to `top` MU.
FluenceMap hills(std::uint64_t seed, double top, int nx = 14, int ny = 12) {
  const Philox random(seed, 5);
  FluenceMap map;
  map.nx = nx;
  map.ny = ny;
  map.pixel_mm = 5.0;
  map.x0_mm = -0.5 * 5.0 * (nx - 1);
  map.y0_mm = -0.5 * 5.0 * (ny - 1);
  map.value.resize(static_cast<std::size_t>(nx * ny));
  const double a = 2.0 + 4.0 * random.uniform(0);
  const double b = 8.0 + 4.0 * random.uniform(1);
  for (int y = 0; y < ny; ++y) {
    for (int x = 0; x < nx; ++x) {
      const double one = std::exp(-0.05 * ((x - a) * (x - a) + (y - 4.0) * (y - 4.0)));
      const double two = 0.8 * std::exp(-0.04 * ((x - b) * (x - b) + (y - 8.0) * (y - 8.0)));
      const double noise = 0.05 * random.uniform(static_cast<std::uint64_t>(10 + y * nx + x));
      const double inside = std::hypot((x - 6.5) / 7.0, (y - 5.5) / 6.0) < 1.0 ? 1.0 : 0.0;
      map.at(x, y) = static_cast<float>(inside * top * (0.15 + one + two + noise));
    }
  }
  return map;
}

MultileafCollimator leaves(double width_mm = 5.0, double transmission = 0.0) {
  MultileafCollimator mlc;
  for (double y = -100.0; y <= 100.0 + 1e-9; y += width_mm) {
    mlc.boundaries_mm.push_back(y);
  }
  mlc.transmission = transmission;
  return mlc;
}

TEST(LevelDecomposition, gives_back_the_map_with_the_least_total_weight) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const LevelMap map = random_levels(seed, 1 + static_cast<int>(seed % 9), 1 + static_cast<int>(seed % 13),
                                       1 + static_cast<int>(seed % 11));
    LevelMap sum(map.size(), std::vector<int>(map[0].size(), 0));
    int total = 0;
    for (const LevelSegment& segment : decompose_levels(map)) {
      EXPECT_GT(segment.weight, 0);
      total += segment.weight;
      ASSERT_EQ(segment.rows.size(), map.size());
      for (std::size_t r = 0; r < map.size(); ++r) {
        for (int c = segment.rows[r].left; c < segment.rows[r].right; ++c) {
          sum[r][static_cast<std::size_t>(c)] += segment.weight;
        }
      }
    }
    EXPECT_EQ(sum, map);
    EXPECT_EQ(total, complexity(map));
  }
}

TEST(LevelDecomposition, needs_few_segments) {
  std::size_t segments = 0;
  int weight = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const LevelMap map = random_levels(seed, 15, 15, 10);
    segments += decompose_levels(map).size();
    weight += complexity(map);
  }
  EXPECT_LT(static_cast<double>(segments), 0.5 * weight);  // far fewer than one unit of weight at a time
  EXPECT_TRUE(decompose_levels({{0, 0}, {0, 0}}).empty());
  EXPECT_EQ(decompose_levels({{3, 3, 0}, {0, 3, 3}}).size(), 1U);
}

TEST(LeafSequencing, a_map_of_one_aperture_is_delivered_exactly) {
  FluenceMap map = hills(1, 1.0);
  for (int y = 0; y < map.ny; ++y) {
    for (int x = 0; x < map.nx; ++x) {
      map.at(x, y) = x >= 3 && x < 9 - y % 3 ? 7.5F : 0.0F;
    }
  }
  const SequencedBeam beam = sequence_fluence(map, leaves());
  ASSERT_EQ(beam.segments.size(), 1U);
  EXPECT_NEAR(beam.segments[0].mu, 7.5, 1e-5);
  EXPECT_LT(beam.relative_error, 1e-6);
}

TEST(LeafSequencing, few_segments_come_close_to_smooth_maps) {
  double worst = 0.0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SequencingOptions options;
    options.max_segments = 10;
    options.tolerance = 0.0;
    const SequencedBeam beam = sequence_fluence(hills(seed, 60.0), leaves(), options);
    EXPECT_LE(beam.segments.size(), 10U);
    worst = std::max(worst, beam.relative_error);
  }
  EXPECT_LT(worst, 0.07);
}

TEST(LeafSequencing, more_segments_never_make_it_worse_and_tolerance_saves_them) {
  const FluenceMap map = hills(3, 60.0);
  double last = 1.0;
  for (const int count : {1, 2, 4, 8, 14}) {
    SequencingOptions options;
    options.max_segments = count;
    options.tolerance = 0.0;
    const SequencedBeam beam = sequence_fluence(map, leaves(), options);
    EXPECT_LE(beam.relative_error, last + 1e-6);
    last = beam.relative_error;
  }
  SequencingOptions loose;
  loose.max_segments = 14;
  loose.tolerance = 0.15;
  const SequencedBeam few = sequence_fluence(map, leaves(), loose);
  EXPECT_LT(few.segments.size(), 8U);
  EXPECT_LE(few.relative_error, 0.15 + 1e-6);
}

TEST(LeafSequencing, machine_limits_are_respected) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    MultileafCollimator mlc = leaves(2.5, 0.01);
    mlc.min_segment_mu = 4.0;
    mlc.min_gap_mm = seed % 2 == 0 ? 0.0 : 9.0;
    const SequencedBeam beam = sequence_fluence(hills(seed, 30.0), mlc);
    EXPECT_FALSE(beam.segments.empty());
    for (const Segment& segment : beam.segments) {
      ASSERT_EQ(segment.left_mm.size(), mlc.num_pairs());
      EXPECT_GE(segment.mu, 4.0);
      for (std::size_t pair = 0; pair < mlc.num_pairs(); ++pair) {
        EXPECT_GE(segment.right_mm[pair] - segment.left_mm[pair], mlc.min_gap_mm - 1e-9);
        EXPECT_GE(segment.left_mm[pair], -mlc.max_position_mm);
        EXPECT_LE(segment.right_mm[pair], mlc.max_position_mm);
      }
    }
  }
}

TEST(LeafSequencing, neighbours_do_not_interdigitate_when_forbidden) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    SequencingOptions options;
    options.tolerance = 0.0;
    const FluenceMap map = hills(seed, 60.0);
    const SequencedBeam free = sequence_fluence(map, leaves(), options);
    options.interdigitation = Interdigitation::forbidden;
    const SequencedBeam bound = sequence_fluence(map, leaves(), options);
    for (const Segment& segment : bound.segments) {
      for (std::size_t pair = 1; pair < segment.left_mm.size(); ++pair) {
        EXPECT_LE(segment.left_mm[pair], segment.right_mm[pair - 1] + 1e-9);
        EXPECT_LE(segment.left_mm[pair - 1], segment.right_mm[pair] + 1e-9);
      }
    }
    EXPECT_LT(bound.relative_error, 0.12);
    EXPECT_LT(free.relative_error, 1.3 * bound.relative_error);
  }
}

TEST(LeafSequencing, delivered_map_is_what_the_segments_give) {
  const FluenceMap map = hills(2, 40.0);
  const MultileafCollimator mlc = leaves(3.85, 0.02);  // leaves that do not fit the pixels
  const SequencedBeam beam = sequence_fluence(map, mlc);
  double mu = 0.0;
  for (const Segment& segment : beam.segments) {
    mu += segment.mu;
  }
  float lowest = 1e9F;
  float highest = 0.0F;
  for (const float v : beam.delivered.value) {
    lowest = std::min(lowest, v);
    highest = std::max(highest, v);
  }
  EXPECT_GE(lowest, 0.02 * mu * (1.0 - 1e-5));
  EXPECT_LE(highest, mu * (1.0 + 1e-5));
  EXPECT_LT(beam.relative_error, 0.15);
}

TEST(LeafSequencing, fluence_of_integrates_openings_exactly) {
  const MultileafCollimator mlc = leaves(5.0, 0.1);
  Segment segment;
  segment.left_mm.assign(mlc.num_pairs(), 0.0);
  segment.right_mm.assign(mlc.num_pairs(), 0.0);
  segment.left_mm[20] = -3.0;  // y 0 to 5
  segment.right_mm[20] = 4.5;
  segment.mu = 2.0;
  FluenceMap raster;
  raster.nx = 3;
  raster.ny = 1;
  raster.pixel_mm = 10.0;
  raster.x0_mm = -10.0;
  raster.y0_mm = 5.0;  // y 0 to 10: one leaf open, one closed
  raster.value.resize(3);
  const FluenceMap f = fluence_of(std::vector{segment}, mlc, raster);
  const double open = 7.5 * 5.0 / 100.0;
  EXPECT_NEAR(f.at(0, 0), 0.2, 1e-6);
  EXPECT_NEAR(f.at(1, 0), 2.0 * (open + 0.1 * (1.0 - open)), 1e-6);
  EXPECT_NEAR(f.at(2, 0), 0.2, 1e-6);
}

TEST(LeafSequencing, fluence_map_places_beamlets) {
  InfluenceMatrix::Beam beam{5.0, {{-2.5F, 2.5F}, {2.5F, 2.5F}, {7.5F, -2.5F}}, InfluenceBlock(1)};
  const FluenceMap map = fluence_map(beam, std::vector<float>{1.0F, 2.0F, 3.0F}, 0.5);
  EXPECT_EQ(map.nx, 3);
  EXPECT_EQ(map.ny, 2);
  EXPECT_FLOAT_EQ(map.at(0, 1), 0.5F);
  EXPECT_FLOAT_EQ(map.at(1, 1), 1.0F);
  EXPECT_FLOAT_EQ(map.at(2, 0), 1.5F);
  EXPECT_FLOAT_EQ(map.at(0, 0), 0.0F);
}

TEST(LeafSequencing, dark_maps_have_no_segments_and_large_ones_are_refused) {
  FluenceMap map = hills(1, 0.0);
  EXPECT_TRUE(sequence_fluence(map, leaves()).segments.empty());
  map.x0_mm = 100.0;
  EXPECT_THROW((void)sequence_fluence(map, leaves()), InputError);
  EXPECT_THROW((void)sequence_fluence(hills(1, 1.0), MultileafCollimator()), InputError);
}

}  // namespace
}  // namespace xingu
