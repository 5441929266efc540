// SPDX-License-Identifier: Apache-2.0
#include "delivery/noise.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(Noise, is_standard_normal) {
  const Noise noise(3, 7);
  double sum = 0.0;
  double square = 0.0;
  double fourth = 0.0;
  constexpr int count = 200'000;
  for (int i = 0; i < count; ++i) {
    const double x = noise.normal(static_cast<std::uint64_t>(i));
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / count, 0.0, 0.01);
  EXPECT_NEAR(square / count, 1.0, 0.015);
  EXPECT_NEAR(fourth / count, 3.0, 0.12);
}

TEST(Noise, is_the_same_for_a_step_whatever_was_drawn_and_another_for_another_channel) {
  const Noise noise(3, 7);
  const double first = noise.normal(42);
  static_cast<void>(noise.normal(41));
  EXPECT_EQ(noise.normal(42), first);
  EXPECT_NE(noise.normal(42, 1), first);
  EXPECT_NE(Noise(3, 8).normal(42), first);
  EXPECT_NE(Noise(4, 7).normal(42), first);
}

}  // namespace
}  // namespace xingu
