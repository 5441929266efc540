// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_comparison.h"

#include <gtest/gtest.h>

#include <vector>

namespace xingu::ecg {
namespace {

TEST(BeatComparison, a_beat_has_at_most_one_partner_the_nearer_one) {
  const std::vector<std::int64_t> reference{100, 200, 400};
  const std::vector<std::int64_t> test{90, 102, 300, 395};
  const auto pairs = match_beats(reference, test, 20);
  ASSERT_EQ(pairs.size(), 5U);
  EXPECT_EQ(pairs[0].reference, -1);  // 90 loses 100 to 102
  EXPECT_EQ(pairs[1].test, 1);
  EXPECT_EQ(pairs[2].test, -1);       // 200 is missed
  EXPECT_EQ(pairs[3].reference, -1);  // 300 is false
  EXPECT_EQ(pairs[4].test, 3);
}

TEST(BeatComparison, swapping_the_lists_swaps_missed_and_false) {
  std::vector<std::int64_t> a;
  std::vector<std::int64_t> b;
  for (std::int64_t i = 0; i < 200; ++i) {
    a.push_back(i * 100 + i * i % 37);
    b.push_back(i * 101 + i * i % 23);
  }
  const DetectionScore there = score_detection({a, {}, {}}, b, 30);
  const DetectionScore back = score_detection({b, {}, {}}, a, 30);
  EXPECT_EQ(there.true_positives, back.true_positives);
  EXPECT_EQ(there.missed, back.false_positives);
  EXPECT_EQ(there.true_positives + there.missed, 200);
}

TEST(BeatComparison, beats_in_flutter_do_not_count) {
  const std::vector<Annotation> annotations{{100, 1, 0, 0, 0, {}},
                                            {200, 32, 0, 0, 0, {}},
                                            {250, 5, 0, 0, 0, {}},
                                            {300, 33, 0, 0, 0, {}},
                                            {400, 1, 0, 0, 0, {}}};
  const auto reference = reference_beats(annotations);
  EXPECT_EQ(reference.samples, (std::vector<std::int64_t>{100, 400}));
  const std::vector<std::int64_t> test{100, 230, 400};
  const auto score = score_detection(reference, test, 10);
  EXPECT_EQ(score.true_positives, 2);
  EXPECT_EQ(score.false_positives, 0);
  EXPECT_DOUBLE_EQ(score.sensitivity(), 100.0);
}

}  // namespace
}  // namespace xingu::ecg
