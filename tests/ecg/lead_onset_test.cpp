// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_onset.h"

#include <gtest/gtest.h>

#include <vector>

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;
constexpr ComplexPlace place{0, 100, 150, 125, rate_hz};

/// A level, a first wave to `first` at 110, then a larger one of the other sign from there to −1 at 130, and back.
std::vector<float> two_waves(float first) {
  std::vector<float> curve(200, 0.2F);
  for (std::size_t i = 0; i < 10; ++i) {
    curve[101 + i] += first * static_cast<float>(i + 1) / 10.0F;
  }
  for (std::size_t i = 0; i < 20; ++i) {
    curve[111 + i] += first - (1.0F + first) * static_cast<float>(i + 1) / 20.0F;
    curve[131 + i] += -1.0F + static_cast<float>(i + 1) / 20.0F;
  }
  return curve;
}

float value(const OnsetSigns& signs, OnsetSign sign) { return signs[static_cast<std::size_t>(sign)]; }

TEST(OnsetSigns, pass_over_a_small_first_wave_one_after_the_other) {
  const OnsetSigns small = onset_signs(two_waves(0.05F), place);
  EXPECT_NEAR(value(small, OnsetSign::slight_flank), 10.0F, 1.0F);
  EXPECT_NEAR(value(small, OnsetSign::flank), 10.0F, 1.0F);
  const OnsetSigns medium = onset_signs(two_waves(0.2F), place);
  EXPECT_NEAR(value(medium, OnsetSign::slight_flank), 0.0F, 1.0F);
  EXPECT_NEAR(value(medium, OnsetSign::flank), 10.0F, 1.0F);
  const OnsetSigns large = onset_signs(two_waves(0.5F), place);
  EXPECT_NEAR(value(large, OnsetSign::slight_flank), 0.0F, 1.0F);
  EXPECT_NEAR(value(large, OnsetSign::flank), 0.0F, 1.0F);
  for (const OnsetSigns& signs : {small, medium, large}) {
    EXPECT_NEAR(value(signs, OnsetSign::main_turn), 10.0F, 1.0F);
    EXPECT_EQ(value(signs, OnsetSign::steepest), 25.0F);
  }
}

TEST(OnsetSigns, do_not_depend_on_gain_sign_or_level) {
  const std::vector<float> curve = two_waves(0.25F);
  std::vector<float> other = curve;
  for (float& x : other) {
    x = 0.5F - 4.0F * x;
  }
  EXPECT_EQ(onset_signs(curve, place), onset_signs(other, place));
}

TEST(OnsetSigns, of_a_flat_lead_lie_at_the_common_onset) {
  const OnsetSigns signs = onset_signs(std::vector<float>(200, 0.1F), place);
  EXPECT_EQ(value(signs, OnsetSign::slight_flank), 0.0F);
  EXPECT_EQ(value(signs, OnsetSign::main_turn), 0.0F);
}

}  // namespace
}  // namespace xingu::ecg
