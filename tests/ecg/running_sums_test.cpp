// SPDX-License-Identifier: Apache-2.0
#include "ecg/running_sums.h"

#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

TEST(RunningSums, give_the_mean_of_any_stretch_and_go_on_beyond_both_ends) {
  const std::vector<float> x{1.0F, 4.0F, -2.0F, 7.0F};
  const RunningSums sums(x);
  const auto at = [&](std::int64_t i) { return x[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, 3))]; };
  for (std::int64_t begin = -5; begin < 8; ++begin) {
    for (std::int64_t end = begin + 1; end < 10; ++end) {
      float sum = 0.0F;
      for (std::int64_t i = begin; i < end; ++i) {
        sum += at(i);
      }
      EXPECT_FLOAT_EQ(sums.mean(begin, end), sum / static_cast<float>(end - begin)) << begin << " to " << end;
    }
  }
}

TEST(RunningSums, of_many_stretches_give_the_bits_of_each_alone) {
  const std::vector<float> x{1.0F, 4.1F, -2.3F, 7.7F, 0.1F, 0.2F, 5.0F};
  const RunningSums sums(x);
  for (std::int64_t step = 1; step <= 3; ++step) {
    for (std::int64_t begin = -9; begin < 12; ++begin) {
      const auto means = sums.means<3>(begin, step);
      for (std::int64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(means[static_cast<std::size_t>(i)], sums.mean(begin + i * step, begin + (i + 1) * step))
            << begin << " in steps of " << step;
      }
    }
  }
}

}  // namespace
}  // namespace xingu::ecg
