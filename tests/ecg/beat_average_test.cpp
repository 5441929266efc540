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

}  // namespace
}  // namespace xingu::ecg
