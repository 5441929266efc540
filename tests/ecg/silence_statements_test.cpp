// SPDX-License-Identifier: Apache-2.0
// Hearts that stand still or flutter in their ventricles while the electrodes hold.
#include "ecg/silence_statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "dipole_heart.h"
#include "ecg/limb_electrodes.h"
#include "ecg/long_gaps.h"
#include "ecg/long_recording.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"
#include "noisy_phantom.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;

LeadSignals heart(double duration_s, double per_min = 75.0) {
  return test_signals::noisy_phantom(duration_s, per_min, 0.03F);
}

/// Puts something into all leads instead of what is there, mV of time and lead.
template <typename Wave>
void replace(LeadSignals& signals, double from_s, double until_s, Wave wave) {
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const Philox random(10, lead);
    const auto end = std::min(signals.num_samples(), static_cast<std::size_t>(until_s * rate_hz));
    for (auto i = static_cast<std::size_t>(from_s * rate_hz); i < end; ++i) {
      signals.mv[lead][i] = static_cast<float>(wave(static_cast<double>(i) / rate_hz, lead)) +
                            0.03F * static_cast<float>(random.uniform(i) - 0.5);
    }
  }
}

double nothing(double, std::size_t) { return 0.0; }

/// The coarse waves of ventricles that fibrillate: five frequencies that no lead shares.
double fibrillation(double t, std::size_t lead) {
  double sum = 0.0;
  for (int i = 0; i < 5; ++i) {
    const double hz = 3.2 + 0.83 * i + 0.11 * std::sin(0.7 * t + i);
    sum += 0.12 * std::sin(2 * std::numbers::pi * hz * t + static_cast<double>(lead) * (1.3 + i));
  }
  return sum;
}

