// SPDX-License-Identifier: Apache-2.0
#include "ecg/long_tremor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ecg/formats/recording.h"
#include "ecg/limb_electrodes.h"
#include "ecg/long_recording.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/simulation/phantom.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

constexpr double from_s = 40.0;
constexpr double until_s = 65.0;

EcgRecord heart(double pvc_share = 0.0, double rate_hz = 250.0) {
  PhantomSettings settings;
  settings.rate_Hz = rate_hz;
  settings.duration_s = 120.0;
  settings.pvc_share = pvc_share;
  return to_ecg_record(make_phantom(settings).recording);
}

/// Somebody brushes his teeth for 25 s: the right arm makes pointed waves and the left half of them, a little later.
EcgRecord brushing(EcgRecord record, double hertz, double amplitude_mv) {
  const auto wave = [&](double t_s) {
    if (t_s < from_s || t_s >= until_s) {
      return 0.0;
    }
    const double sine = std::sin(2.0 * std::numbers::pi * hertz * t_s);
    return amplitude_mv * (1.0 + 0.15 * std::sin(1.9 * t_s)) * std::copysign(std::pow(std::abs(sine), 0.7), sine);
  };
  for (std::size_t lead = 0; lead < record.samples.size(); ++lead) {
    const Channel& channel = record.info.channels[lead];
    const double of_right = *lead_of_electrode(channel.name, Electrode::ra);
    const double of_left = *lead_of_electrode(channel.name, Electrode::la);
    for (std::size_t i = 0; i < record.num_samples(); ++i) {
      const double t_s = static_cast<double>(i) / record.info.rate_hz;
      const double mv = of_right * wave(t_s) - 0.5 * of_left * wave(t_s - 0.024);
      record.samples[lead][i] += static_cast<std::int32_t>(std::lround(mv * channel.gain));
    }
  }
  return record;
}

LongAnalysis analysed(const EcgRecord& record, const LongRecordingSettings& settings = {}) {
  RecordSource source(record);
  return analyse_long(source, test::shipped_thresholds(), settings);
}

std::ptrdiff_t num_of(const LongAnalysis& analysis, BeatType type) {
  return std::ranges::count(analysis.sequence.type, type);
}

TEST(AnalyseLong, finds_no_ventricular_beats_and_no_fibrillation_where_somebody_brushes_his_teeth) {
  for (const double rate_hz : {250.0, 500.0}) {
    const EcgRecord calm = heart(0.0, rate_hz);
    for (const double hertz : {4.5, 5.0, 5.5}) {
      for (const LongRecordingSettings& settings :
           {LongRecordingSettings{}, LongRecordingSettings{.chunk_s = 30.0, .margin_s = 30.0}}) {
        const std::string what = fmt::format("{} Hz at {} Hz, chunks of {} s", hertz, rate_hz, settings.chunk_s);
        const LongAnalysis a = analysed(brushing(calm, hertz, 1.0), settings);
        EXPECT_EQ(num_of(a, BeatType::ventricular), 0) << what;
        EXPECT_EQ(num_of(a, BeatType::fusion), 0) << what;
        EXPECT_EQ(std::ranges::count(a.sequence.is_swinging, true), 0) << what;
        for (const Episode& episode :
             find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes())) {
          EXPECT_NE(episode.code, "ventricular_run") << what;
          EXPECT_NE(episode.code, "possible_ventricular_fibrillation") << what;
        }
        ASSERT_EQ(a.is_trembling.size(), 120U) << what;
        for (std::size_t s = 0; s < a.is_trembling.size(); ++s) {
          const bool is_inside = static_cast<double>(s) >= from_s + 2.0 && static_cast<double>(s) < until_s - 2.0;
          const bool is_outside = static_cast<double>(s) < from_s - 2.0 || static_cast<double>(s) > until_s + 5.0;
          EXPECT_TRUE(a.is_trembling[s] || !is_inside) << s << ' ' << what;
          EXPECT_FALSE(a.is_trembling[s] && is_outside) << s << ' ' << what;
        }
        EXPECT_LT(a.good_part[0], 0.85) << what;
        EXPECT_DOUBLE_EQ(a.good_part[7], 1.0) << what;
      }
    }
  }
}

TEST(AnalyseLong, finds_extrasystoles_beside_and_below_a_tremor) {
  const EcgRecord calm = heart(0.1);
  const LongAnalysis without = analysed(calm);
  ASSERT_GT(num_of(without, BeatType::ventricular), 5);
  const LongAnalysis with = analysed(brushing(calm, 5.0, 0.4));
  EXPECT_GE(num_of(with, BeatType::ventricular), num_of(without, BeatType::ventricular) - 1);
  EXPECT_LE(num_of(with, BeatType::ventricular), num_of(without, BeatType::ventricular));
}

TEST(AnalyseLong, finds_no_tremor_in_a_heart_at_rest) {
  for (const double pvc_share : {0.0, 0.1, 0.3}) {
    EXPECT_EQ(std::ranges::count(analysed(heart(pvc_share)).is_trembling, true), 0) << pvc_share;
  }
}

TEST(TakeOutTremors, leaves_a_signal_without_one_as_it_is) {
  const LeadSignals calm = lead_signals(heart());
  LeadSignals signals = calm;
  std::vector<std::int64_t> beats;
  for (std::int64_t at = 100; at < 29900; at += 215) {
    beats.push_back(at);
  }
  EXPECT_TRUE(take_out_tremors(signals, beats, test::shipped_thresholds().tremor).empty());
  EXPECT_EQ(signals.mv, calm.mv);
}

}  // namespace
}  // namespace xingu::ecg
