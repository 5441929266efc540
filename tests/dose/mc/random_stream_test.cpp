// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/random_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "dose/mc/sample_statistics.h"

namespace xingu::mc {
namespace {

TEST(RandomStream, never_gives_zero_or_one) {
  EXPECT_GT(RandomStream::to_uniform(0U), 0.0F);
  EXPECT_LT(RandomStream::to_uniform(0xFFFFFFFFU), 1.0F);
}

TEST(RandomStream, is_uniform_in_mean_and_spread) {
  RandomStream random(3, 9);
  test::SampleMean sample;
  for (int i = 0; i < 100000; ++i) {
    sample.add(static_cast<double>(random.uniform()));
  }
  EXPECT_NEAR(sample.mean(), 0.5, 4.0 * sample.sigma());
  EXPECT_NEAR(sample.spread(), std::sqrt(1.0 / 12.0), 1e-3);
}

TEST(RandomStream, repeats_a_history_and_differs_between_histories_and_seeds) {
  const auto first_of = [](std::uint64_t seed, std::uint64_t history) { return RandomStream(seed, history).uniform(); };
  EXPECT_EQ(first_of(1, 5), first_of(1, 5));
  EXPECT_NE(first_of(1, 5), first_of(1, 6));
  EXPECT_NE(first_of(1, 5), first_of(2, 5));
}

TEST(RandomStream, never_gives_a_word_of_lanes_twice) {
  RandomStream random(1, 1);
  (void)random.uniform();
  std::array<std::array<std::uint32_t, 32>, 4> words;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 3; ++i) {
    random.lanes<32>(words);
    for (const auto& lanes : words) {
      seen.insert(lanes.begin(), lanes.end());
    }
  }
  EXPECT_EQ(seen.size(), 3U * 4U * 32U);
}

}  // namespace
}  // namespace xingu::mc
