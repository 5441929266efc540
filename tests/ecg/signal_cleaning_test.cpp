// SPDX-License-Identifier: Apache-2.0
#include "ecg/signal_cleaning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace xingu::ecg {
namespace {

std::vector<float> sine(double hz, double rate_hz, std::size_t count) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  }
  return out;
}

TEST(RemoveMains, takes_the_hum_and_leaves_what_is_slow) {
  std::vector<float> x = sine(50.0, 500.0, 5000);
  const std::vector<float> slow = sine(5.0, 500.0, 5000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = 0.05F * x[i] + slow[i];
  }
  remove_mains(x, 500.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(x[i], slow[i], 1e-3F);
  }
}

TEST(FillGaps, holds_the_last_value) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x{nan, 2.0F, nan, nan, 5.0F};
  fill_gaps(x);
  EXPECT_EQ(x, (std::vector<float>{2.0F, 2.0F, 2.0F, 2.0F, 5.0F}));
  std::vector<float> nothing{nan, nan};
  fill_gaps(nothing);
  EXPECT_EQ(nothing, (std::vector<float>{0.0F, 0.0F}));
}

}  // namespace
}  // namespace xingu::ecg
