// SPDX-License-Identifier: Apache-2.0
#include "ecg/calibration_signal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xingu::ecg {
namespace {

TEST(CalibrationSignal, leads_keep_einthoven_and_goldberger) {
  const LeadSignals signals = calibration_signal({}, 3.0, 500.0);
  ASSERT_EQ(signals.mv.size(), 12U);
  for (std::size_t i = 0; i < signals.num_samples(); ++i) {
    const float one = signals.mv[0][i], two = signals.mv[1][i], three = signals.mv[2][i];
    ASSERT_NEAR(one + three, two, 1e-6F);
    ASSERT_NEAR(signals.mv[3][i], -0.5F * (one + two), 1e-6F);
    ASSERT_NEAR(signals.mv[4][i], 0.5F * (one - three), 1e-6F);
    ASSERT_NEAR(signals.mv[5][i], 0.5F * (two + three), 1e-6F);
  }
}

TEST(CalibrationSignal, waves_lie_where_the_parameters_say) {
  const CalibrationWaves waves;
  const LeadSignals signals = calibration_signal(waves, 3.0, 1000.0);
  const auto& x = signals.mv[1];
  constexpr std::size_t onset = 600;
  EXPECT_EQ(x[onset - 179], 0.0F);  // before P
  EXPECT_NEAR(x[onset - 178 + 58], waves.p_mV, 1e-4);
  EXPECT_EQ(x[onset - 30], 0.0F);  // PQ segment
  EXPECT_NEAR(x[onset + 10], waves.q_mV, 1e-4);
  EXPECT_NEAR(x[onset + 45], waves.r_mV, 1e-4);
  EXPECT_NEAR(x[onset + 85], waves.s_mV, 1e-4);
  EXPECT_NEAR(*std::max_element(x.begin() + onset + 200, x.begin() + onset + 400), waves.t_mV, 1e-4);
  EXPECT_EQ(x[onset + 399], 0.0F);
}

TEST(CalibrationSignal, a_wave_without_height_is_left_out) {
  CalibrationWaves waves;
  waves.q_mV = 0.0;
  EXPECT_DOUBLE_EQ(waves.qrs_ms(), waves.r_ms + waves.s_ms);
  EXPECT_GT(calibration_signal(waves, 1.0, 1000.0).mv[1][610], 0.0F);
}

}  // namespace
}  // namespace xingu::ecg
