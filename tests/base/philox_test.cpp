// SPDX-License-Identifier: Apache-2.0
#include "base/philox.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace xingu {
namespace {

// Known answers of the Random123 distribution (Salmon et al. 2011): philox4x32-10.
TEST(Philox, gives_the_published_words_for_zero_key_and_counter) {
  const std::array<std::uint32_t, 4> expected{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(Philox(0, 0).words(0), expected);
}

TEST(Philox, gives_the_published_words_for_all_ones) {
  const std::array<std::uint32_t, 4> expected{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  EXPECT_EQ(Philox(~0ULL, ~0ULL).words(~0ULL), expected);
}

TEST(Philox, is_uniform_in_mean_and_variance) {
  double sum = 0.0;
  double squares = 0.0;
  constexpr int n = 100000;
  const Philox stream(7, 3);
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform(static_cast<std::uint64_t>(i));
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / n, 0.5, 5 * 0.2887 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1.0 / 3.0, 5 * 0.2981 / std::sqrt(n));
}

TEST(Philox, gives_the_same_words_side_by_side_as_one_by_one) {
  const Philox philox(20261128, 77);
  const std::uint64_t first = (std::uint64_t{1} << 32) - 3;  // the low word of the counter wraps on the way
  std::array<std::array<std::uint32_t, 8>, 4> lanes{};
  philox.words_of<8>(first, lanes);
  for (std::size_t i = 0; i < 8; ++i) {
    const auto words = philox.words(first + i);
    for (std::size_t w = 0; w < 4; ++w) {
      EXPECT_EQ(lanes[w][i], words[w]) << "lane " << i << ", word " << w;
    }
  }
}

}  // namespace
}  // namespace xingu
