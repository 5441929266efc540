// SPDX-License-Identifier: Apache-2.0
#include "ecg/heart_space.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dipole_heart.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {
namespace {

TEST(IndependentLeads, are_those_with_a_say_that_are_no_sums_of_others) {
  const std::vector<std::string> names{"I", "II", "III", "aVR", "V1"};
  SignalQuality quality;
  quality.leads.assign(5, std::vector<LeadSecond>(4));
  EXPECT_EQ(independent_leads(names, quality), (std::vector<std::size_t>{0, 1, 4}));
  const std::vector<std::string> without{"II", "III", "V1"};
  quality.leads.resize(3);
  EXPECT_EQ(independent_leads(without, quality), (std::vector<std::size_t>{0, 1, 2}));
}

TEST(HeartSpace, is_the_one_of_the_dipole_whichever_beats_make_it) {
  std::vector<DipoleBump> heart;
  for (int i = 0; i < 10; ++i) {
    test_signals::add_sinus_beat(0.3 + 0.8 * i, 0.8, heart);
  }
  const LeadSignals signals = test_signals::leads_of(heart, 9.0);
  const QrsDetection beats = detect_qrs(signals);
  const SignalQuality quality = assess_quality(signals);
  const auto space = HeartSpace::of(signals, quality, beats, [](std::size_t b) { return b >= 3 && b < 6; });
  ASSERT_TRUE(space);
  EXPECT_NEAR(space->rate_hz(), 125.0, 1e-9);
  EXPECT_EQ(space->band().cols(), 8);
  EXPECT_GT(space->energy_within(space->band()), 0.99F * space->band().squaredNorm());
  EXPECT_FALSE(HeartSpace::of(signals, quality, beats, [](std::size_t b) { return b >= 3 && b < 5; }));
  QrsDetection rejected = beats;
  rejected.is_rejected.assign(9, true);
  EXPECT_FALSE(HeartSpace::of(signals, quality, rejected, [](std::size_t) { return true; }));
}

}  // namespace
}  // namespace xingu::ecg
