// SPDX-License-Identifier: Apache-2.0
#include "ecg/statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ecg/calibration_signal.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

Analysis analysed(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

bool says(const Analysis& analysis, const std::string& code) {
  return std::ranges::any_of(analysis.statements, [&](const Statement& s) { return s.code == code; });
}

LeadSignals at_rate(double rate_per_min) {
  CalibrationWaves waves;
  waves.rate_per_min = rate_per_min;
  return calibration_signal(waves, 12.0, 500.0);
}

TEST(Analyse, names_sinus_rhythm_and_its_rates_and_measures_them) {
  const Analysis normal = analysed(at_rate(70));
  EXPECT_TRUE(says(normal, "sinus_rhythm"));
  EXPECT_NEAR(normal.measurements.rate_per_min.value_or(0), 70, 0.5);
  EXPECT_TRUE(says(analysed(at_rate(45)), "sinus_bradycardia"));
  EXPECT_FALSE(says(normal, "cannot_say"));
}

TEST(Analyse, tells_fibrillation_by_irregular_beats_without_p) {
  std::vector<double> beats;
  double at = 0.6;
  for (const double step : {0.7, 0.95, 0.6, 1.1, 0.75, 0.5, 0.9, 0.65, 1.05, 0.55, 0.8, 1.0, 0.6}) {
    beats.push_back(at);
    at += step;
  }
  EXPECT_TRUE(says(analysed(test_signals::synthetic_ecg(beats, 11, 500, 3, 0.0).signals), "atrial_fibrillation"));
  EXPECT_FALSE(says(analysed(test_signals::synthetic_ecg(beats, 11, 500, 3, 0.15).signals), "atrial_fibrillation"));
}

TEST(Analyse, cannot_say_anything_without_a_signal_and_gives_no_number) {
  for (const float value : {0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    const Analysis nothing =
        analysed({500.0, {"I", "II"}, {std::vector<float>(5000, value), std::vector<float>(5000, value)}});
    ASSERT_EQ(nothing.statements.size(), 1U);
    EXPECT_EQ(nothing.statements.front().code, "cannot_say");
    EXPECT_FALSE(nothing.measurements.rate_per_min.has_value());
  }
}

TEST(Analyse, finds_a_first_degree_block_in_a_long_pr) {
  CalibrationWaves waves;
  waves.pq_ms = 240;
  EXPECT_TRUE(says(analysed(calibration_signal(waves, 10.0, 500.0)), "av_block_1"));
  EXPECT_FALSE(says(analysed(at_rate(70)), "av_block_1"));
}

TEST(RrIrregularity, is_zero_for_a_regular_heart_and_leaves_out_rejected_seconds) {
  QrsDetection beats;
  for (int b = 0; b < 10; ++b) {
    beats.sample.push_back(100 + 400 * b + (b > 6 ? 37 * (b % 2) : 0));
  }
  beats.is_rejected.assign(10, false);
  EXPECT_NEAR(rr_irregularity(beats, 500), 0.0, 1e-6);
  beats.sample = {0, 400, 900, 1300, 1800, 2200};
  EXPECT_NEAR(rr_irregularity(beats, 500), 100.0 / 440.0, 1e-6);
  beats.is_rejected.assign(10, true);
  EXPECT_EQ(rr_irregularity(beats, 500), 0.0);
}

}  // namespace
}  // namespace xingu::ecg
