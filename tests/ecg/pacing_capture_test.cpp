// SPDX-License-Identifier: Apache-2.0
#include "ecg/pacing_capture.h"

#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

constexpr double per_second = 1000.0;
constexpr std::size_t ten_seconds = 10000;

PacingCapture judged(const std::vector<std::size_t>& spikes, const std::vector<std::int64_t>& beats,
                     const std::vector<bool>& is_rejected = std::vector<bool>(10, false)) {
  return judge_capture(spikes, beats, is_rejected, per_second, ten_seconds);
}

TEST(JudgeCapture, names_the_stimuli_that_no_complex_follows) {
  const PacingCapture capture = judged({1000, 2000, 3000, 4000, 5000}, {1060, 2060, 5060});
  EXPECT_EQ(capture.unanswered, (std::vector<std::int64_t>{3000, 4000}));
  EXPECT_EQ(capture.answered, (std::vector<std::int64_t>{1000, 2000, 5000}));
  EXPECT_TRUE(capture.behind_an_atrial.empty());
  EXPECT_TRUE(capture.fails());
}

TEST(JudgeCapture, says_of_a_heart_that_stands_still_that_no_stimulus_is_answered) {
  const PacingCapture capture = judged({1000, 2000, 3000}, {});
  EXPECT_EQ(capture.unanswered.size(), 3U);
  EXPECT_TRUE(capture.fails());
}

TEST(JudgeCapture, takes_a_complex_within_a_pr_interval_for_the_answer_to_an_atrial_stimulus) {
  const PacingCapture usual = judged({1000, 2000, 3000}, {1240, 2240, 3240});
  EXPECT_FALSE(usual.fails());
  EXPECT_EQ(usual.behind_an_atrial, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_FALSE(judged({1000, 2000, 3000}, {1420, 2420, 3420}).fails()) << "a long PR that is always the same";
  EXPECT_EQ(judged({1000, 2000, 3000}, {1240, 2480, 3240}).unanswered, std::vector<std::int64_t>{2000});
  const PacingCapture both = judged({1000, 1180, 2000, 2180}, {1240, 2240});
  EXPECT_FALSE(both.fails());
  EXPECT_EQ(both.behind_an_atrial, (std::vector<std::size_t>{0, 1}));
}

TEST(JudgeCapture, does_not_judge_what_could_not_be_answered_or_seen) {
  EXPECT_EQ(judged({1200, 2200, 3200}, {1000, 2000, 3000}).num_judged(), 0U) << "just behind a complex";
  EXPECT_EQ(judged({9800}, {1000}).num_judged(), 0U) << "at the end";
  std::vector<bool> is_rejected(10, false);
  is_rejected[3] = true;
  EXPECT_EQ(judged({3100, 3800}, {1000, 5000}, is_rejected).num_judged(), 0U) << "beats may be missed there";
}

TEST(JudgeCapture, makes_no_failure_of_a_single_spike) {
  EXPECT_FALSE(judged({3500}, {1000, 2000, 3000, 4000}).fails());
  EXPECT_TRUE(judged({1000, 2000, 3500}, {1060, 2060, 3000, 4000}).fails()) << "others are answered";
}

}  // namespace
}  // namespace xingu::ecg
