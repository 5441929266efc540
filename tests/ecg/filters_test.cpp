// SPDX-License-Identifier: Apache-2.0
#include "ecg/filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

namespace xingu::ecg {
namespace {

std::vector<float> sine(double frequency_hz, double rate_hz, std::size_t size) {
  std::vector<float> x(size);
  for (std::size_t i = 0; i < size; ++i) {
    x[i] = static_cast<float>(std::sin(2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate_hz));
  }
  return x;
}

TEST(Biquad, passes_half_the_power_at_its_edge) {
  Biquad low = Biquad::low_pass(20, 500);
  Biquad high = Biquad::high_pass(20, 500);
  double low_power = 0.0;
  double high_power = 0.0;
  const std::vector<float> x = sine(20, 500, 5000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = low.step(x[i]);
    const double b = high.step(x[i]);
    if (i >= 2500) {
      low_power += a * a / 2500;
      high_power += b * b / 2500;
    }
  }
  EXPECT_NEAR(low_power, 0.25, 0.003);
  EXPECT_NEAR(high_power, 0.25, 0.003);
}

TEST(FilterZeroPhase, keeps_the_phase_and_halves_the_amplitude_at_the_edge) {
  const std::vector<float> x = sine(20, 500, 2000);
  std::vector<float> y = x;
  filter_zero_phase(Biquad::low_pass(20, 500), y, 500);
  for (std::size_t i = 500; i < 1500; ++i) {
    EXPECT_NEAR(y[i], x[i] / 2, 0.003);
  }
}

TEST(FilterZeroPhase, leaves_a_constant_to_the_low_pass_and_nothing_to_the_high_pass) {
  std::vector<float> low(300, 2.0F);
  std::vector<float> high = low;
  filter_zero_phase(Biquad::low_pass(5, 250), low, 250);
  filter_zero_phase(Biquad::high_pass(5, 250), high, 250);
  for (std::size_t i = 0; i < low.size(); ++i) {
    EXPECT_NEAR(low[i], 2.0F, 1e-4);
    EXPECT_NEAR(high[i], 0.0F, 1e-4);
  }
}

TEST(FilterZeroPhase, of_many_signals_gives_the_bits_of_each_alone) {
  for (const std::size_t num_signals : {1U, 3U, 4U, 5U, 8U, 9U, 12U, 15U}) {
    for (const std::size_t size : {1U, 2U, 40U, 256U, 300U, 1025U}) {  // shorter than the margin too
      std::vector<std::vector<float>> together;
      for (std::size_t s = 0; s < num_signals; ++s) {
        together.push_back(sine(3.0 + 7.0 * static_cast<double>(s), 250, size));
        together.back().back() += static_cast<float>(s);
      }
      std::vector<std::vector<float>> alone = together;
      for (const Biquad& section : {Biquad::high_pass(0.5, 250), Biquad::low_pass(30, 250)}) {
        filter_zero_phase(section, std::span(together), 100);
        for (std::vector<float>& signal : alone) {
          filter_zero_phase(section, std::span<float>(signal), 100);
        }
      }
      EXPECT_EQ(together, alone) << num_signals << " signals of " << size;
    }
  }
}

TEST(FilteredZeroPhase, leaves_the_signals_as_they_are) {
  const std::vector<std::vector<float>> signals{sine(3, 250, 700), sine(20, 250, 700), sine(50, 250, 700),
                                                sine(5, 250, 700), sine(6, 250, 700)};
  const std::vector<std::vector<float>> before = signals;
  std::vector<std::vector<float>> in_place = signals;
  filter_zero_phase(Biquad::low_pass(30, 250), std::span(in_place), 100);
  EXPECT_EQ(filtered_zero_phase(Biquad::low_pass(30, 250), signals, 100), in_place);
  EXPECT_EQ(signals, before);
}

TEST(QuantileOfSizes, is_the_value_that_sorting_finds) {
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 61U, 500U}) {
    std::vector<float> x = sine(3, 250, size);
    for (float& value : x) {
      value = std::abs(value) * (value > 0 ? 1.0F : 1e-4F);  // of many orders of size, some of them equal
    }
    std::vector<float> sorted = x;
    std::ranges::sort(sorted);
    for (const double q : {0.0, 0.2, 0.5, 0.9, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::lround(q * static_cast<double>(size - 1)));
      EXPECT_EQ(quantile_of_sizes(x, q), sorted[rank]) << q << " of " << size;
      std::vector<float> own_scratch = x;
      EXPECT_EQ(quantile_of_sizes(own_scratch, q, own_scratch), sorted[rank]) << q << " of " << size;
    }
  }
  const std::vector<float> alike(50, 0.0F);
  EXPECT_EQ(quantile_of_sizes(alike, 0.5), 0.0F);
}

