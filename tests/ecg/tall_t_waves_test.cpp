// SPDX-License-Identifier: Apache-2.0
#include "ecg/tall_t_waves.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ecg/statements.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

using test_signals::regular_beats;
using test_signals::synthetic_ecg;
using test_signals::SyntheticEcg;

void add_wave(LeadSignals& signals, double at_s, double height_mv, double width_s) {
  for (auto& lead : signals.mv) {
    for (std::size_t i = 0; i < lead.size(); ++i) {
      const double t = (static_cast<double>(i) / signals.rate_hz - at_s) / width_s;
      lead[i] += std::abs(t) < 5 ? static_cast<float>(height_mv * std::exp(-t * t / 2)) : 0.0F;
    }
  }
}

/// A complex each 0.8 s with a T wave of `t_mv` at 0.27 s.
SyntheticEcg with_t(double t_mv) {
  const std::vector<double> beats = regular_beats(0.6, 0.8, 20.0);
  SyntheticEcg ecg = synthetic_ecg(beats, 20.0);
  for (const double at : beats) {
    add_wave(ecg.signals, at + 0.27, t_mv, 0.03);
  }
  return ecg;
}

TEST(TakeOutTallTWaves, leaves_the_complexes_whatever_the_height_of_t) {
  for (const double t_mv : {0.3, 1.0, 1.4, 1.8}) {
    const SyntheticEcg ecg = with_t(t_mv);
    QrsDetection beats = detect_qrs(ecg.signals);
    take_out_tall_t_waves(ecg.signals, beats);
    ASSERT_EQ(beats.sample.size(), ecg.beats.size()) << t_mv;
    EXPECT_EQ(beats.confidence.size(), beats.sample.size());
    for (std::size_t b = 0; b < beats.sample.size(); ++b) {
      EXPECT_NEAR(static_cast<double>(beats.sample[b]), static_cast<double>(ecg.beats[b]), 15.0) << t_mv;
    }
  }
}

TEST(TakeOutTallTWaves, are_told_with_the_rate_of_the_complexes) {
  const SyntheticEcg ecg = with_t(1.8);
  ASSERT_GT(detect_qrs(ecg.signals).sample.size(), ecg.beats.size()) << "the detector by itself takes them for beats";
  const Analysis a = analyse(ecg.signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(a.says("tall_t_waves"));
  EXPECT_FALSE(a.says("ventricular_ectopy"));
  EXPECT_NEAR(a.measurements.rate_per_min.value_or(0.0), 75.0, 0.5);
}

TEST(TakeOutTallTWaves, leaves_a_fast_heart_whose_complexes_alternate) {
  SyntheticEcg ecg = synthetic_ecg({}, 20.0);
  QrsDetection beats;
  for (int i = 0; i < 60; ++i) {  // 190 per minute, every second complex lower and broader
    const double at = 0.5 + 0.315 * i;
    add_wave(ecg.signals, at, i % 2 == 0 ? 1.2 : 0.9, i % 2 == 0 ? 0.011 : 0.016);
    beats.sample.push_back(std::llround(at * ecg.signals.rate_hz));
    beats.confidence.push_back(1.0F);
  }
  beats.is_rejected.assign(20, false);
  take_out_tall_t_waves(ecg.signals, beats);
  EXPECT_EQ(beats.sample.size(), 60U);
}

TEST(TakeOutTallTWaves, leaves_extrasystoles_that_come_as_early) {
  SyntheticEcg ecg = synthetic_ecg(regular_beats(0.6, 1.6, 20.0), 20.0);
  std::size_t num = ecg.beats.size();
  for (double at = 0.6; at < 19.0; at += 1.6) {
    add_wave(ecg.signals, at + 0.38, 1.4, 0.03);
    add_wave(ecg.signals, at + 0.65, -0.6, 0.05);  // with a T wave of its own
    ++num;
  }
  QrsDetection beats = detect_qrs(ecg.signals);
  const std::size_t found = beats.sample.size();
  ASSERT_GT(found, num - 3);
  take_out_tall_t_waves(ecg.signals, beats);
  EXPECT_EQ(beats.sample.size(), found);
  EXPECT_TRUE(beats.tall_t.empty());
}

}  // namespace
}  // namespace xingu::ecg