Analysis analysed(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

const Statement* find(const Analysis& a, const std::string& code) {
  const auto found = std::ranges::find(a.statements, code, &Statement::code);
  return found == a.statements.end() ? nullptr : &*found;
}

TEST(SaySilences, a_heart_that_stops_in_the_middle_pauses_however_long) {
  for (const double length_s : {8.0, 20.0, 30.0, 45.0}) {
    LeadSignals signals = heart(90.0);
    replace(signals, 30.0, 30.0 + length_s, nothing);
    const Analysis a = analysed(signals);
    ASSERT_TRUE(a.says("long_pause")) << length_s;
    const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    const auto pause = std::ranges::find(episodes, "pause", &Episode::code);
    ASSERT_NE(pause, episodes.end());
    EXPECT_NEAR(pause->end_s - pause->begin_s, length_s, 1.7);
  }
}

/// Muscle noise on the first leads, mV rms, on top of what is there.
void tense(LeadSignals& signals, double from_s, double length_s, std::size_t num_leads, double mv) {
  for (std::size_t lead = 0; lead < num_leads; ++lead) {
    const Philox random(21, lead);
    for (auto i = static_cast<std::size_t>(from_s * rate_hz);
         i < static_cast<std::size_t>((from_s + length_s) * rate_hz); ++i) {
      signals.mv[lead][i] += static_cast<float>(mv * std::sqrt(12.0) * (random.uniform(i) - 0.5));
    }
  }
}

LeadSignals with_first_leads(LeadSignals signals, std::size_t num) {
  signals.mv.resize(num);
  signals.names.resize(num);
  return signals;
}

TEST(SaySilences, a_pause_with_a_second_of_noise_is_a_pause) {
  int num = 0;
  int num_told = 0;
  for (const double pause_s : {4.0, 8.0}) {
    LeadSignals quiet = heart(40.0);
    replace(quiet, 15.0, 15.0 + pause_s, nothing);
    for (const double noise_s : {0.3, 1.0}) {
      for (const double part : {0.1, 0.5, 0.8}) {
        for (const auto& [num_leads, num_tense] :
             std::vector<std::pair<std::size_t, std::size_t>>{{2, 1}, {2, 2}, {12, 12}}) {
          LeadSignals signals = with_first_leads(quiet, num_leads);
          tense(signals, 15.0 + part * (pause_s - noise_s), noise_s, num_tense, 0.4);
          const Analysis a = analysed(signals);
          ++num;
          num_told += a.says("long_pause") ? 1 : 0;
          EXPECT_FALSE(a.says("beats_untold_for") || a.says("possible_ventricular_fibrillation"))
              << pause_s << " s, " << noise_s << " s of noise at " << part << " on " << num_tense << " of "
              << num_leads;
        }
      }
    }
  }
  EXPECT_GE(num_told, num - 2) << "noise on one of two leads may be taken for a beat";
}

TEST(SaySilences, a_disturbed_pause_says_so) {
  LeadSignals signals = heart(90.0);
  replace(signals, 30.0, 36.0, nothing);
  const auto reason_of = [](const Analysis& a) { return find(a, "long_pause") ? find(a, "long_pause")->reason : ""; };
  EXPECT_EQ(reason_of(analysed(signals)).find("hidden"), std::string::npos);
  tense(signals, 33.0, 0.8, signals.num_leads(), 0.4);
  EXPECT_NE(reason_of(analysed(signals)).find("hidden"), std::string::npos) << reason_of(analysed(signals));
}

TEST(SaySilences, fibrillation_of_four_seconds_is_no_disturbed_pause) {
  for (const double length_s : {4.0, 6.0, 10.0}) {
    for (const double quiet_s : {0.0, 1.5}) {
      LeadSignals signals = heart(60.0);
      replace(signals, 30.0, 30.0 + length_s + 2 * quiet_s, nothing);
      replace(signals, 30.0 + quiet_s, 30.0 + quiet_s + length_s, fibrillation);
      for (const std::size_t num_leads : {2U, 12U}) {
        const Analysis a = analysed(with_first_leads(signals, num_leads));
        EXPECT_TRUE(a.says("beats_untold_for") || a.says("possible_ventricular_fibrillation"))
            << length_s << " s, " << quiet_s << " s of silence about it, " << num_leads << " leads";
      }
    }
  }
}

TEST(SaySilences, noise_that_hides_a_beat_makes_no_pause) {
  for (const double at_s : {30.0, 30.3, 30.6}) {
    for (const double length_s : {0.6, 1.0}) {
      LeadSignals signals = heart(45.0, 60.0);
      tense(signals, at_s, length_s, signals.num_leads(), 0.6);
      const Analysis a = analysed(signals);
      EXPECT_FALSE(a.says("pause") || a.says("long_pause")) << at_s << " s, " << length_s << " s";
    }
  }
}

TEST(SaySilences, what_is_told_of_a_stretch_says_when_it_begins) {
  LeadSignals stopped = heart(60.0);
  replace(stopped, 20.0, 22.5, nothing);
  replace(stopped, 40.0, 46.0, nothing);
  const Analysis paused = analysed(stopped);
  const Statement* const pause = find(paused, "long_pause");
  ASSERT_NE(pause, nullptr);
  ASSERT_TRUE(pause->from_s.has_value());
  EXPECT_NEAR(*pause->from_s, 39.6, 0.5) << "of the longest, its last beat before";
  LeadSignals late = heart(60.0);
  replace(late, 50.0, 60.0, nothing);
  const Analysis ended = analysed(late);
  const Statement* const silence = find(ended, "no_beats_for");
  ASSERT_NE(silence, nullptr);
  ASSERT_TRUE(silence->from_s.has_value());
  EXPECT_NEAR(*silence->from_s, 49.6, 0.5);
  LeadSignals untold = heart(60.0);
  replace(untold, 30.0, 38.0, fibrillation);
  const Analysis fibrillated = analysed(untold);
  const auto first = fibrillated.statements.begin();
  ASSERT_TRUE(first->code == "beats_untold_for" || first->code == "possible_ventricular_fibrillation") << first->code;
  ASSERT_TRUE(first->from_s.has_value());
  EXPECT_NEAR(*first->from_s, 30.0, 1.0);
}

TEST(SaySilences, a_heart_that_stops_at_the_end_or_begins_late_is_told) {
  for (const double length_s : {5.0, 30.0}) {
    LeadSignals signals = heart(60.0);
    replace(signals, 60.0 - length_s, 60.0, nothing);
    Analysis a = analysed(signals);
    ASSERT_TRUE(a.says("no_beats_for")) << length_s;
    EXPECT_FALSE(a.says("beats_untold_for"));
    auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    ASSERT_FALSE(episodes.empty());
    EXPECT_EQ(episodes.back().code, "no_beats");
    signals = heart(60.0);
    replace(signals, 0.0, length_s, nothing);
    a = analysed(signals);
    ASSERT_TRUE(a.says("no_beats_for")) << length_s;
    episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    EXPECT_EQ(episodes.front().code, "no_beats");
  }
  const Analysis healthy = analysed(heart(60.0));
  EXPECT_FALSE(healthy.says("no_beats_for"));
  EXPECT_FALSE(healthy.says("long_pause"));
}

TEST(SaySilences, a_recording_without_a_beat_is_not_called_disturbed) {
  LeadSignals signals = heart(20.0);
  replace(signals, 0.0, 20.0, nothing);
  const Analysis a = analysed(signals);
  ASSERT_EQ(a.statements.size(), 1U);
  EXPECT_EQ(a.statements.front().code, "no_beats_in_good_leads");
  EXPECT_EQ(a.statements.front().leads.size(), 12U);
  EXPECT_FALSE(a.measurements.rate_per_min);
}

TEST(SaySilences, leads_without_contact_are_no_heart_that_stands_still) {
  LeadSignals flat = heart(20.0);
  for (auto& lead : flat.mv) {
    std::fill(lead.begin(), lead.end(), 0.0F);
  }
  EXPECT_FALSE(analysed(flat).says("no_beats_in_good_leads"));
  LeadSignals off = heart(60.0);
  for (auto& lead : off.mv) {
    std::fill(lead.begin() + static_cast<std::ptrdiff_t>(30.0 * rate_hz), lead.end(),
              std::numeric_limits<float>::quiet_NaN());
  }
  const Analysis a = analysed(off);
  EXPECT_FALSE(a.says("no_beats_for"));
  EXPECT_FALSE(a.says("long_pause"));
}

TEST(SaySilences, ventricles_that_fibrillate_for_a_part_are_told_beside_the_rhythm_of_the_rest) {
  for (const double from_s : {0.0, 20.0, 38.0}) {
    LeadSignals signals = heart(60.0);
    replace(signals, from_s, from_s + 22.0, fibrillation);
    const Analysis a = analysed(signals);
    const Statement* const untold = find(a, "beats_untold_for");
    const bool is_told = untold != nullptr || a.says("ventricular_tachycardia") || a.says("wide_complex_tachycardia");
    EXPECT_TRUE(is_told) << from_s;
    EXPECT_FALSE(a.says("no_beats_for"));
  }
}

/// Electrodes that move, each by itself, on top of what is there: 1 to 10 Hz, the slower the larger, mV rms of each.
void move_electrodes(LeadSignals& signals, double from_s, std::uint64_t seed, double rms_mv) {
  constexpr int num_waves = 30;
  const auto potential = [&](std::uint64_t electrode, double t) {
    const Philox random(seed, electrode);
    double sum = 0.0;
    double energy = 0.0;
    for (int w = 0; w < num_waves; ++w) {
      const double hz = 1.2 + 0.3 * w;
      sum += std::sin(2 * std::numbers::pi * (hz * t + random.uniform(static_cast<std::uint64_t>(w)))) / hz;
      energy += 0.5 / (hz * hz);
    }
    return rms_mv * sum / std::sqrt(energy);
  };
  for (auto i = static_cast<std::size_t>(from_s * rate_hz); i < signals.num_samples(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const std::array<double, 3> limbs{potential(0, t), potential(1, t), potential(2, t)};
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      const std::string& name = signals.names[lead];
      double moved = name.starts_with('V') ? potential(3 + lead, t) : 0.0;
      for (std::size_t e = 0; e < limbs.size(); ++e) {
        moved += limbs[e] * lead_of_electrode(name, limb_electrodes[e]).value_or(0.0);
      }
      signals.mv[lead][i] += static_cast<float>(moved);
    }
  }
}

TEST(SaySilences, electrodes_that_move_each_by_itself_are_no_fibrillation_of_the_ventricles) {
  int num_moving = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    LeadSignals signals = heart(10.0);
    move_electrodes(signals, 7.5, seed, 0.5);
    const Analysis a = analysed(signals);
    EXPECT_FALSE(a.says("beats_untold_for")) << seed;
    EXPECT_FALSE(a.says("possible_ventricular_fibrillation")) << seed;
    const Statement* const moving = find(a, "cannot_say_moving_electrodes");
    num_moving += moving != nullptr ? 1 : 0;
    EXPECT_TRUE(moving == nullptr || moving->from_s >= 7.0) << seed;
  }
  EXPECT_GE(num_moving, 3);
}

