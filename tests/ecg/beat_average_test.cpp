// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_average.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xingu::ecg {
namespace {

/// Narrow beats at 200, 400, …, and every fourth one wide and inverted.
std::vector<float> two_shapes(std::size_t count) {
  std::vector<float> signal(200 * (count + 1), 0.0F);
  for (std::size_t b = 0; b < count; ++b) {
    const bool is_wide = b % 4 == 3;
    for (int i = -40; i <= 40; ++i) {
      const double sigma = is_wide ? 12.0 : 3.0;
      signal[static_cast<std::size_t>(static_cast<int>(200 * (b + 1)) + i)] +=
          static_cast<float>((is_wide ? -1.0 : 1.0) * std::exp(-0.5 * i * i / (sigma * sigma)));
    }
  }
  return signal;
}

TEST(DisturbedBeats, are_those_about_a_jolt_and_behind_one_that_has_not_died_away) {
  const std::vector<std::int64_t> beats{1000, 1225, 1450, 1675, 1900, 2125};
  const std::int64_t jolt = 1315;  // 0.54 s before the beat at 1450, 0.36 s behind the one at 1225
  const std::vector<bool> expected{false, true, true, false, false, false};
  EXPECT_EQ(disturbed_beats(beats, {jolt}, 250.0), expected);
  EXPECT_TRUE(disturbed_beats(beats, {jolt, 1765, 2200}, 250.0).empty());
}

TEST(AlignBeats, takes_out_jitter_and_tells_shapes_apart) {
  const auto signal = two_shapes(12);
  std::vector<std::int64_t> beats;
  for (int b = 0; b < 12; ++b) {
    beats.push_back(200 * (b + 1) + b % 5 - 2);
  }
  const AlignedBeats aligned = align_beats({signal}, 250.0, beats);
  const std::int64_t offset = aligned.samples[0] - 200;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    EXPECT_EQ(aligned.shape[b], b % 4 == 3 ? 1U : 0U);
    if (b % 4 != 3) {
      EXPECT_EQ(aligned.samples[b] - 200 * static_cast<std::int64_t>(b + 1), offset);
    }
  }
}

TEST(LocalAverage, keeps_what_repeats_and_lowers_noise) {
  auto signal = two_shapes(12);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    signal[i] += (i * 7919 % 101 < 50 ? 0.1F : -0.1F);
  }
  AlignedBeats beats;
  for (int b = 0; b < 12; ++b) {
    beats.samples.push_back(200 * (b + 1));
    beats.shape.push_back(b % 4 == 3 ? 1 : 0);
  }
  const auto alike = alike_beats(beats, 4, 4);
  EXPECT_EQ(alike.size(), 8U);  // four after, three of its shape before, and itself
  const auto mean = local_average(signal, beats, alike, 20, 20);
  EXPECT_NEAR(mean[20], 1.0F, 0.11F);
  float squares = 0.0F;
  for (std::size_t i = 0; i < 8; ++i) {
    squares += mean[i] * mean[i] / 8.0F;
  }
  EXPECT_LT(std::sqrt(squares), 0.08F);
}

/// Beats of one height at unequal distances.
std::vector<float> uneven_beats(const std::vector<std::int64_t>& beats) {
  std::vector<float> signal(1200, 0.0F);
  for (const std::int64_t beat : beats) {
    for (std::int64_t i = -20; i <= 20; ++i) {
      signal[static_cast<std::size_t>(beat + i)] =
          static_cast<float>(std::exp(-0.5 * static_cast<double>(i * i) / 9.0));
    }
  }
  return signal;
}

TEST(OwnAverage, leaves_out_the_next_and_the_previous_beat_of_a_neighbour) {
  const std::vector<std::int64_t> at{100, 220, 460, 580, 700, 940, 1060};  // beats 1 and 4 have long intervals after
  const auto signal = uneven_beats(at);
  const AlignedBeats beats{at, std::vector<std::size_t>(at.size(), 0), 1};
  for (const std::size_t beat : {1U, 4U}) {
    const auto alike = alike_beats(beats, beat, 3);
    const auto blurred = local_average(signal, beats, alike, 60, 180);
    const auto own = OwnAverage(beats, alike, 60, 180, std::ssize(signal), 250.0).of(signal);
    EXPECT_NEAR(own[60], 1.0F, 1e-5F);
    EXPECT_GT(blurred[60 + 120], 0.4F);  // where most of its neighbours have their next complex
    for (std::size_t i = 60 + 90; i < 60 + 180; ++i) {
      EXPECT_NEAR(own[i], 0.0F, 1e-5F);
    }
  }
  const auto alike = alike_beats(beats, 2, 3);  // the interval before beat 2 is long
  const auto blurred = local_average(signal, beats, alike, 180, 60);
  const auto own = OwnAverage(beats, alike, 180, 60, std::ssize(signal), 250.0).of(signal);
  EXPECT_GT(blurred[180 - 120], 0.4F);
  for (std::size_t i = 0; i < 180 - 90; ++i) {
    EXPECT_NEAR(own[i], 0.0F, 1e-5F);
  }
}

TEST(OwnAverage, equals_the_mean_of_all_where_intervals_are_equal) {
  const std::vector<std::int64_t> at{100, 300, 500, 700, 900, 1100};
  auto signal = uneven_beats(at);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    signal[i] += (i * 7919 % 101 < 50 ? 0.1F : -0.1F);
  }
  const AlignedBeats beats{at, std::vector<std::size_t>(at.size(), 0), 1};
  for (const std::size_t beat : {1U, 2U, 4U}) {  // nothing is known beyond the first and the last
    const auto alike = alike_beats(beats, beat, 3);
    const auto expected = local_average(signal, beats, alike, 150, 150);
    const auto found = OwnAverage(beats, alike, 150, 150, std::ssize(signal), 250.0).of(signal);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], expected[i], 1e-5F) << i;
    }
  }
}

}  // namespace
}  // namespace xingu::ecg
