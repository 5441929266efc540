// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ecg/beat_comparison.h"
#include "ecg/simulation/phantom.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

using test_signals::regular_beats;
using test_signals::synthetic_ecg;

void expect_exactly(const test_signals::SyntheticEcg& ecg) {
  const QrsDetection found = detect_qrs(ecg.signals);
  const auto window = static_cast<std::int64_t>(0.03 * ecg.signals.rate_hz);
  const BeatScore score = compare_beats(ecg.beats, found.sample, window);
  EXPECT_EQ(score.false_negative, 0U);
  EXPECT_EQ(score.false_positive, 0U);
}

TEST(DetectQrs, finds_every_beat_from_20_to_220_per_minute) {
  for (const double rate : {20.0, 40.0, 75.0, 150.0, 220.0}) {
    SCOPED_TRACE(rate);
    expect_exactly(synthetic_ecg(regular_beats(0.6, 60 / rate, 30), 30, 500, 2, rate > 120 ? 0.0 : 0.12));
  }
}

TEST(DetectQrs, does_not_depend_on_rate_of_sampling_or_number_of_leads) {
  expect_exactly(synthetic_ecg(regular_beats(0.6, 0.8, 10), 10, 250, 1));
  expect_exactly(synthetic_ecg(regular_beats(0.6, 0.8, 10), 10, 1000, 3));
}

TEST(DetectQrs, bridges_a_lead_that_falls_off) {
  auto ecg = synthetic_ecg(regular_beats(0.6, 0.8, 20), 20);
  std::fill(ecg.signals.mv[0].begin() + 3000, ecg.signals.mv[0].begin() + 7000, 0.0F);
  expect_exactly(ecg);
}

TEST(DetectQrs, takes_no_side_of_a_complex_at_an_end_for_the_complex) {
  // The feature of a broad complex has a flat top with several maxima: only those beyond half a complex may count.
  QrsFeature feature;
  feature.rate_hz = 125.0;
  const std::size_t size = 3 * 125;
  feature.height.assign(size, 0.02F);
  feature.band.assign(1, std::vector<float>(size, 0.0F));
  feature.weight.assign(1, std::vector<float>(size / 62 + 1, 1.0F));
  for (std::size_t beat = 0; beat < 8; ++beat) {
    for (std::size_t i = 0; i < 11; ++i) {  // 0.095 s, and then every 0.309 s
      const std::size_t at = 7 + 39 * beat + i;
      feature.height[at] = i == 5 ? 1.0F : i == 8 ? 0.97F : 0.96F;
      feature.band[0][at] = i < 5 ? 0.4F : -0.4F;
    }
  }
  const QrsDetection found = detect_qrs(feature);
  ASSERT_GE(found.sample.size(), 6U);
  for (std::size_t b = 1; b < found.sample.size(); ++b) {
    EXPECT_EQ(found.sample[b] - found.sample[b - 1], 39);
  }
  EXPECT_EQ(found.sample.front(), 12 + 39);
}

TEST(DetectQrs, finds_nothing_where_there_is_no_signal_and_says_so) {
  LeadSignals flat{500, {"I"}, {std::vector<float>(5000, 0.2F)}};
  const QrsDetection found = detect_qrs(flat);
  EXPECT_TRUE(found.sample.empty());
  EXPECT_EQ(found.is_rejected, std::vector<bool>(10, true));
  flat.mv[0].clear();
  EXPECT_TRUE(detect_qrs(flat).sample.empty());
}

TEST(DetectQrs, finds_the_beats_of_slow_and_of_fast_hearts) {
  for (const double per_min : {25.0, 40.0, 150.0, 200.0, 250.0}) {
    PhantomSettings settings;
    settings.heart_rate_per_min = per_min;
    settings.duration_s = 30;
    const Phantom heart = make_phantom(settings);
    const QrsDetection found = detect_qrs(lead_signals(to_ecg_record(heart.recording)));
    EXPECT_NEAR(static_cast<double>(found.sample.size()), static_cast<double>(heart.beats.size()), 1) << per_min;
    EXPECT_LT(std::count(found.is_rejected.begin(), found.is_rejected.end(), true), 10) << per_min;
  }
}

TEST(DetectQrs, fills_no_pause_with_what_is_shaped_like_a_complex_but_far_too_small) {
  auto ecg = synthetic_ecg(regular_beats(0.6, 0.8, 30), 30, 500, 2, 0.0);
  // Of two beats in a row an eighth is left: a pause of 2.4 s with two blips in it, where beats would be expected.
  for (const std::size_t beat : {18U, 17U}) {
    const auto at = ecg.beats[beat];
    for (std::vector<float>& lead : ecg.signals.mv) {
      std::for_each(lead.begin() + at - 100, lead.begin() + at + 240, [](float& x) { x *= 0.125F; });
    }
    ecg.beats.erase(ecg.beats.begin() + static_cast<std::ptrdiff_t>(beat));
  }
  expect_exactly(ecg);
}

TEST(DetectQrs, trusts_beats_that_stand_out_of_what_moves_between_them_and_no_others) {
  const auto rejected_beside = [](double mv) {
    auto ecg = synthetic_ecg(regular_beats(0.6, 0.8, 30), 30, 500, 2, 0.0);
    for (std::vector<float>& lead : ecg.signals.mv) {
      for (std::size_t i = 0; i < lead.size(); ++i) {  // waves of changing height that never rest
        const double t = static_cast<double>(i) / 500.0;
        lead[i] += static_cast<float>(mv * (1.0 + 0.3 * std::sin(2.1 * t)) * std::sin(2 * std::numbers::pi * 13.0 * t));
      }
    }
    const QrsDetection found = detect_qrs(ecg.signals);
    EXPECT_EQ(found.sample.size(), mv < 0.15 ? ecg.beats.size() : found.sample.size());
    return std::count(found.is_rejected.begin(), found.is_rejected.end(), true);
  };
  EXPECT_EQ(rejected_beside(0.075), 0);
  EXPECT_LE(rejected_beside(0.1), 2);
  EXPECT_EQ(rejected_beside(0.2), 30) << "some are half as high as a complex";
}

TEST(DetectQrs, rejects_no_second_of_a_clean_recording) {
  const QrsDetection found = detect_qrs(synthetic_ecg(regular_beats(0.6, 0.8, 10), 10).signals);
  EXPECT_EQ(found.is_rejected, std::vector<bool>(10, false));
}

}  // namespace
}  // namespace xingu::ecg