TEST(SettleLongGaps, a_gap_in_which_something_as_steep_as_a_complex_stands_is_no_pause) {
  LeadSignals signals = heart(60.0);
  replace(signals, 30.0, 33.0, nothing);
  const SignalQuality quality = assess_quality(signals);
  QrsDetection beats = detect_qrs(signals);
  settle_long_gaps(signals, quality, test::shipped_thresholds().smallest_range_mv, beats);
  EXPECT_TRUE(is_heard(beats.is_rejected, 29.5, 33.5));
  for (auto& lead : signals.mv) {  // a complex of half the height, which a detector may miss
    for (int i = 0; i < 40; ++i) {
      lead[static_cast<std::size_t>(31.5 * rate_hz) + static_cast<std::size_t>(i)] +=
          0.5F * static_cast<float>(std::sin(std::numbers::pi * i / 20.0) * std::exp(-0.01 * (i - 20) * (i - 20)));
    }
  }
  settle_long_gaps(signals, assess_quality(signals), test::shipped_thresholds().smallest_range_mv, beats);
  const auto found = std::ranges::lower_bound(beats.sample, std::llround(31.0 * rate_hz));
  ASSERT_NE(found, beats.sample.end());
  EXPECT_NEAR(static_cast<double>(*found) / rate_hz, 31.54, 0.04) << "it stands alone: a beat";
}

