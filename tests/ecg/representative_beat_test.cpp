// SPDX-License-Identifier: Apache-2.0
#include "ecg/representative_beat.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ecg/calibration_signal.h"

namespace xingu::ecg {
namespace {

TEST(RepresentativeBeat, is_the_beat_that_repeats_and_knows_its_bounds) {
  const CalibrationWaves waves;
  const LeadSignals signals = calibration_signal(waves, 10.0, 500.0);
  std::vector<std::int64_t> beats;
  for (std::int64_t b = 0; b < 9; ++b) {
    beats.push_back(300 + 22 + 500 * b);
  }
  const auto beat = representative_beat(signals, delineate(signals, beats));
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->num_beats, 9U);
  EXPECT_NEAR(static_cast<double>(beat->qrs.offset - beat->qrs.onset) * 2.0, waves.qrs_ms(), 3.0);
  ASSERT_TRUE(beat->p && beat->t);
  EXPECT_LT(beat->p->offset, beat->qrs.onset);
  EXPECT_GT(beat->t->offset, beat->qrs.offset);
  // 45 ms after QRS onset is the summit of R
  EXPECT_NEAR(beat->leads[1][beat->qrs.onset + 22] - beat->level[1], waves.r_mV, 0.02);
}

TEST(RepresentativeBeat, has_no_p_wave_where_nothing_stands_above_the_noise) {
  const LeadSignals signals = calibration_signal({}, 10.0, 500.0);
  std::vector<std::int64_t> beats;
  for (std::int64_t b = 1; b < 9; ++b) {
    beats.push_back(300 + 22 + 500 * b);
  }
  Delineation delineation = delineate(signals, beats);
  ASSERT_TRUE(representative_beat(signals, delineation)->p);
  for (BeatWaves& waves : delineation.global) {
    ASSERT_TRUE(waves.p);
    waves.p->onset = waves.qrs->onset - 200;  // 20 ms of the flat line before the wave
    waves.p->offset = waves.qrs->onset - 190;
  }
  EXPECT_FALSE(representative_beat(signals, delineation)->p);
}

TEST(RepresentativeBeat, is_nothing_without_beats) {
  const LeadSignals signals = calibration_signal({}, 2.0, 500.0);
  EXPECT_FALSE(representative_beat(signals, delineate(signals, {})));
}

}  // namespace
}  // namespace xingu::ecg
