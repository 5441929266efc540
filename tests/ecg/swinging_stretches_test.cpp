// SPDX-License-Identifier: Apache-2.0
// Ventricles that fibrillate for seconds of a recording, and what only looks so.
#include "ecg/swinging_stretches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "base/philox.h"
#include "ecg/long_recording.h"
#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "noisy_phantom.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;
constexpr double pi = std::numbers::pi;

/// mV of a lead at a time
using Wave = std::function<double(double t_s, std::size_t lead)>;

LeadSignals heart(double duration_s, double per_min) { return test_signals::noisy_phantom(duration_s, per_min, 0.02F); }

/// Puts something into all leads instead of what is there, growing over half a second; the limb leads obey Einthoven.
void replace(LeadSignals& signals, double from_s, double until_s, const Wave& wave) {
  const auto end = std::min(signals.num_samples(), static_cast<std::size_t>(until_s * rate_hz));
  for (auto i = static_cast<std::size_t>(from_s * rate_hz); i < end; ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double part = 0.3 + 0.7 * std::min(1.0, (t - from_s) / 0.5);
    std::vector<double> mv;
    for (std::size_t lead = 0; lead < 12; ++lead) {
      mv.push_back(part * wave(t, lead) + 0.02 * (Philox(10, lead).uniform(i) - 0.5));
    }
    mv[2] = mv[1] - mv[0];
    mv[3] = -(mv[0] + mv[1]) / 2;
    mv[4] = mv[0] - mv[1] / 2;
    mv[5] = mv[1] - mv[0] / 2;
    for (std::size_t lead = 0; lead < 12; ++lead) {
      signals.mv[lead][i] = static_cast<float>(mv[lead]);
    }
  }
}

/// Four sines of 3.5 to 7 Hz that drift, of phases and sizes of each lead's own.
Wave fibrillation(std::uint64_t seed, double mv) {
  return [=](double t, std::size_t lead) {
    const Philox random(seed, 0);
    double sum = 0.0;
    for (std::size_t k = 0; k < 4; ++k) {
      const double hz = 3.5 + 3.5 * random.uniform(3 * k);
      const double drift_hz = 0.1 + 0.2 * random.uniform(3 * k + 1);
      const double drift = 0.3 / drift_hz * std::sin(2 * pi * drift_hz * t);
      const double phase = 2 * pi * random.uniform(100 * (lead + 1) + 2 * k);
      sum += (0.4 + 0.6 * random.uniform(100 * (lead + 1) + 2 * k + 1)) * std::sin(2 * pi * hz * t + drift + phase);
    }
    return 0.3 * mv * sum;
  };
}

/// 230 waves a minute whose axis turns: spindles that end in one lead as they begin in another.
Wave torsade(double mv) {
  return [=](double t, std::size_t lead) {
    const double wave = 2 * pi * 230.0 / 60.0 * t + 0.6 * std::sin(1.3 * t);
    const double turn = 2 * pi * t / 2.2 + 0.8 * static_cast<double>(lead);
    return mv * (0.5 * std::sin(turn) * std::sin(wave + 0.4 * std::sin(wave)) +
                 0.08 * std::sin(2 * pi * 6.1 * t + static_cast<double>(lead)));
  };
}

/// Waves of flutter, 280 a minute and all alike.
double flutter(double t, std::size_t lead) {
  const double wave = 2 * pi * 280.0 / 60.0 * t + 0.5 * static_cast<double>(lead);
  return 0.4 * std::sin(wave) + 0.08 * std::sin(2 * wave + static_cast<double>(lead));
}

std::vector<SwingingStretch> found_in(const LeadSignals& signals) {
  return find_swinging_stretches(signals, assess_quality(signals));
}

Analysis analysed(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

TEST(FindSwingingStretches, finds_fibrillation_and_torsade_where_they_are) {
  for (const Wave& wave : {fibrillation(3, 0.4), fibrillation(4, 1.0), torsade(0.9)}) {
    LeadSignals signals = heart(20.0, 70.0);
    replace(signals, 8.0, 13.0, wave);
    const std::vector<SwingingStretch> found = found_in(signals);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NEAR(static_cast<double>(found[0].from) / rate_hz, 8.0, 0.6);
    EXPECT_NEAR(static_cast<double>(found[0].until) / rate_hz, 13.0, 0.6);
    EXPECT_GT(found[0].frequency_hz, 3.0F);
    EXPECT_LT(found[0].frequency_hz, 8.0F);
    EXPECT_EQ(found[0].num_asked, 8U) << "III and the goldberger leads are sums of I and II";
    EXPECT_GE(found[0].leads.size(), 5U);
    EXPECT_FALSE(found[0].has_one_shape);
  }
}

TEST(FindSwingingStretches, knows_flutter_by_its_one_shape) {
  LeadSignals signals = heart(20.0, 70.0);
  replace(signals, 8.0, 13.0, flutter);
  const std::vector<SwingingStretch> found = found_in(signals);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].has_one_shape);
  EXPECT_NEAR(found[0].frequency_hz, 280.0 / 60.0, 1.0);
}

