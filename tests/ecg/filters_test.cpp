// SPDX-License-Identifier: Apache-2.0
#include "ecg/filters.h"

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

float largest_in_the_middle(const std::vector<float>& x) {
  float largest = 0.0F;
  for (std::size_t i = x.size() / 4; i < x.size() * 3 / 4; ++i) {
    largest = std::max(largest, std::abs(x[i]));
  }
  return largest;
}

TEST(Biquad, both_ways_the_cutoff_is_halved_and_the_phase_kept) {
  std::vector<float> x = sine(10.0, 500.0, 5000);
  const std::vector<float> before = x;
  filter_both_ways(x, Biquad::low_pass(10.0, 500.0));
  for (std::size_t i = 2000; i < 3000; ++i) {
    ASSERT_NEAR(x[i], 0.5F * before[i], 2e-3F);
  }
}

TEST(Biquad, a_constant_passes_low_and_not_high_from_the_first_sample) {
  std::vector<float> low(100, 3.0F);
  std::vector<float> high = low;
  filter_both_ways(low, Biquad::low_pass(5.0, 100.0));
  filter_both_ways(high, Biquad::high_pass(5.0, 100.0));
  EXPECT_NEAR(low[0], 3.0F, 1e-5F);
  EXPECT_NEAR(high[0], 0.0F, 1e-5F);
}

TEST(Biquad, high_pass_takes_slow_and_leaves_fast) {
  std::vector<float> slow = sine(0.1, 250.0, 10000);
  std::vector<float> fast = sine(20.0, 250.0, 10000);
  filter_both_ways(slow, Biquad::high_pass(1.0, 250.0));
  filter_both_ways(fast, Biquad::high_pass(1.0, 250.0));
  EXPECT_LT(largest_in_the_middle(slow), 1e-3F);
  EXPECT_NEAR(largest_in_the_middle(fast), 1.0F, 0.02F);
}

TEST(MovingMean, equals_the_sum_over_the_window) {
  const std::vector<float> x{1, 2, 4, 8, 16, 32, 64};
  const auto y = moving_mean(x, 3);
  EXPECT_FLOAT_EQ(y[0], 1.5F);
  EXPECT_FLOAT_EQ(y[3], 28.0F / 3.0F);
  EXPECT_FLOAT_EQ(y[6], 48.0F);
}

TEST(MovingMedian, ignores_an_outlier) {
  const std::vector<float> x{1, 1, 90, 1, 1, 2, 2};
  EXPECT_FLOAT_EQ(moving_median(x, 3)[2], 1.0F);
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