TEST(SettleLongGaps, a_gap_in_which_something_steep_lasts_longer_than_a_complex_is_no_pause) {
  LeadSignals signals = heart(60.0);
  replace(signals, 30.0, 33.0, nothing);
  replace(signals, 31.2, 31.8, [](double t, std::size_t) { return 0.5 * std::sin(2 * std::numbers::pi * 9.0 * t); });
  const SignalQuality quality = assess_quality(signals);
  QrsDetection beats;
  beats.is_rejected.assign(60, false);
  const QrsDetection real = detect_qrs(heart(60.0));
  for (const std::int64_t sample : real.sample) {
    const double at = static_cast<double>(sample) / rate_hz;
    if (at < 29.9 || at > 33.1) {
      beats.sample.push_back(sample);
      beats.confidence.push_back(1.0F);
    }
  }
  const std::size_t before = beats.sample.size();
  settle_long_gaps(signals, quality, test::shipped_thresholds().smallest_range_mv, beats);
  EXPECT_EQ(beats.sample.size(), before);
  EXPECT_FALSE(is_heard(beats.is_rejected, 30.5, 32.5));
}

/// A complex of a usual shape at each of the times, in twelve leads with an amplifier's noise.
LeadSignals beats_at(const std::vector<double>& times_s, double duration_s) {
  LeadSignals signals = test_signals::synthetic_ecg(times_s, duration_s, rate_hz, 6).signals;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const Philox random(11, lead);
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      signals.mv[lead][i] += 0.03F * static_cast<float>(random.uniform(i) - 0.5);
    }
  }
  return signals;
}

