// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

float value(const BeatFeatures& f, BeatFeature name) { return f[static_cast<std::size_t>(name)]; }

struct Case {
  LeadSignals signals;
  std::vector<std::int64_t> beats;
  std::vector<char> type;
};

Case phantom_case(double pvc_share) {
  PhantomSettings settings;
  settings.duration_s = 60.0;
  settings.pvc_share = pvc_share;
  settings.rr_variation = 0.02;
  Phantom phantom = make_phantom(settings);
  Case out;
  for (const PhantomBeat& beat : phantom.beats) {
    out.beats.push_back(std::llround(beat.qrs.peak_s * settings.rate_Hz));
    out.type.push_back(beat.type);
  }
  out.signals = lead_signals(to_ecg_record(std::move(phantom.recording)));
  return out;
}

TEST(BeatFeatures, of_usual_beats_say_that_nothing_differs) {
  const Case c = phantom_case(0.0);
  const auto features = beat_features(c.signals, c.beats);
  ASSERT_EQ(features.size(), c.beats.size());
  for (std::size_t b = 1; b + 1 < features.size(); ++b) {
    EXPECT_NEAR(value(features[b], BeatFeature::rr_before), 0.0, 0.12) << b;
    EXPECT_GT(value(features[b], BeatFeature::likeness), 0.95) << b;
    EXPECT_NEAR(value(features[b], BeatFeature::width_change), 0.0, 0.05) << b;
    EXPECT_NEAR(value(features[b], BeatFeature::p_likeness), 1.0, 0.2) << b;
    EXPECT_NEAR(value(features[b], BeatFeature::nearby_p), 1.0, 0.1) << b;
    EXPECT_LT(value(features[b], BeatFeature::p_departure), -2.0) << b;
    EXPECT_NEAR(value(features[b], BeatFeature::shape_rarity), 0.0, 0.05) << b;
  }
}

TEST(BeatFeatures, of_ventricular_beats_are_early_wide_and_of_another_shape) {
  const Case c = phantom_case(0.15);
  const auto features = beat_features(c.signals, c.beats);
  std::size_t num = 0;
  for (std::size_t b = 1; b + 1 < features.size(); ++b) {
    if (c.type[b] == 'V' && c.type[b - 1] == 'N') {
      ++num;
      EXPECT_LT(value(features[b], BeatFeature::rr_before), -0.25) << b;
      EXPECT_GT(value(features[b], BeatFeature::early), 2.0) << b;
      EXPECT_LT(value(features[b], BeatFeature::likeness), 0.9) << b;
      EXPECT_GT(value(features[b], BeatFeature::width_change), 0.2) << b;
    }
  }
  EXPECT_GT(num, 3U);
}

/// A lead that is off has no say: neither are beats unlike the usual one for want of it, nor is the usual one spoilt.
TEST(BeatFeatures, do_not_change_where_a_lead_is_off) {
  const Case c = phantom_case(0.15);
  const auto with = beat_features(c.signals, c.beats);
  for (const float off : {std::numeric_limits<float>::quiet_NaN(), 4.0F}) {
    LeadSignals signals = c.signals;
    std::vector<float>& v5 = signals.mv[10];
    std::fill(v5.begin() + static_cast<std::ptrdiff_t>(20.0 * signals.rate_hz),
              v5.begin() + static_cast<std::ptrdiff_t>(40.0 * signals.rate_hz), off);
    const auto without = beat_features(signals, c.beats);
    std::size_t num = 0;
    for (std::size_t b = 1; b + 1 < c.beats.size(); ++b) {
      const double at_s = static_cast<double>(c.beats[b]) / signals.rate_hz;
      if (c.type[b] == 'N' && (at_s < 19.0 || std::abs(at_s - 30.0) < 9.0 || at_s > 41.0)) {
        ++num;
        EXPECT_GT(value(without[b], BeatFeature::likeness), 0.95) << off << " " << at_s;
        EXPECT_GT(value(without[b], BeatFeature::worst_likeness), 0.9) << off << " " << at_s;
        EXPECT_NEAR(value(without[b], BeatFeature::size), value(with[b], BeatFeature::size), 0.1) << off << " " << at_s;
        EXPECT_NEAR(value(without[b], BeatFeature::steepness), value(with[b], BeatFeature::steepness), 0.1) << at_s;
      }
    }
    EXPECT_GT(num, 40U);
  }
}

TEST(BeatFeatures, nearby_means_are_those_of_the_beat_and_eight_on_each_side) {
  const Case c = phantom_case(0.15);
  const auto features = beat_features(c.signals, c.beats);
  for (const auto& [from, to] : {std::pair{BeatFeature::p_likeness, BeatFeature::nearby_p},
                                 std::pair{BeatFeature::repolarisation, BeatFeature::nearby_repolarisation}}) {
    for (const std::size_t b : {std::size_t{0}, std::size_t{20}, features.size() - 1}) {
      float sum = 0.0F;
      float count = 0.0F;
      for (std::size_t i = b > 8 ? b - 8 : 0; i <= std::min(features.size() - 1, b + 8); ++i) {
        sum += value(features[i], from);
        ++count;
      }
      EXPECT_NEAR(value(features[b], to), sum / count, 1e-5) << b;
    }
  }
}

TEST(BeatFeatures, are_finite_whatever_the_signal) {
  LeadSignals signals{360.0, {"I"}, {std::vector<float>(3600, std::numeric_limits<float>::quiet_NaN())}};
  const std::vector<std::int64_t> beats{0, 1, 1800, 3599};
  for (int i = 0; i < 2; ++i) {
    for (const BeatFeatures& f : beat_features(signals, beats)) {
      for (const float x : f) {
        EXPECT_TRUE(std::isfinite(x));
      }
    }
    signals.mv[0].assign(3600, 0.0F);
  }
  EXPECT_TRUE(beat_features(signals, {}).empty());
}

}  // namespace
}  // namespace xingu::ecg
