// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/particles.h"

#include <gtest/gtest.h>

#include "dose/mc/constants.h"

namespace xingu::mc {
namespace {

double dot(const Direction& a, const Direction& b) {
  return static_cast<double>(a.x) * static_cast<double>(b.x) + static_cast<double>(a.y) * static_cast<double>(b.y) +
         static_cast<double>(a.z) * static_cast<double>(b.z);
}

const std::array directions = {Direction{0, 0, 1},
                               Direction{0, 0, -1},
                               Direction{1, 0, 0},
                               Direction{0, -1, 0},
                               Direction{0.6F, 0, -0.8F},
                               Direction{0.48F, 0.64F, 0.6F},
                               Direction{1e-4F, -1e-4F, -1.0F}};

TEST(Circle, is_cosine_and_sine_of_a_turn) {
  for (int i = 0; i < 1000; ++i) {
    const float u = static_cast<float>(i) / 1000.0F;
    float c = 0.0F;
    float s = 0.0F;
    circle(u, c, s);
    EXPECT_NEAR(static_cast<double>(c), std::cos(2.0 * pi * static_cast<double>(u)), 6e-7) << u;
    EXPECT_NEAR(static_cast<double>(s), std::sin(2.0 * pi * static_cast<double>(u)), 6e-7) << u;
  }
}

TEST(Rotated, keeps_length_and_takes_the_polar_angle_it_is_told) {
  for (const Direction& from : directions) {
    for (const float cosine : {1.0F, 0.9F, 0.0F, -0.5F, -1.0F}) {
      for (const float turn : {0.0F, 0.13F, 0.5F, 0.77F}) {
        const Direction to = rotated(from, cosine, turn);
        EXPECT_NEAR(dot(to, to), 1.0, 2e-6);
        EXPECT_NEAR(dot(from, to), static_cast<double>(cosine), 2e-6);
      }
    }
  }
}

TEST(Rotated, by_opposite_azimuths_has_the_incident_direction_as_its_mean) {
  for (const Direction& from : directions) {
    const Direction a = rotated(from, 0.7F, 0.21F);
    const Direction b = rotated(from, 0.7F, 0.71F);
    EXPECT_NEAR(0.5F * (a.x + b.x), 0.7F * from.x, 1e-6);
    EXPECT_NEAR(0.5F * (a.y + b.y), 0.7F * from.y, 1e-6);
    EXPECT_NEAR(0.5F * (a.z + b.z), 0.7F * from.z, 1e-6);
  }
}

TEST(Rotated, a_quarter_turn_of_azimuth_is_square_to_the_one_before) {
  for (const Direction& from : directions) {
    EXPECT_NEAR(dot(rotated(from, 0.0F, 0.1F), rotated(from, 0.0F, 0.35F)), 0.0, 2e-6);
  }
}

TEST(ElectronSet, compacts_away_the_lanes_that_have_ended_and_keeps_the_order) {
  ElectronSet set;
  set.size = 5;
  for (std::size_t l = 0; l < set.size; ++l) {
    set.x[l] = static_cast<float>(l);
    set.k[l] = static_cast<int>(10 + l);
    set.w[l] = 0.1F * static_cast<float>(l);
    set.weight[l] = l == 0 || l == 3 ? 0.0F : 1.0F + static_cast<float>(l);
  }
  set.compact();
  ASSERT_EQ(set.size, 3U);
  const std::array kept = {1, 2, 4};
  for (std::size_t l = 0; l < set.size; ++l) {
    EXPECT_EQ(set.x[l], static_cast<float>(kept[l]));
    EXPECT_EQ(set.k[l], 10 + kept[l]);
    EXPECT_EQ(set.w[l], 0.1F * static_cast<float>(kept[l]));
    EXPECT_EQ(set.weight[l], 1.0F + static_cast<float>(kept[l]));
  }
}

TEST(Generation, counts_scatters_up_to_many_and_keeps_what_was_radiated) {
  EXPECT_EQ(next_scatter(Generation::primary), Generation::first_scatter);
  EXPECT_EQ(next_scatter(Generation::first_scatter), Generation::second_scatter);
  EXPECT_EQ(next_scatter(Generation::second_scatter), Generation::multiple_scatter);
  EXPECT_EQ(next_scatter(Generation::multiple_scatter), Generation::multiple_scatter);
  EXPECT_EQ(next_scatter(Generation::radiative), Generation::radiative);
}

}  // namespace
}  // namespace xingu::mc