TEST(SaySilences, slow_beats_in_good_leads_are_found_and_urgent) {
  for (const double interval_s : {3.0, 4.0, 5.0, 6.0, 8.0}) {
    const std::vector<double> times = test_signals::regular_beats(1.0, interval_s, 60.0);
    const Analysis a = analysed(beats_at(times, 60.0));
    EXPECT_EQ(a.beats.sample.size(), times.size()) << interval_s;
    EXPECT_TRUE(a.says("too_slow") && a.says("long_pause")) << interval_s;
    EXPECT_EQ(a.says("standstill"), interval_s >= 6.0) << interval_s;
    EXPECT_FALSE(a.says("cannot_say")) << interval_s;
    ASSERT_TRUE(a.measurements.rate_per_min) << interval_s;
    EXPECT_NEAR(*a.measurements.rate_per_min, 60.0 / interval_s, 0.1);
  }
}

TEST(SaySilences, a_last_beat_after_a_long_pause_is_found) {
  for (const double pause_s : {4.0, 6.5, 8.0}) {
    const Analysis a = analysed(beats_at({0.5, 1.3, 2.1, 2.9, 3.7, 3.7 + pause_s}, 5.0 + pause_s));
    EXPECT_EQ(a.beats.sample.size(), 6U) << pause_s;
    EXPECT_TRUE(a.says("long_pause")) << pause_s;
    EXPECT_EQ(a.says("standstill"), pause_s >= 6.0) << pause_s;
    EXPECT_FALSE(a.says("cannot_say") || a.says("too_slow")) << pause_s;
  }
}

TEST(SaySilences, few_beats_in_ten_good_seconds_are_no_matter_of_the_recording) {
  const Analysis slow = analysed(beats_at({0.6, 3.9, 7.0, 9.6}, 10.0));
  EXPECT_TRUE(slow.says("cannot_say_rare_beats") && slow.says("too_slow") && slow.says("long_pause"));
  EXPECT_FALSE(slow.says("cannot_say_few_beats"));
  ASSERT_TRUE(slow.measurements.rate_per_min);
  EXPECT_NEAR(*slow.measurements.rate_per_min, 60.0 / 3.1, 0.5);
  const auto episodes = find_episodes(slow.sequence, slow.fibrillation, test::shipped_thresholds().episodes());
  EXPECT_EQ(std::ranges::count(episodes, "pause", &Episode::code), 3);
  const Analysis brief = analysed(beats_at({0.6, 1.4, 2.2}, 3.0));
  EXPECT_TRUE(brief.says("cannot_say_few_beats"));
  EXPECT_FALSE(brief.says("cannot_say_rare_beats") || brief.says("too_slow"));
}

TEST(SaySilences, ventricles_that_fibrillate_for_a_few_seconds_of_a_short_recording_are_told) {
  struct Case {
    double duration_s, from_s, until_s;
  };
  for (const Case& c : {Case{10.0, 7.0, 10.0},
                        {10.0, 8.0, 10.0},
                        {10.0, 0.0, 3.5},
                        {10.0, 4.0, 7.5},
                        {60.0, 55.5, 60.0},
                        {300.0, 297.0, 300.0}}) {
    LeadSignals signals = heart(c.duration_s);
    replace(signals, c.from_s, c.until_s, fibrillation);
    const Analysis a = analysed(signals);
    ASSERT_TRUE(a.says("beats_untold_for")) << c.duration_s << ' ' << c.from_s;
    const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    const auto untold = std::ranges::find(episodes, "beats_untold", &Episode::code);
    ASSERT_NE(untold, episodes.end());
    EXPECT_NEAR(untold->begin_s, c.from_s, 1.5);
    EXPECT_NEAR(untold->end_s, c.until_s, 1.5);
  }
  for (const double duration_s : {10.0, 60.0, 300.0}) {
    EXPECT_FALSE(analysed(heart(duration_s)).says("beats_untold_for"));
  }
}

