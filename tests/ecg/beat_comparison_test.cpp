// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_comparison.h"

#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

using Beats = std::vector<std::int64_t>;

TEST(CompareBeats, counts_hits_misses_and_inventions) {
  const BeatScore score = compare_beats(Beats{100, 500, 900}, Beats{110, 700, 905}, 54);
  EXPECT_EQ(score.true_positive, 2U);
  EXPECT_EQ(score.false_negative, 1U);
  EXPECT_EQ(score.false_positive, 1U);
  EXPECT_NEAR(score.sensitivity_percent(), 66.667, 0.001);
}

TEST(CompareBeats, includes_the_window_s_end) {
  EXPECT_EQ(compare_beats(Beats{100}, Beats{154}, 54).true_positive, 1U);
  EXPECT_EQ(compare_beats(Beats{100}, Beats{155}, 54).true_positive, 0U);
}

TEST(MatchBeats, pairs_one_to_one_with_the_nearest) {
  EXPECT_EQ(match_beats(Beats{100, 140}, Beats{135}, 54), (BeatPairs{{1, 0}}));
  EXPECT_EQ(match_beats(Beats{100, 140}, Beats{98, 120}, 54), (BeatPairs{{0, 0}, {1, 1}}));
  EXPECT_EQ(match_beats(Beats{100}, Beats{60, 95, 130}, 54), (BeatPairs{{0, 1}}));
}

TEST(CompareBeats, leaves_out_flutter_on_both_sides) {
  const std::pair<std::int64_t, std::int64_t> flutter{400, 800};
  const BeatScore score = compare_beats(Beats{100, 500}, Beats{100, 600, 700}, 54, {&flutter, 1});
  EXPECT_EQ(score.true_positive, 1U);
  EXPECT_EQ(score.false_negative, 0U);
  EXPECT_EQ(score.false_positive, 0U);
}

TEST(BeatScore, is_symmetric_under_exchange) {
  const Beats a{10, 300, 420, 900, 1000};
  const Beats b{20, 310, 480, 700, 1003};
  EXPECT_EQ(compare_beats(a, b, 54).false_positive, compare_beats(b, a, 54).false_negative);
}

}  // namespace
}  // namespace xingu::ecg