TEST(FindSwingingStretches, finds_none_in_hearts_that_beat) {
  for (const double per_min : {40.0, 70.0, 110.0, 160.0, 210.0}) {
    EXPECT_TRUE(found_in(heart(20.0, per_min)).empty()) << per_min;
  }
  for (const double qrs_s : {0.14, 0.18}) {
    for (const double per_min : {120.0, 160.0, 200.0}) {
      LeadSignals signals = heart(20.0, 70.0);
      replace(signals, 8.0, 14.0, [&](double t, std::size_t lead) {
        const double since = std::fmod(t, 60.0 / per_min);
        const double complex = since < qrs_s ? std::sin(2 * pi * since / qrs_s) : 0.0;
        return (0.4 + 0.1 * static_cast<double>(lead)) * complex;
      });
      EXPECT_TRUE(found_in(signals).empty()) << qrs_s << ' ' << per_min;
    }
  }
}

TEST(FindSwingingStretches, limbs_that_tremble_do_not_hide_a_heart) {
  LeadSignals signals = heart(20.0, 70.0);
  for (std::size_t lead = 0; lead < 6; ++lead) {
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      const double t = static_cast<double>(i) / rate_hz;
      signals.mv[lead][i] = static_cast<float>(0.5 * std::sin(2 * pi * 5.0 * t + (lead == 1 ? pi / 3 : 0.0)));
    }
  }
  for (std::size_t i = 0; i < signals.num_samples(); ++i) {
    signals.mv[2][i] = signals.mv[1][i] - signals.mv[0][i];
  }
  EXPECT_TRUE(found_in(signals).empty());
}

TEST(FindSwingingStretches, noise_without_order_and_leads_with_faults_are_none) {
  LeadSignals signals = heart(20.0, 70.0);
  replace(signals, 8.0, 13.0, fibrillation(3, 0.8));
  for (std::size_t lead = 0; lead < 12; ++lead) {  // muscle all over it
    const Philox random(12, lead);
    for (auto i = static_cast<std::size_t>(7.0 * rate_hz); i < static_cast<std::size_t>(14.0 * rate_hz); ++i) {
      signals.mv[lead][i] += 0.8F * static_cast<float>(random.uniform(i) - 0.5);
    }
  }
  EXPECT_TRUE(found_in(signals).empty());
  EXPECT_TRUE(found_in({rate_hz, {}, {}}).empty());
  EXPECT_TRUE(found_in({rate_hz, {"II"}, {std::vector<float>(400, 0.1F)}}).empty()) << "shorter than a window";
}

TEST(SwingingSeconds, are_those_of_which_half_lies_in_a_stretch_and_the_last_as_long_as_it_is) {
  const std::vector<SwingingStretch> stretches{{160, 370, 5.0F, {}, 1, false}, {880, 940, 5.0F, {}, 1, false}};
  const std::vector<bool> expected{false, false, true, true, false, false, false, false, false, true};
  EXPECT_EQ(swinging_seconds(stretches, 100.0, 940, 10), expected);
}

TEST(TakeOutSwingingBeats, leaves_what_has_one_shape) {
  QrsDetection beats{{50, 150, 250, 320, 450}, {1.0F, 1.0F, 0.5F, 0.6F, 1.0F}, std::vector<bool>(6, false), {}, {}};
  QrsDetection same = beats;
  take_out_swinging_beats(std::vector<SwingingStretch>{{200, 400, 5.0F, {}, 1, true}}, 100.0, 600, same);
  EXPECT_EQ(same.sample, beats.sample);
  take_out_swinging_beats(std::vector<SwingingStretch>{{200, 400, 5.0F, {}, 1, false}}, 100.0, 600, beats);
  EXPECT_EQ(beats.sample, (std::vector<std::int64_t>{50, 150, 450}));
  EXPECT_EQ(beats.confidence, (std::vector<float>{1.0F, 1.0F, 1.0F}));
  EXPECT_EQ(beats.is_rejected, (std::vector<bool>{false, false, true, true, false, false}));
}

TEST(DropShortStretches, keeps_how_a_recording_ends) {
  const std::vector<SwingingStretch> all{
      {0, 390, 5.0F, {}, 1, false}, {500, 900, 5.0F, {}, 1, false}, {1850, 2000, 5.0F, {}, 1, false}};
  std::vector<SwingingStretch> left = all;
  drop_short_stretches(4.0, 100.0, 2000, left);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].from, 500);
  EXPECT_EQ(left[1].from, 1850);
  left = all;
  drop_short_stretches(0.0, 100.0, 2000, left);
  EXPECT_EQ(left.size(), 3U);
}

