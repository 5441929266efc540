// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_shapes.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(BeatShapes, match_a_complex_alike_in_the_middle_and_next_to_an_end) {
  const auto ecg = test_signals::synthetic_ecg(test_signals::regular_beats(0.6, 0.8, 20), 20);
  const QrsFeature whole = compute_qrs_feature(ecg.signals);
  BeatShapes shapes(whole);
  const auto at = [&](std::size_t beat) { return ecg.beats[beat] / static_cast<std::int64_t>(whole.factor); };
  shapes.add(at(3));
  for (const std::int64_t behind : {16, 17, 18, 19, 20, 22, 25, 30}) {  // samples up to where the recording is cut
    QrsFeature cut = whole;
    const auto size = static_cast<std::size_t>(at(10) + behind);
    cut.height.resize(size);
    std::ranges::for_each(cut.band, [&](std::vector<float>& band) { band.resize(size); });
    BeatShapes of_cut(cut);
    of_cut.add(at(3));
    for (const std::int64_t moment : {at(10) - 3, at(10), at(10) + 3}) {
      const ShapeMatch expected = shapes.match(moment);
      const ShapeMatch found = of_cut.match(moment);
      if (moment + expected.shift + 10 >= static_cast<std::int64_t>(size)) {
        continue;  // the complex itself is cut
      }
      EXPECT_EQ(found.shift, expected.shift) << behind;
      EXPECT_EQ(found.correlation, expected.correlation) << behind;
      EXPECT_EQ(found.size, expected.size) << behind;
    }
  }
}

}  // namespace
}  // namespace xingu::ecg