TEST(SaySilences, a_last_second_with_an_ordinary_beat_in_it_is_no_end_without_order) {
  BeatSequence beats;
  beats.rate_hz = 100.0;
  beats.is_rejected.assign(10, false);
  beats.is_untold.assign(10, false);
  beats.is_untold[9] = beats.is_rejected[9] = true;
  beats.sample = {850, 913, 974};
  beats.type = {BeatType::normal, BeatType::ventricular, BeatType::ventricular};
  BeatSequence of_rhythm = beats;
  drop_last_second_with_beat(beats);
  EXPECT_TRUE(beats.is_untold[9]);
  of_rhythm.type[2] = BeatType::normal;
  drop_last_second_with_beat(of_rhythm);
  EXPECT_FALSE(of_rhythm.is_untold[9]);
  of_rhythm.is_untold[8] = of_rhythm.is_untold[9] = true;
  drop_last_second_with_beat(of_rhythm);
  EXPECT_TRUE(of_rhythm.is_untold[9]);
}

TEST(SaySilences, what_lies_between_untold_seconds_belongs_to_them_unless_a_rhythm_does) {
  BeatSequence beats;
  beats.rate_hz = 100.0;
  beats.is_rejected.assign(30, false);
  beats.is_untold.assign(30, false);
  for (const std::size_t s : {5, 6, 10, 11, 14, 20}) {
    beats.is_untold[s] = beats.is_rejected[s] = true;
  }
  beats.sample = {850, 1250};
  beats.type = {BeatType::ventricular, BeatType::normal};
  bridge_untold_seconds(beats);
  const std::vector<std::pair<std::size_t, std::size_t>> expected{{5, 12}, {14, 15}, {20, 21}};
  EXPECT_EQ(stretches_of(beats.is_untold), expected);
}

TEST(SaySilences, ventricles_that_fibrillate_are_urgent_at_every_amplitude) {
  for (const double scale : {0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0}) {
    LeadSignals signals = heart(20.0);
    replace(signals, 0.0, 20.0, [&](double t, std::size_t lead) { return scale * fibrillation(t, lead); });
    const Analysis a = analysed(signals);
    EXPECT_TRUE(a.says("cannot_say_beats") || a.says("no_beats_in_good_leads") || a.says("beats_untold_for")) << scale;
    EXPECT_FALSE(a.says("cannot_say")) << scale;
  }
}

TEST(SaySilences, missing_samples_are_no_beats_that_cannot_be_told_apart) {
  LeadSignals signals = heart(10.0);
  for (auto& lead : signals.mv) {
    std::fill(lead.begin() + std::lround(3.0 * rate_hz), lead.begin() + std::lround(6.0 * rate_hz),
              std::numeric_limits<float>::quiet_NaN());
  }
  const Analysis a = analysed(signals);
  EXPECT_FALSE(a.says("cannot_say_beats") || a.says("beats_untold_for"));
}

TEST(AnalyseLong, electrodes_that_move_for_half_a_minute_are_no_fibrillation_of_the_ventricles) {
  std::ptrdiff_t num_moving = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    LeadSignals signals = heart(90.0);
    move_electrodes(signals, 60.0, seed, 0.4);
    RecordSource source(test_signals::to_record(signals));
    const LongAnalysis a = analyse_long(source, test::shipped_thresholds());
    const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
    EXPECT_EQ(std::ranges::count(episodes, "beats_untold", &Episode::code), 0) << seed;
    for (const Episode& e : episodes) {
      for (std::size_t b = 0; e.code == "moving_electrodes" && b < a.sequence.size(); ++b) {
        EXPECT_TRUE(a.sequence.time_s(b) < e.begin_s || a.sequence.time_s(b) >= e.end_s || !a.sequence.is_told(b));
      }
    }
    EXPECT_EQ(std::ranges::count(episodes, "moving_electrodes", &Episode::code) > 0,
              std::ranges::count(a.sequence.is_moving, true) > 0);
    num_moving += std::ranges::count(a.sequence.is_moving, true);
  }
  EXPECT_GE(num_moving, 5);
}

