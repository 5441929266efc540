// SPDX-License-Identifier: Apache-2.0
#include "ecg/simulation/beating_heart.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "support/allocations.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;

/// Lead II, [sample] µV, of a heart that beats at the given times.
std::vector<std::int32_t> lead_two(const std::vector<double>& beats_s, double duration_s) {
  BeatingHeart heart(rate_hz);
  for (const double beat : beats_s) {
    heart.announce(beat, 0.8);
  }
  std::vector<std::int32_t> frames(static_cast<std::size_t>(duration_s * rate_hz) * 8);
  EXPECT_EQ(heart.read(frames), frames.size() / 8);
  std::vector<std::int32_t> two;
  for (std::size_t i = 1; i < frames.size(); i += 8) {
    two.push_back(frames[i]);
  }
  return two;
}

TEST(BeatingHeart, has_its_r_peak_where_it_was_announced) {
  const auto two = lead_two({1.0}, 2.0);
  const auto peak = std::max_element(two.begin(), two.end());
  EXPECT_NEAR(static_cast<double>(peak - two.begin()) / rate_hz, 1.0, 0.005);
  EXPECT_GT(*peak, 500);
}

TEST(BeatingHeart, is_silent_between_its_beats_and_adds_them) {
  const auto one = lead_two({1.0}, 3.0);
  const auto other = lead_two({1.9}, 3.0);
  const auto both = lead_two({1.0, 1.9}, 3.0);
  EXPECT_EQ(one[static_cast<std::size_t>(0.7 * rate_hz)], 0);
  EXPECT_EQ(one[static_cast<std::size_t>(2.5 * rate_hz)], 0);
  for (std::size_t i = 0; i < both.size(); ++i) {
    ASSERT_NEAR(both[i], one[i] + other[i], 1);
  }
}

TEST(BeatingHeart, allocates_nothing_while_it_beats) {
  BeatingHeart heart(rate_hz);
  std::vector<std::int32_t> frame(8);
  const std::uint64_t before = test::num_allocations();
  for (int i = 0; i < 5000; ++i) {
    if (i % 400 == 0) {
      heart.announce(i / rate_hz + 0.5, 0.8);
    }
    static_cast<void>(heart.read(frame));
  }
  EXPECT_EQ(test::num_allocations(), before);
}

TEST(BeatingHeart, refuses_a_rate_that_no_front_end_has) { EXPECT_THROW(BeatingHeart(20.0), InputError); }

}  // namespace
}  // namespace xingu::ecg
