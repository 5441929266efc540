// SPDX-License-Identifier: Apache-2.0
#include "ecg/seconds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace xingu::ecg {
namespace {

constexpr double rates_hz[] = {100.0, 250.0, 257.0, 251.5, 333.33, 360.0, 1000.0 / 3.0, 976.5625, 999.9};

TEST(Seconds, hold_the_samples_whose_time_is_in_them) {
  for (const double rate_hz : rates_hz) {
    for (std::size_t second = 0; second < 100'000; second += second < 1000 ? 1 : 97) {
      const std::int64_t begin = begin_of_second(second, rate_hz);
      ASSERT_EQ(second_of(begin, rate_hz), second) << rate_hz;
      ASSERT_TRUE(begin == 0 || second_of(begin - 1, rate_hz) == second - 1) << rate_hz << ", second " << second;
    }
  }
}

TEST(Seconds, have_the_rate_s_number_of_samples_where_that_is_whole) {
  for (const std::size_t second : {0U, 1U, 7U, 86'399U}) {
    EXPECT_EQ(begin_of_second(second, 257.0), static_cast<std::int64_t>(257 * second));
  }
}

TEST(Seconds, stay_with_the_clock_for_a_day) {
  for (const double rate_hz : rates_hz) {
    const auto begin = static_cast<double>(begin_of_second(86'400, rate_hz));
    EXPECT_NEAR(begin / rate_hz, 86'400.0, 1.0 / rate_hz) << rate_hz;
  }
}

TEST(Seconds, are_counted_from_their_first_sample_or_from_half_of_them_on) {
  EXPECT_EQ(num_seconds_begun(0, 250.0), 0U);
  EXPECT_EQ(num_seconds_begun(1, 250.0), 1U);
  EXPECT_EQ(num_seconds_begun(250, 250.0), 1U);
  EXPECT_EQ(num_seconds_begun(251, 250.0), 2U);
  EXPECT_EQ(num_seconds_begun(33'333, 333.33), 100U);
  EXPECT_EQ(num_seconds_begun(33'334, 333.33), 101U);
  EXPECT_EQ(num_seconds_half_there(124, 250.0), 0U);
  EXPECT_EQ(num_seconds_half_there(125, 250.0), 1U);
  EXPECT_EQ(num_seconds_half_there(257 + 128, 257.0), 1U);
  EXPECT_EQ(num_seconds_half_there(257 + 129, 257.0), 2U);
  EXPECT_EQ(num_seconds_half_there(33'333 + 166, 333.33), 100U);
  EXPECT_EQ(num_seconds_half_there(33'333 + 167, 333.33), 101U);
}

}  // namespace
}  // namespace xingu::ecg
