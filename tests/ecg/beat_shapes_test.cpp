// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_shapes.h"

#include <gtest/gtest.h>

#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

TEST(BeatShapes, gather_like_complexes_and_part_unlike_ones) {
  auto ecg = test_signals::synthetic_ecg(test_signals::regular_beats(0.6, 0.8, 20), 20);
  const std::int64_t odd = ecg.beats[7];
  for (std::int64_t i = odd - 60; i < odd + 60; ++i) {
    for (auto& lead : ecg.signals.mv) {
      lead[static_cast<std::size_t>(i)] *= -1.0F;
    }
  }
  const QrsFeature feature = compute_qrs_feature(ecg.signals);
  BeatShapes shapes(feature);
  std::vector<int> shape_of;
  for (const std::int64_t beat : ecg.beats) {
    shape_of.push_back(shapes.add(beat / static_cast<std::int64_t>(feature.factor)));
  }
  EXPECT_EQ(shapes.num_shapes(), 2U);
  EXPECT_NE(shape_of[7], shape_of[6]);
  EXPECT_EQ(shapes.count(shape_of[0]), ecg.beats.size() - 1);
  const ShapeMatch match = shapes.match(ecg.beats[3] / static_cast<std::int64_t>(feature.factor) + 2);
  EXPECT_EQ(match.shape, shape_of[3]);
  EXPECT_NEAR(match.correlation, 1.0F, 0.01F);
  EXPECT_EQ(match.shift, -2);
}

}  // namespace
}  // namespace xingu::ecg
