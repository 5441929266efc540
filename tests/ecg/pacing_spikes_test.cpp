// SPDX-License-Identifier: Apache-2.0
#include "ecg/pacing_spikes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "ecg/calibration_signal.h"

namespace xingu::ecg {
namespace {

/// Stimuli of 0.4 mV that decay within 6 ms, 60 ms before each complex.
std::vector<std::vector<float>> paced(double rate_hz, std::vector<std::size_t>& spikes) {
  CalibrationWaves waves;
  waves.p_mV = 0.0;
  auto leads = calibration_signal(waves, 5.0, rate_hz).mv;
  for (double t = 0.54; t < 4.9; t += 1.0) {
    const auto at = static_cast<std::size_t>(std::lround(t * rate_hz));
    spikes.push_back(at);
    for (auto& lead : leads) {
      for (std::size_t k = 0; k < 6; ++k) {
        lead[at + k] += 0.4F * std::exp(-static_cast<float>(k) * 500.0F / static_cast<float>(rate_hz));
      }
    }
  }
  return leads;
}

TEST(PacingSpikes, are_found_where_they_are) {
  std::vector<std::size_t> spikes;
  const auto leads = paced(500.0, spikes);
  const auto found = find_pacing_spikes(leads, 500.0);
  ASSERT_EQ(found.size(), spikes.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(found[i]), static_cast<double>(spikes[i]), 1.0);
  }
}

TEST(PacingSpikes, are_not_found_in_an_unpaced_heart) {
  for (const double rate_hz : {500.0, 1000.0}) {
    EXPECT_TRUE(find_pacing_spikes(calibration_signal({}, 5.0, rate_hz).mv, rate_hz).empty());
  }
}

TEST(PacingSpikes, are_some_steps_high_where_heights_are_coarse) {
  std::vector<std::size_t> spikes;
  const auto leads = paced(500.0, spikes);
  EXPECT_EQ(find_pacing_spikes(leads, 500.0, 0.05).size(), spikes.size());
  EXPECT_TRUE(find_pacing_spikes(leads, 500.0, 0.15).empty());
  EXPECT_FLOAT_EQ(least_stimulus_mv(0.005), 0.08F);
}

TEST(PacingSpikes, are_not_reported_below_the_rate_that_shows_them) {
  std::vector<std::size_t> spikes;
  EXPECT_TRUE(find_pacing_spikes(paced(250.0, spikes), 250.0).empty());
}

TEST(PacingSpikes, leave_the_complexes_behind) {
  std::vector<std::size_t> spikes;
  auto leads = paced(500.0, spikes);
  remove_pacing_spikes(leads, 500.0, find_pacing_spikes(leads, 500.0));
  CalibrationWaves waves;
  waves.p_mV = 0.0;
  const auto clean = calibration_signal(waves, 5.0, 500.0).mv;
  for (std::size_t i = 0; i < clean[1].size(); ++i) {
    ASSERT_NEAR(leads[1][i], clean[1][i], 0.02F);
  }
}

TEST(PacingSpikes, that_cannot_be_seen_are_known_by_the_beats) {
  AlignedBeats beats{{1000, 1500, 2000, 2500, 3000}, {0, 0, 1, 0, 0}, 2};
  // Of shape 0 two beats show their stimulus 60 samples before them, one is one sample off; shape 1 shows none.
  const std::vector<std::size_t> all = with_hidden_spikes({940, 1441}, beats, 500.0);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0], 940U);
  EXPECT_EQ(all[1], 1441U);
  EXPECT_NEAR(static_cast<double>(all[2]), 2440.0, 1.0);
  EXPECT_NEAR(static_cast<double>(all[3]), 2940.0, 1.0);
}

TEST(PacingSpikes, are_not_made_up_from_one_or_from_scattered_ones) {
  const AlignedBeats beats{{1000, 1500, 2000, 2500}, {0, 0, 0, 0}, 1};
  EXPECT_EQ(with_hidden_spikes({940}, beats, 500.0).size(), 1U);
  EXPECT_EQ(with_hidden_spikes({940, 1480}, beats, 500.0).size(), 2U);  // 60 and 20 samples before
  EXPECT_EQ(with_hidden_spikes({900, 1400}, beats, 500.0).size(), 2U);  // 200 ms before: the atria's
  EXPECT_TRUE(with_hidden_spikes({}, beats, 500.0).empty());
}

TEST(SettleConductedBeats, takes_narrow_complexes_between_paced_ones_for_conducted) {
  using enum BeatType;
  const auto beat_of = [](std::int64_t qrs_ms) {
    BeatWaves beat;
    beat.qrs = WaveBounds{100, 130, 100 + qrs_ms};
    return beat;
  };
  std::vector<BeatWaves> waves{beat_of(140), beat_of(88), beat_of(140), beat_of(150), beat_of(90), {}, beat_of(140)};
  const std::vector<BeatType> before{paced, ventricular, paced, ventricular, supraventricular, paced, paced};
  std::vector<BeatType> types = before;
  settle_conducted_beats(types, waves, 1000.0);
  EXPECT_EQ(types, (std::vector<BeatType>{paced, normal, paced, ventricular, supraventricular, paced, paced}));
  types = before;
  types[0] = types[2] = normal;
  const std::vector<BeatType> unpaced = types;
  settle_conducted_beats(types, waves, 1000.0);
  EXPECT_EQ(types, unpaced) << "where the usual beat is conducted, a narrow one is judged by its shape";
}

}  // namespace
}  // namespace xingu::ecg