TEST(HasGaps, finds_one_wherever_it_is) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 50U}) {
    std::vector<float> x(size, 1.0F);
    EXPECT_FALSE(has_gaps(x)) << size;
    for (std::size_t i = 0; i < size; ++i) {
      x[i] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_TRUE(has_gaps(x)) << i << " of " << size;
      x[i] = std::numeric_limits<float>::infinity();
    }
    EXPECT_FALSE(has_gaps(x)) << size << " infinite ones";
  }
}

TEST(FindEqual, finds_what_a_search_one_by_one_finds) {
  std::vector<float> x(70, 0.0F);
  for (const std::size_t place : {3U, 4U, 31U, 32U, 69U}) {
    x[place] = 2.5F;
  }
  for (std::size_t from = 0; from <= x.size() + 1; ++from) {
    std::size_t slow = std::min(from, x.size());
    while (slow < x.size() && x[slow] != 2.5F) {
      ++slow;
    }
    EXPECT_EQ(find_equal(x, from, 2.5F), slow) << from;
  }
}

TEST(ValueRange, is_that_of_the_valid_values) {
  EXPECT_GT(value_range({}).low, value_range({}).high);
  std::vector<float> x = sine(3, 50, 53);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<float> with_extremes = x;
    with_extremes[i] = 7.0F;
    with_extremes[(i + 20) % x.size()] = -9.0F;
    with_extremes[(i + 30) % x.size()] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(value_range(with_extremes).high, 7.0F) << i;
    EXPECT_EQ(value_range(with_extremes).low, -9.0F) << i;
  }
}

TEST(MovingMean, equals_the_slow_sum) {
  const std::vector<float> x = sine(3, 50, 40);
  const std::vector<float> mean = moving_mean(x, 7);
  for (int i = 0; i < 40; ++i) {
    double sum = 0.0;
    int count = 0;
    for (int k = std::max(0, i - 3); k <= std::min(39, i + 3); ++k) {
      sum += x[static_cast<std::size_t>(k)];
      ++count;
    }
    EXPECT_NEAR(mean[static_cast<std::size_t>(i)], sum / count, 1e-6);
  }
}

TEST(Decimate, averages_and_keeps_what_is_invalid_to_its_own_sample) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> y = decimate(std::vector<float>{1, 3, nan, 3, 5, 5, 9}, 2);
  ASSERT_EQ(y.size(), 3U);
  EXPECT_FLOAT_EQ(y[0], 2);
  EXPECT_TRUE(std::isnan(y[1]));
  EXPECT_FLOAT_EQ(y[2], 5);
}

TEST(Quantile, takes_the_ranked_value) {
  std::vector<float> x{5, 1, 4, 2, 3};
  EXPECT_FLOAT_EQ(quantile(x, 0.5), 3);
  EXPECT_FLOAT_EQ(quantile(x, 1.0), 5);
  EXPECT_FLOAT_EQ(quantile(std::vector<float>{}, 0.5), 0);
}

TEST(QuantileOfSizes, finds_what_quantile_finds) {
  std::vector<float> x;
  for (int i = 0; i < 500; ++i) {
    const int mixed = i * 7919 % 503;
    x.push_back(mixed < 100 ? 0.0F : std::ldexp(static_cast<float>(mixed), mixed % 60 - 30));
    for (const double q : {0.0, 0.4, 0.5, 0.93, 1.0}) {
      std::vector<float> copy = x;
      std::vector<float> itself = x;
      const float expected = quantile(copy, q);
      ASSERT_EQ(quantile_of_sizes(x, q), expected) << i << " values, " << q;
      ASSERT_EQ(quantile_of_sizes(itself, q, itself), expected) << i << " values, " << q;
    }
  }
  EXPECT_EQ(quantile_of_sizes({}, 0.5), 0.0F);
}

TEST(Median, is_the_middle_or_the_mean_of_the_middle_two) {
  std::vector<float> odd{5, 1, 3};
  std::vector<float> even{4, 1, 9, 2};
  EXPECT_FLOAT_EQ(median(odd), 3);
  EXPECT_FLOAT_EQ(median(even), 3);
}

TEST(FillGaps, holds_the_last_value_and_the_first_before_it) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x{nan, 1, nan, nan, 2, nan};
  fill_gaps(x);
  EXPECT_EQ(x, (std::vector<float>{1, 1, 1, 1, 2, 2}));
  std::vector<float> none{nan, nan};
  fill_gaps(none);
  EXPECT_EQ(none, (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace xingu::ecg
