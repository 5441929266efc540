// SPDX-License-Identifier: Apache-2.0
#include "delivery/kalman_predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace xingu {
namespace {

TEST(KalmanPredictor, follows_its_own_oscillator_exactly_at_uneven_times) {
  KalmanPredictor predictor;
  const auto truth = [](double t) {
    const double phase = 2.0 * std::numbers::pi * t / 4.0;
    return Vec3(7.0 + 3.0 * std::sin(phase), -1.0 + std::cos(phase), 100.0);
  };
  double t = 0.0;
  for (int i = 0; i < 1000; ++i) {
    predictor.add(t, truth(t));
    t += i % 3 == 0 ? 0.05 : 0.11;
  }
  const double last = t - (999 % 3 == 0 ? 0.05 : 0.11);
  EXPECT_LT((predictor.predict(last + 0.4) - truth(last + 0.4)).norm(), 0.02);
}

TEST(KalmanPredictor, follows_a_level_that_has_changed) {
  KalmanPredictor predictor;
  for (int i = 0; i < 600; ++i) {
    predictor.add(0.1 * i, Vec3(0, 0, i < 300 ? 0.0 : 8.0));
  }
  EXPECT_NEAR(predictor.predict(60.3).z(), 8.0, 0.2);
}

}  // namespace
}  // namespace xingu
