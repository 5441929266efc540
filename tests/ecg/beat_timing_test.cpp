// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_timing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/philox.h"
#include "ecg/delineation.h"
#include "ecg/heart_rate_variability.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

/// Two minutes of beats at times that no sample meets, placed as a detector does: to ±8 ms.
struct Jittered {
  std::vector<double> truth_s;
  LeadSignals signals;
  std::vector<std::int64_t> beats;
};

Jittered jittered(double rate_hz, double noise_mv = 0.005) {
  const Philox random(3, 0);
  Jittered out;
  for (double at = 0.6; at < 119.0; at += 0.8137) {
    out.truth_s.push_back(at);
  }
  out.signals = test_signals::synthetic_ecg(out.truth_s, 120.0, rate_hz, 3).signals;
  std::uint64_t i = 0;
  for (std::vector<float>& lead : out.signals.mv) {
    for (float& x : lead) {
      x += static_cast<float>(noise_mv * 3.4641 * (random.uniform(i++) - 0.5));
    }
  }
  for (const double at : out.truth_s) {
    out.beats.push_back(std::llround(rate_hz * (at + 0.016 * (random.uniform(i++) - 0.5))));
  }
  return out;
}

std::vector<float> offsets(const Jittered& ecg) {
  return fine_offsets(ecg.signals, ecg.beats, delineate(ecg.signals, ecg.beats).beats);
}

/// Root mean square of the differences of successive intervals, ms.
double rmssd_ms(const Jittered& ecg, const std::vector<float>& offset) {
  std::vector<NormalInterval> intervals;
  const auto time_s = [&](std::size_t b) {
    return (static_cast<double>(ecg.beats[b]) + static_cast<double>(offset[b])) / ecg.signals.rate_hz;
  };
  for (std::size_t b = 1; b < ecg.beats.size(); ++b) {
    intervals.push_back({time_s(b), 1000.0 * (time_s(b) - time_s(b - 1))});
  }
  return time_variability(intervals)->rmssd_ms;
}

TEST(FineOffsets, places_beats_between_the_samples) {
  for (const double rate_hz : {250.0, 360.0, 1000.0}) {
    const Jittered ecg = jittered(rate_hz);
    ASSERT_GT(rmssd_ms(ecg, std::vector<float>(ecg.beats.size(), 0.0F)), 5.0);
    EXPECT_LT(rmssd_ms(ecg, offsets(ecg)), 0.5) << rate_hz;
  }
}

TEST(FineOffsets, keeps_the_average_of_the_places) {
  const Jittered ecg = jittered(250.0);
  const std::vector<float> offset = offsets(ecg);
  double sum = 0.0;
  for (const float x : offset) {
    sum += static_cast<double>(x);
  }
  EXPECT_NEAR(sum / static_cast<double>(offset.size()), 0.0, 0.02);
}

TEST(FineOffsets, a_wandering_baseline_or_a_lead_that_comes_loose_moves_nothing) {
  Jittered ecg = jittered(250.0);
  const Philox random(4, 0);
  for (std::size_t i = 0; i < ecg.signals.num_samples(); ++i) {
    ecg.signals.mv[0][i] += 0.5F * static_cast<float>(std::sin(0.01 * static_cast<double>(i)));
    if (i > 10000 && i < 15000) {
      ecg.signals.mv[1][i] = std::numeric_limits<float>::quiet_NaN();
    }
  }
  LeadSignals filled = ecg.signals;  // what delineation is given
  for (float& x : filled.mv[1]) {
    x = std::isnan(x) ? 0.0F : x;
  }
  EXPECT_LT(rmssd_ms(ecg, fine_offsets(ecg.signals, ecg.beats, delineate(filled, ecg.beats).beats)), 0.6);
  for (std::size_t i = 10000; i < 15000; ++i) {
    ecg.signals.mv[1][i] = static_cast<float>(2.0 * random.uniform(i));
  }
  EXPECT_LT(rmssd_ms(ecg, offsets(ecg)), 0.6);
}

TEST(FineOffsets, leaves_a_beat_that_is_like_no_other_and_takes_what_is_empty) {
  Jittered ecg = jittered(250.0, 0.002);
  const std::int64_t at = ecg.beats[70];
  for (std::vector<float>& lead : ecg.signals.mv) {
    std::fill(lead.begin() + at - 60, lead.begin() + at + 60, 0.0F);
  }
  EXPECT_EQ(offsets(ecg)[70], 0.0F);
  EXPECT_TRUE(fine_offsets(ecg.signals, {}, {}).empty());
  EXPECT_EQ(fine_offsets({250.0, {}, {}}, std::vector<std::int64_t>{5}, {{5}, {0}, 1}), std::vector<float>{0.0F});
}

}  // namespace
}  // namespace xingu::ecg