TEST(KeepUntoldStretches, leaves_a_run_of_ventricular_beats_its_name) {
  BeatSequence beats;
  beats.rate_hz = 100.0;
  beats.sample = {50, 150, 250, 280, 310, 340, 450};
  beats.type.assign(7, BeatType::normal);
  beats.is_rejected.assign(6, false);
  std::vector<SwingingStretch> stretches{{240, 360, 5.0F, {}, 1, true}, {400, 550, 5.0F, {}, 1, false}};
  keep_untold_stretches(beats, 100.0, stretches);
  EXPECT_EQ(stretches.size(), 2U);
  std::fill(beats.type.begin() + 2, beats.type.begin() + 6, BeatType::ventricular);
  keep_untold_stretches(beats, 100.0, stretches);
  ASSERT_EQ(stretches.size(), 1U);
  EXPECT_EQ(stretches[0].from, 400);
}

TEST(Analyse, tells_fibrillation_that_begins_in_the_last_seconds_and_counts_no_beats_in_it) {
  for (const double per_min : {50.0, 75.0, 110.0}) {
    for (const double length_s : {2.0, 3.0, 4.0, 6.0}) {
      for (const Wave& wave : {fibrillation(5, 0.3), fibrillation(6, 1.0), torsade(0.8)}) {
        LeadSignals signals = heart(10.0, per_min);
        replace(signals, 10.0 - length_s, 10.0, wave);
        const Analysis a = analysed(signals);
        ASSERT_TRUE(a.says("possible_ventricular_fibrillation")) << per_min << ' ' << length_s;
        EXPECT_EQ(a.statements.front().code, "possible_ventricular_fibrillation");
        EXPECT_GE(a.statements.front().leads.size(), 5U);
        EXPECT_FALSE(a.says("ventricular_run") || a.says("ventricular_ectopy")) << per_min << ' ' << length_s;
        EXPECT_TRUE(a.beats.is_rejected.back());
      }
    }
  }
}

TEST(Analyse, tells_fibrillation_that_ends_by_itself) {
  for (const double length_s : {2.0, 3.0, 4.0}) {
    LeadSignals signals = heart(12.0, 75.0);
    replace(signals, 4.0, 4.0 + length_s, fibrillation(7, 0.7));
    const Analysis a = analysed(signals);
    ASSERT_TRUE(a.says("possible_ventricular_fibrillation")) << length_s;
    EXPECT_FALSE(a.says("long_pause") || a.says("pause")) << length_s;
    const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    EXPECT_EQ(std::ranges::count(episodes, "possible_ventricular_fibrillation", &Episode::code), 1);
  }
}

TEST(Analyse, flutter_of_the_ventricles_is_never_calm) {
  for (const double length_s : {3.0, 6.0, 9.0}) {
    LeadSignals signals = heart(10.0, 75.0);
    replace(signals, 10.0 - length_s, 10.0, flutter);
    const Analysis a = analysed(signals);
    EXPECT_TRUE(a.says("possible_ventricular_fibrillation") || a.says("ventricular_tachycardia") ||
                a.says("wide_complex_tachycardia"))
        << length_s;
  }
}

TEST(AnalyseLong, tells_four_seconds_of_fibrillation_and_counts_no_beats_in_them) {
  for (const double length_s : {2.0, 5.0, 20.0}) {
    PhantomSettings settings;
    settings.duration_s = 120.0;
    EcgRecord record = to_ecg_record(make_phantom(settings).recording);
    const Wave wave = fibrillation(8, 0.9);
    const double per_mv = record.info.channels[0].gain;
    for (std::size_t lead = 0; lead < record.samples.size(); ++lead) {
      const auto end = static_cast<std::size_t>((60.0 + length_s) * rate_hz);
      for (auto i = static_cast<std::size_t>(60.0 * rate_hz); i < end; ++i) {
        record.samples[lead][i] = static_cast<std::int32_t>(per_mv * wave(static_cast<double>(i) / rate_hz, lead));
      }
    }
    RecordSource source(record);
    const LongAnalysis a = analyse_long(source, test::shipped_thresholds());
    const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    const auto told = std::ranges::find(episodes, "possible_ventricular_fibrillation", &Episode::code);
    ASSERT_EQ(told != episodes.end(), length_s >= 4.0) << length_s;
    if (told == episodes.end()) {
      continue;
    }
    EXPECT_NEAR(told->begin_s, 60.0, 1.0);
    EXPECT_NEAR(told->end_s, 60.0 + length_s, 1.0);
    EXPECT_EQ(std::ranges::count(episodes, "beats_untold", &Episode::code), 1);
    for (std::size_t b = 0; b < a.sequence.size(); ++b) {
      const double at = a.sequence.time_s(b);
      EXPECT_TRUE(!a.sequence.is_told(b) || at < 60.6 || at > 59.4 + length_s) << at;
    }
  }
}

}  // namespace
}  // namespace xingu::ecg
