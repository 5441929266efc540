// SPDX-License-Identifier: Apache-2.0
#include "delivery/linear_predictor.h"

#include <gtest/gtest.h>

namespace xingu {
namespace {

TEST(LastSample, says_what_it_heard) {
  LastSample predictor;
  predictor.add(1.0, Vec3(1, 2, 3));
  EXPECT_EQ(predictor.predict(5.0), Vec3(1, 2, 3));
}

TEST(LinearPredictor, goes_straight_on_whatever_the_spacing) {
  for (const std::size_t count : {2U, 3U, 8U}) {
    LinearPredictor predictor(count);
    for (const double t : {0.0, 0.1, 0.25, 0.3, 0.42, 0.5, 0.61, 0.7, 0.83}) {
      predictor.add(t, Vec3(1, 2, 3) + t * Vec3(4, -5, 6));
    }
    EXPECT_LT((predictor.predict(1.2) - (Vec3(1, 2, 3) + 1.2 * Vec3(4, -5, 6))).norm(), 1e-9);
  }
}

TEST(LinearPredictor, stays_where_it_is_while_it_knows_one_sample) {
  LinearPredictor predictor;
  EXPECT_EQ(predictor.predict(1.0), Vec3::Zero());
  predictor.add(0.0, Vec3(1, 1, 1));
  EXPECT_EQ(predictor.predict(1.0), Vec3(1, 1, 1));
}

}  // namespace
}  // namespace xingu