TEST(AnalyseLong, tells_ventricles_that_fibrillate_from_a_disturbed_signal) {
  PhantomSettings settings;
  settings.duration_s = 120.0;
  EcgRecord record = to_ecg_record(make_phantom(settings).recording);
  for (std::size_t lead = 0; lead < record.samples.size(); ++lead) {
    for (std::size_t i = std::lround(60.0 * rate_hz); i < static_cast<std::size_t>(90.0 * rate_hz); ++i) {
      record.samples[lead][i] =
          static_cast<std::int32_t>(1000.0 * fibrillation(static_cast<double>(i) / rate_hz, lead));
    }
  }
  RecordSource source(record);
  const LongAnalysis a = analyse_long(source, test::shipped_thresholds());
  const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
  const auto untold = std::ranges::find(episodes, "beats_untold", &Episode::code);
  ASSERT_NE(untold, episodes.end());
  EXPECT_NEAR(untold->begin_s, 60.0, 4.0);
  EXPECT_NEAR(untold->end_s, 90.0, 4.0);
  for (std::size_t b = 0; b < a.sequence.size(); ++b) {
    const double at = a.sequence.time_s(b);
    EXPECT_TRUE(a.sequence.is_told(b) || (at > untold->begin_s - 0.1 && at < untold->end_s + 0.1)) << at;
  }
}

TEST(FindEpisodes, silence_lasts_to_the_very_end_where_that_is_known) {
  BeatSequence s;
  s.rate_hz = 100.0;
  s.sample = {50, 150, 250, 350};
  s.type.assign(4, BeatType::normal);
  s.p_probability.assign(4, 1.0F);
  s.is_rejected.assign(8, false);
  s.end_s = 7.3;
  const std::vector<Fibrillation> states(4, Fibrillation::no);
  const auto episodes = find_episodes(s, states, test::shipped_thresholds().episodes());
  ASSERT_EQ(episodes.size(), 1U);
  EXPECT_EQ(episodes.front().code, "no_beats");
  EXPECT_DOUBLE_EQ(episodes.front().begin_s, 3.5);
  EXPECT_DOUBLE_EQ(episodes.front().end_s, 7.3);
}

TEST(FindEpisodes, runs_do_not_go_on_across_rejected_seconds) {
  BeatSequence s;
  s.rate_hz = 100.0;
  s.is_rejected.assign(30, false);
  for (int b = 0; b < 30; ++b) {
    s.sample.push_back(50 + 100 * b);
    s.type.push_back(b >= 10 && b < 14 ? BeatType::ventricular : BeatType::normal);
    s.p_probability.push_back(1.0F);
  }
  const std::vector<Fibrillation> states(30, Fibrillation::no);
  ASSERT_EQ(find_episodes(s, states, test::shipped_thresholds().episodes()).size(), 1U);
  s.is_rejected[12] = true;
  EXPECT_TRUE(find_episodes(s, states, test::shipped_thresholds().episodes()).empty());
}

TEST(SaySilences, chest_electrodes_that_are_off_hide_neither_fibrillation_nor_a_standstill) {
  const auto without_chest = [](LeadSignals signals, float value) {
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      if (signals.names[lead].starts_with('V')) {
        std::ranges::fill(signals.mv[lead], value);
      }
    }
    return signals;
  };
  for (const float value : {0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    LeadSignals fibrillates = heart(10.0);
    replace(fibrillates, 6.0, 10.0, fibrillation);
    const Analysis a = analysed(without_chest(fibrillates, value));
    EXPECT_TRUE(a.says("possible_ventricular_fibrillation") || a.says("beats_untold_for")) << value;
    EXPECT_FALSE(a.says("ventricular_ectopy")) << value;
    LeadSignals stops = heart(30.0);
    replace(stops, 10.0, 20.0, nothing);
    EXPECT_TRUE(analysed(without_chest(stops, value)).says("standstill")) << value;
  }
}

}  // namespace
}  // namespace xingu::ecg
