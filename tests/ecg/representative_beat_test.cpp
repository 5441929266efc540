// SPDX-License-Identifier: Apache-2.0
#include "ecg/representative_beat.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecg/calibration_signal.h"
#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"

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
  EXPECT_EQ(beat->beats.size(), 9U);
  EXPECT_NEAR(static_cast<double>(beat->qrs.offset - beat->qrs.onset) * 2.0, waves.qrs_ms(), 3.0);
  ASSERT_TRUE(beat->p && beat->t);
  EXPECT_LT(beat->p->offset, beat->qrs.onset);
  EXPECT_GT(beat->t->offset, beat->qrs.offset);
  // 45 ms after QRS onset is the summit of R
  EXPECT_NEAR(beat->leads[1][beat->qrs.onset + 22] - beat->level[1], waves.r_mV, 0.02);
}

TEST(RepresentativeBeat, is_of_conducted_beats_where_ventricular_ones_are_as_many) {
  PhantomSettings settings;
  settings.duration_s = 30.0;
  settings.pvc_share = 0.5;
  const Phantom phantom = make_phantom(settings);
  const LeadSignals signals = lead_signals(to_ecg_record(phantom.recording));
  std::vector<std::int64_t> beats;
  std::vector<BeatType> types;
  for (const PhantomBeat& beat : phantom.beats) {
    beats.push_back(std::llround(beat.qrs.peak_s * signals.rate_hz));
    types.push_back(beat.type == 'V' ? BeatType::ventricular : BeatType::normal);
  }
  Delineation delineation = delineate(signals, beats);
  if (std::ranges::count(types, BeatType::ventricular) <= std::ranges::count(types, BeatType::normal)) {
    for (std::size_t& shape : delineation.beats.shape) {  // the ventricular shape is the usual one
      shape = shape <= 1 ? 1 - shape : shape;
    }
  }
  const auto conducted = representative_beat(signals, delineation, {}, types);
  ASSERT_TRUE(conducted);
  EXPECT_NEAR(static_cast<double>(conducted->qrs.offset - conducted->qrs.onset) * 2.0, settings.qrs_ms, 14.0);
  for (const std::size_t b : conducted->beats) {
    EXPECT_EQ(types[b], BeatType::normal);
  }
  const auto of_shape = representative_beat(signals, delineation);
  ASSERT_TRUE(of_shape);
  EXPECT_GT(of_shape->qrs.offset - of_shape->qrs.onset, conducted->qrs.offset - conducted->qrs.onset);
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
