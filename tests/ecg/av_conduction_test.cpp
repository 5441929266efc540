// SPDX-License-Identifier: Apache-2.0
#include "ecg/av_conduction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecg/formats/recording.h"
#include "ecg/qrs_detector.h"
#include "ecg/simulation/phantom.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

/// P waves every `interval_s` from 0.2 s on.
AtrialWaves regular_p(double interval_s, std::size_t count) {
  AtrialWaves out{{}, count, interval_s, 1.0};
  for (std::size_t i = 0; i < count; ++i) {
    out.onset_s.push_back(0.2 + interval_s * static_cast<double>(i));
  }
  return out;
}

/// Complexes that follow the P waves by PR; none where it is negative. The pattern repeats.
std::vector<double> answering(const AtrialWaves& atria, const std::vector<double>& pr_s) {
  std::vector<double> out;
  for (std::size_t i = 0; i < atria.onset_s.size(); ++i) {
    if (pr_s[i % pr_s.size()] >= 0.0) {
      out.push_back(atria.onset_s[i] + pr_s[i % pr_s.size()]);
    }
  }
  return out;
}

AvBlock judged(const AtrialWaves& atria, const std::vector<double>& qrs_s) {
  return judge_conduction(atria, qrs_s, test::shipped_thresholds().av_block);
}

TEST(JudgeConduction, tells_the_kinds_of_block_by_their_definitions) {
  const AtrialWaves p = regular_p(0.8, 24);
  EXPECT_EQ(judged(p, answering(p, {0.24})).conduction, AvConduction::all);
  EXPECT_EQ(judged(p, answering(p, {0.18, 0.25, 0.29, -1.0})).conduction, AvConduction::type_1);
  EXPECT_EQ(judged(p, answering(p, {0.18, 0.18, -1.0})).conduction, AvConduction::type_2);
  EXPECT_EQ(judged(p, answering(p, {0.18, -1.0})).conduction, AvConduction::two_to_one);
  EXPECT_EQ(judged(p, answering(p, {0.18, 0.18, 0.18, -1.0, -1.0})).conduction, AvConduction::advanced);
  std::vector<double> escape;
  for (int b = 0; b < 12; ++b) {
    escape.push_back(0.3 + 1.5 * b);
  }
  EXPECT_EQ(judged(p, escape).conduction, AvConduction::none);
}

TEST(JudgeConduction, tells_a_complete_block_of_atria_twice_as_fast_by_p_waves_that_pass_through) {
  const AtrialWaves p = regular_p(60.0 / 90.0, 15);
  for (const double since_s : {0.15, 0.3, 0.5}) {
    std::vector<double> escape;
    for (int b = 0; b < 7; ++b) {
      escape.push_back(p.onset_s[0] + since_s + 60.0 / 44.0 * b);
    }
    EXPECT_EQ(judged(p, escape).conduction, AvConduction::none) << since_s;
  }
  EXPECT_EQ(judged(p, answering(p, {0.18, -1.0})).conduction, AvConduction::two_to_one);
  std::vector<double> about = answering(p, {0.18, -1.0});  // PR that errs is none that passes
  for (std::size_t b = 0; b < about.size(); ++b) {
    about[b] += b % 2 == 0 ? 0.015 : -0.015;
  }
  EXPECT_EQ(judged(p, about).conduction, AvConduction::two_to_one);
}

TEST(JudgeConduction, counts_the_blocked_waves_and_names_the_beats_behind_them) {
  const AtrialWaves p = regular_p(0.8, 12);
  const AvBlock block = judged(p, answering(p, {0.18, 0.18, 0.18, -1.0}));
  EXPECT_EQ(block.num_blocked, 2U);  // the twelfth is followed by nothing
  EXPECT_EQ(block.beats_after, (std::vector<std::size_t>{3, 6}));
  EXPECT_NEAR(block.atrial_rate_per_min, 75.0, 1e-9);
}

TEST(JudgeConduction, does_not_take_a_wave_between_beats_that_follow_as_usual_for_a_blocked_one) {
  AtrialWaves p = regular_p(0.8, 16);
  const std::vector<double> qrs = answering(p, {0.18});
  p.onset_s.insert(p.onset_s.begin() + 8, p.onset_s[7] + 0.4);
  EXPECT_EQ(judged(p, qrs).conduction, AvConduction::unknown);
}

TEST(JudgeConduction, cannot_say_where_p_waves_are_irregular_hidden_or_fast) {
  AtrialWaves p = regular_p(0.8, 24);
  const std::vector<double> qrs = answering(p, {0.18, -1.0});
  p.regularity = 0.7;
  EXPECT_EQ(judged(p, qrs).conduction, AvConduction::unknown);
  p.regularity = 1.0;
  p.num_seen = 10;
  EXPECT_EQ(judged(p, qrs).conduction, AvConduction::unknown);
  const AtrialWaves fast = regular_p(0.5, 40);
  EXPECT_EQ(judged(fast, answering(fast, {0.18, -1.0})).conduction, AvConduction::unknown)
      << "a tachycardia that the node filters";
}

class AtrialWavesOfPhantoms : public testing::TestWithParam<std::pair<PhantomRhythm, AvConduction>> {};

TEST_P(AtrialWavesOfPhantoms, are_found_at_their_onsets_and_tell_the_block) {
  const auto& [rhythm, conduction] = GetParam();
  for (const double rate : {60.0, 88.0}) {
    PhantomSettings settings;
    settings.rhythm = rhythm;
    settings.heart_rate_per_min = rate;
    settings.duration_s = 12.0;
    settings.rr_variation = 0.02;
    const Phantom phantom = make_phantom(settings);
    const LeadSignals signals = lead_signals(to_ecg_record(phantom.recording));
    const Delineation waves = delineate(signals, detect_qrs(signals).sample);
    const auto atria = find_atrial_waves(signals, waves);
    ASSERT_TRUE(atria) << rate;
    EXPECT_GE(atria->regularity, 0.9) << rate;
    EXPECT_EQ(judged(*atria, usual_onsets_s(waves, signals.rate_hz)).conduction, conduction) << rate;
    for (const PhantomWave& blocked : phantom.blocked_p) {
      const auto nearest =
          *std::ranges::min_element(atria->onset_s, {}, [&](double s) { return std::abs(s - blocked.onset_s); });
      EXPECT_NEAR(nearest, blocked.onset_s, 0.05) << rate;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, AtrialWavesOfPhantoms,
                         testing::Values(std::pair(PhantomRhythm::av_block_2_type_1, AvConduction::type_1),
                                         std::pair(PhantomRhythm::av_block_2_type_2, AvConduction::type_2),
                                         std::pair(PhantomRhythm::av_block_2_to_1, AvConduction::two_to_one),
                                         std::pair(PhantomRhythm::av_block_3, AvConduction::none)));

TEST(FindAtrialWaves, finds_no_regular_ones_in_fibrillation) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    PhantomSettings settings;
    settings.rhythm = PhantomRhythm::atrial_fibrillation;
    settings.seed = seed;
    const LeadSignals signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
    const Delineation waves = delineate(signals, detect_qrs(signals).sample);
    const auto atria = find_atrial_waves(signals, waves);
    EXPECT_TRUE(!atria || atria->regularity < 0.85) << seed;
  }
}

TEST(FindAtrialWaves, is_nothing_without_beats_or_signal) {
  const LeadSignals none{500.0, {"I"}, {std::vector<float>(5000, 0.0F)}};
  EXPECT_FALSE(find_atrial_waves(none, delineate(none, {})));
}

}  // namespace
}  // namespace xingu::ecg
