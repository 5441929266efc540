// SPDX-License-Identifier: Apache-2.0
#include "ecg/moved_beats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "dipole_heart.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {
namespace {

constexpr double ectopic_s = 4.7;

/// Sinus beats with a ventricular one among them, which is beat 5.
LeadSignals heart_with_ventricular_beat() {
  std::vector<DipoleBump> heart;
  for (int i = 0; i < 12; ++i) {
    if (i == 5) {
      test_signals::add_ventricular_beat(ectopic_s - 0.07, 0.8, heart);
    } else {
      test_signals::add_sinus_beat(0.5 + 0.8 * i, 0.8, heart);
    }
  }
  return test_signals::leads_of(heart, 10.5);
}

/// Adds to the leads between two times what no dipole makes, mV.
void disturb(LeadSignals& signals, double from_s, double until_s, double mv) {
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    for (auto i = static_cast<std::size_t>(from_s * signals.rate_hz);
         i < static_cast<std::size_t>(until_s * signals.rate_hz); ++i) {
      const double t = static_cast<double>(i) / signals.rate_hz;
      const auto k = static_cast<double>(lead);
      signals.mv[lead][i] += static_cast<float>(mv * (std::sin(2 * std::numbers::pi * (4.1 * t + 0.31 * k * k)) +
                                                      std::sin(2 * std::numbers::pi * (6.3 * t + 0.17 * k * k * k))));
    }
  }
}

BeatType type_of_ectopic_beat(const LeadSignals& signals, BeatType type = BeatType::ventricular) {
  QrsDetection beats = detect_qrs(heart_with_ventricular_beat());
  beats.is_rejected.assign(11, false);
  std::vector<BeatType> types(beats.sample.size(), BeatType::normal);
  const auto ectopic = std::ranges::min_element(beats.sample, {}, [&](std::int64_t sample) {
    return std::abs(static_cast<double>(sample) / signals.rate_hz - ectopic_s);
  });
  types[static_cast<std::size_t>(ectopic - beats.sample.begin())] = type;
  forget_types_of_moved_beats(signals, assess_quality(signals), beats, types);
  EXPECT_EQ(std::ranges::count(types, BeatType::normal), std::ssize(types) - 1);
  return types[static_cast<std::size_t>(ectopic - beats.sample.begin())];
}

/// With something about the beat that no dipole makes, mV.
LeadSignals disturbed_about(double mv) {
  LeadSignals signals = heart_with_ventricular_beat();
  disturb(signals, ectopic_s - 1.0, ectopic_s + 1.0, mv);
  return signals;
}

TEST(ForgetTypesOfMovedBeats, leaves_a_ventricular_beat_of_a_calm_recording) {
  EXPECT_EQ(type_of_ectopic_beat(heart_with_ventricular_beat()), BeatType::ventricular);
}

TEST(ForgetTypesOfMovedBeats, leaves_one_whose_own_wave_is_no_dipole) {
  LeadSignals signals = heart_with_ventricular_beat();
  disturb(signals, ectopic_s - 0.1, ectopic_s + 0.35, 0.6);
  EXPECT_EQ(type_of_ectopic_beat(signals), BeatType::ventricular);
}

TEST(ForgetTypesOfMovedBeats, forgets_one_in_what_goes_on_about_it) {
  EXPECT_EQ(type_of_ectopic_beat(disturbed_about(0.6)), BeatType::unknown);
  EXPECT_EQ(type_of_ectopic_beat(disturbed_about(0.6), BeatType::fusion), BeatType::unknown);
}

TEST(ForgetTypesOfMovedBeats, leaves_one_that_stands_out_of_small_noise) {
  EXPECT_EQ(type_of_ectopic_beat(disturbed_about(0.03)), BeatType::ventricular);
}

TEST(ForgetTypesOfMovedBeats, says_nothing_of_few_leads) {
  LeadSignals signals = disturbed_about(0.6);
  signals.names.resize(5);
  signals.mv.resize(5);
  EXPECT_EQ(type_of_ectopic_beat(signals), BeatType::ventricular);
}

}  // namespace
}  // namespace xingu::ecg
