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

}  // namespace
}  // namespace xingu::ecg
