// SPDX-License-Identifier: Apache-2.0
#include "delivery/blended_predictor.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xingu {
namespace {

constexpr double period_s = 0.1;
constexpr double horizon_s = 0.4;

Vec3 breath(double t) { return {std::sin(1.6 * t), 2.0 * std::cos(1.5 * t), 6.0 * std::pow(std::sin(0.8 * t), 4)}; }

TEST(BlendedPredictor, lies_between_its_members_where_its_part_says) {
  LocalPredictor local(period_s, horizon_s);
  RidgePredictor ridge(period_s, horizon_s);
  BlendedPredictor blended(period_s, horizon_s, {{}, 0.25});
  double apart = 0.0;
  for (int i = 0; i < 400; ++i) {
    const double t = period_s * i;
    for (TargetPredictor* one : {static_cast<TargetPredictor*>(&local), static_cast<TargetPredictor*>(&ridge),
                                 static_cast<TargetPredictor*>(&blended)}) {
      one->add(t, breath(t));
    }
    const Vec3 a = local.predict(t + horizon_s);
    const Vec3 b = ridge.predict(t + horizon_s);
    apart = std::fmax(apart, (a - b).norm());
    EXPECT_LT((blended.predict(t + horizon_s) - (0.75 * a + 0.25 * b)).norm(), 1e-12);
  }
  EXPECT_GT(apart, 0.01) << "two members that never differ would show nothing";
}

}  // namespace
}  // namespace xingu
