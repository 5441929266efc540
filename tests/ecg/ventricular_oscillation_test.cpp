// SPDX-License-Identifier: Apache-2.0
#include "ecg/ventricular_oscillation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace xingu::ecg {
namespace {

std::vector<float> sine(double hz, double rate_hz, double mv) {
  std::vector<float> x;
  for (int i = 0; i < static_cast<int>(4 * rate_hz); ++i) {
    x.push_back(static_cast<float>(mv * std::sin(2 * std::numbers::pi * hz * i / rate_hz + 0.3)));
  }
  return x;
}

TEST(VentricularOscillation, of_a_sine_leaks_nothing_and_is_crowded) {
  for (const double rate_hz : {125.0, 180.0, 250.0}) {
    for (const double hz : {3.0, 4.7, 8.0}) {
      const Oscillation found = measure_oscillation(sine(hz, rate_hz, 0.5), rate_hz);
      EXPECT_LT(found.leakage, 0.06F) << hz << " Hz at " << rate_hz;
      EXPECT_NEAR(found.frequency_hz, hz, 0.05 * hz);
      EXPECT_NEAR(found.mean_mv, 1 / std::numbers::pi, 0.01);
      EXPECT_NEAR(found.crowding, 2 / std::numbers::pi, 0.02);
    }
  }
}

TEST(VentricularOscillation, of_lone_complexes_leaks_everything) {
  std::vector<float> x(1000, 0.0F);
  for (std::size_t at = 50; at + 20 < x.size(); at += 200) {
    for (std::size_t i = 0; i < 20; ++i) {
      x[at + i] = static_cast<float>(std::sin(std::numbers::pi * static_cast<double>(i) / 20));
    }
  }
  const Oscillation found = measure_oscillation(x, 250.0);
  EXPECT_GT(found.leakage, 0.95F);
  EXPECT_LT(found.crowding, 0.1F);
}

TEST(VentricularOscillation, does_not_depend_on_the_gain_or_the_sign) {
  const auto plain = measure_oscillation(sine(4.0, 250.0, 1.0), 250.0);
  const auto turned = measure_oscillation(sine(4.0, 250.0, -0.25), 250.0);
  EXPECT_NEAR(plain.leakage, turned.leakage, 1e-5);
  EXPECT_NEAR(plain.frequency_hz, turned.frequency_hz, 1e-4);
  EXPECT_NEAR(plain.mean_mv, 4 * turned.mean_mv, 1e-5);
}

TEST(VentricularOscillation, is_none_where_nothing_moves) {
  for (const std::vector<float>& x :
       {std::vector<float>(500, 0.0F), std::vector<float>(500, 1.0F), {}, {1.0F}, {0.0F, INFINITY, 0.0F, NAN}}) {
    const Oscillation found = measure_oscillation(x, 250.0);
    EXPECT_EQ(found.leakage, 1.0F);
    EXPECT_EQ(found.frequency_hz, 0.0F);
  }
}

TEST(VentricularOscillation, swings_within_its_limits_only) {
  const Oscillation swinging{0.3F, 5.0F, 0.2F, 0.4F};
  EXPECT_TRUE(is_swinging(swinging, most_leakage));
  for (const Oscillation& other : {Oscillation{0.41F, 5.0F, 0.2F, 0.4F},
                                   {0.3F, 2.4F, 0.2F, 0.4F},
                                   {0.3F, 9.1F, 0.2F, 0.4F},
                                   {0.3F, 5.0F, 0.02F, 0.4F},
                                   {0.3F, 5.0F, 0.2F, 0.24F}}) {
    EXPECT_FALSE(is_swinging(other, most_leakage));
    EXPECT_FALSE(has_complexes(other));
  }
  EXPECT_TRUE(is_swinging({0.41F, 5.0F, 0.2F, 0.4F}, most_leakage_upheld));
  EXPECT_TRUE(has_complexes({0.7F, 5.0F, 0.2F, 0.15F}));
  EXPECT_FALSE(has_complexes({0.7F, 5.0F, 0.02F, 0.15F}));
}

}  // namespace
}  // namespace xingu::ecg
