// SPDX-License-Identifier: Apache-2.0
#include "delivery/local_predictor.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xingu {
namespace {

/// Two kinds of breath with the same beginning of the descent at different levels: what follows depends on the level.
Vec3 two_breaths(double t) {
  const double u = std::fmod(t, 8.0);
  const double depth = u < 4.0 ? 10.0 : 4.0;
  return {0.0, 0.0, depth * std::pow(std::sin(3.141592653589793 * std::fmod(u, 4.0) / 4.0), 4)};
}

TEST(LocalPredictor, learns_what_follows_what) {
  LocalPredictor predictor(0.1, 0.4);
  double worst = 0.0;
  for (int i = 0; i < 900; ++i) {
    predictor.add(0.1 * i, two_breaths(0.1 * i));
    if (i > 400) {
      worst = std::max(worst, (predictor.predict(0.1 * i + 0.4) - two_breaths(0.1 * i + 0.4)).norm());
    }
  }
  // at rest between breaths nothing tells a deep one from a shallow one, until it has begun
  EXPECT_LT(worst, 2.0);
}

TEST(LocalPredictor, goes_on_when_its_ring_is_full) {
  LocalPredictor predictor(0.1, 0.2);
  double worst = 0.0;
  for (int i = 0; i < 9000; ++i) {
    const Vec3 now(0.0, 0.0, 5.0 * std::sin(0.157 * i));
    predictor.add(0.1 * i, now);
    if (i > 4000 && i % 10 == 0) {
      worst = std::max(worst, std::abs(predictor.predict(0.1 * i + 0.2).z() - 5.0 * std::sin(0.157 * (i + 2))));
    }
  }
  EXPECT_LT(worst, 0.1);
}

}  // namespace
}  // namespace xingu
