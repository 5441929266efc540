// SPDX-License-Identifier: Apache-2.0
#include "ecg/rhythm_statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

using enum BeatType;

/// An analysis whose beats are given: one a second but for the intervals, with P waves before all or none.
Analysis analysis_of(const std::vector<BeatType>& types, const std::vector<double>& times_s, bool has_p,
                     double rate_per_min = 60.0, const std::vector<std::size_t>& rejected_s = {},
                     const PatientFacts& patient = {}) {
  Analysis a;
  a.sequence.rate_hz = 1000.0;
  a.sequence.type = types;
  a.sequence.is_rejected.assign(static_cast<std::size_t>(times_s.back()) + 1, false);
  for (const std::size_t second : rejected_s) {
    a.sequence.is_rejected[second] = true;
  }
  for (const double t : times_s) {
    a.sequence.sample.push_back(std::llround(1000.0 * t));
    a.sequence.p_probability.push_back(has_p ? 1.0F : 0.0F);
    BeatWaves waves;
    waves.qrs = WaveBounds{a.sequence.sample.back() - 40, a.sequence.sample.back(), a.sequence.sample.back() + 40};
    if (has_p) {
      waves.p =
          WaveBounds{a.sequence.sample.back() - 160, a.sequence.sample.back() - 120, a.sequence.sample.back() - 60};
    }
    a.waves.global.push_back(waves);
  }
  a.beats.sample = a.sequence.sample;
  a.beats.is_rejected = a.sequence.is_rejected;
  a.measurements.rate_per_min = rate_per_min;
  a.measurements.qrs_ms = 80.0;
  const StatementThresholds& t = test::shipped_thresholds();
  a.fibrillation = fibrillation_by_beat(a.sequence, t.fibrillation);
  say_rhythm(t, patient, a);
  return a;
}

std::vector<double> every_second(std::size_t n) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) {
    out.push_back(0.5 + static_cast<double>(i));
  }
  return out;
}

const Statement& find(const Analysis& a, const std::string& code) {
  return *std::ranges::find(a.statements, code, &Statement::code);
}

TEST(SayRhythm, names_no_lead_of_a_flutter_where_none_was_measured) {
  Analysis a = analysis_of(std::vector<BeatType>(12, normal), every_second(12), false, 150.0);
  a.statements.clear();
  a.flutter.conduction = FlutterConduction::undecided;
  a.flutter.leads = {0, 1};
  a.flutter.beats = {0, 1, 2};
  say_rhythm(test::shipped_thresholds(), {}, a);
  ASSERT_TRUE(a.says("cannot_say_flutter"));
  EXPECT_TRUE(find(a, "cannot_say_flutter").leads.empty());
}

TEST(SayRhythm, counts_ventricular_beats_and_names_those_it_rests_on) {
  std::vector<BeatType> types(12, normal);
  types[3] = types[4] = types[8] = ventricular;
  const Analysis a = analysis_of(types, every_second(12), true);
  ASSERT_TRUE(a.says("ventricular_ectopy"));
  EXPECT_EQ(find(a, "ventricular_ectopy").beats, (std::vector<std::size_t>{3, 4, 8}));
  EXPECT_NE(find(a, "ventricular_ectopy").reason.find("3 of 12 beats, 1 couplet"), std::string::npos);
  EXPECT_TRUE(a.says("sinus_rhythm"));
  EXPECT_FALSE(a.says("ventricular_tachycardia"));
  EXPECT_FALSE(a.says("supraventricular_ectopy"));
}

TEST(SayRhythm, calls_a_fast_run_tachycardia_and_a_slow_one_a_run) {
  std::vector<BeatType> types(12, normal);
  std::fill(types.begin() + 4, types.begin() + 8, ventricular);
  std::vector<double> times = every_second(12);
  EXPECT_TRUE(analysis_of(types, times, true).says("ventricular_run"));
  for (std::size_t b = 5; b < 12; ++b) {
    times[b] = times[b - 1] + (b < 8 ? 0.4 : 1.0);
  }
  const Analysis fast = analysis_of(types, times, true);
  ASSERT_TRUE(fast.says("ventricular_tachycardia"));
  EXPECT_NE(find(fast, "ventricular_tachycardia").reason.find("150/min"), std::string::npos);
}

/// What is said and the episodes beside it follow one rule.
TEST(SayRhythm, tells_one_run_through_a_rejected_second_where_no_beat_can_be_missing) {
  std::vector<BeatType> types(24, normal);
  std::fill(types.begin() + 6, types.begin() + 18, ventricular);
  std::vector<double> times = every_second(24);
  for (std::size_t b = 6; b < 24; ++b) {
    times[b] = times[b - 1] + (b < 18 ? 0.4 : 1.0);
  }
  const Analysis a = analysis_of(types, times, true, 60.0, {7});
  ASSERT_TRUE(a.says("ventricular_tachycardia"));
  EXPECT_EQ(find(a, "ventricular_tachycardia").beats.size(), 12U);
  EXPECT_EQ(find(a, "ventricular_ectopy").beats.size(), 12U);
  EXPECT_NE(find(a, "ventricular_ectopy").reason.find("1 run of three or more"), std::string::npos);
  const auto episodes = find_episodes(a.sequence, a.fibrillation, test::shipped_thresholds().episodes());
  EXPECT_EQ(std::ranges::find(episodes, "ventricular_run", &Episode::code)->num_beats, 12U);
  types.assign(24, normal);
  types[10] = ventricular;
  const Analysis single = analysis_of(types, every_second(24), true, 60.0, {10});
  EXPECT_FALSE(single.says("ventricular_ectopy")) << "noise may have made the beat";
  types[5] = types[18] = ventricular;
  const Analysis some = analysis_of(types, every_second(24), true, 60.0, {10});
  ASSERT_TRUE(some.says("ventricular_ectopy"));
  EXPECT_NE(find(some, "ventricular_ectopy").reason.find("2 of 23 beats outside disturbed seconds, of 24 in all"),
            std::string::npos)
      << find(some, "ventricular_ectopy").reason;
}

TEST(SayRhythm, tells_a_fast_run_beside_a_longer_slow_one) {
  std::vector<BeatType> types(30, normal);
  std::fill(types.begin() + 2, types.begin() + 12, ventricular);
  std::fill(types.begin() + 15, types.begin() + 20, ventricular);
  std::vector<double> times = every_second(30);
  for (std::size_t b = 16; b < 30; ++b) {
    times[b] = times[b - 1] + (b < 20 ? 0.3 : 1.0);
  }
  const Analysis a = analysis_of(types, times, true);
  ASSERT_TRUE(a.says("ventricular_tachycardia"));
  ASSERT_TRUE(a.says("ventricular_run"));
  EXPECT_EQ(find(a, "ventricular_tachycardia").beats, (std::vector<std::size_t>{15, 16, 17, 18, 19}));
  EXPECT_NE(find(a, "ventricular_tachycardia").reason.find("200/min"), std::string::npos);
  EXPECT_EQ(find(a, "ventricular_run").beats.size(), 10U);
}

TEST(SayRhythm, calls_a_fast_rhythm_without_p_waves_a_tachycardia_of_unseen_origin) {
  std::vector<double> times = every_second(20);
  for (double& t : times) {
    t *= 0.4;
  }
  const Analysis fast = analysis_of(std::vector<BeatType>(20, normal), times, false, 150.0);
  EXPECT_TRUE(fast.says("tachycardia_without_p"));
  EXPECT_FALSE(fast.says("regular_without_p"));
  const Analysis usual = analysis_of(std::vector<BeatType>(20, normal), every_second(20), false);
  EXPECT_TRUE(usual.says("regular_without_p"));
}

TEST(SayRhythm, says_of_an_irregular_tachycardia_of_wide_complexes_that_the_atria_may_fibrillate) {
  for (const double spread_s : {0.0, 0.01, 0.08}) {
    Analysis a;
    a.sequence.rate_hz = 1000.0;
    WideRhythm wide{{}, 133.0, 140.0, 0.0, true};
    for (std::size_t b = 0; b < 20; ++b) {
      const double shift_s = spread_s * static_cast<double>(b * b % 7 % 3);
      a.sequence.sample.push_back(std::llround(1000.0 * (0.5 + 0.45 * static_cast<double>(b) + shift_s)));
      wide.beats.push_back(b);
    }
    a.sequence.type.assign(20, BeatType::unknown);
    a.sequence.is_rejected.assign(10, false);
    a.wide = wide;
    say_rhythm(test::shipped_thresholds(), {}, a);
    const std::string& text = find(a, "wide_complex_tachycardia").text;
    EXPECT_EQ(text.starts_with("Irregular"), spread_s > 0.05) << text;
    EXPECT_NE(text.find("may be ventricular"), std::string::npos) << text;
  }
}

TEST(SayRhythm, says_of_a_regular_rhythm_of_wide_complexes_that_it_may_be_ventricular) {
  Analysis a;
  a.sequence.rate_hz = 1000.0;
  for (const double t : every_second(20)) {
    a.sequence.sample.push_back(static_cast<std::int64_t>(1000.0 * t));
  }
  a.sequence.type.assign(20, normal);
  a.sequence.p_probability.assign(20, 0.0F);
  a.fibrillation.assign(20, Fibrillation::no);
  a.waves.global.assign(20, {});
  a.measurements.rate_per_min = 60.0;
  a.measurements.qrs_ms = 118.0;
  Analysis narrow = a;
  say_rhythm(test::shipped_thresholds(), {}, narrow);
  EXPECT_TRUE(narrow.says("regular_without_p"));
  a.measurements.qrs_ms = 158.0;
  say_rhythm(test::shipped_thresholds(), {}, a);
  EXPECT_TRUE(a.says("wide_regular_without_p"));
  EXPECT_FALSE(a.says("regular_without_p"));
}

TEST(SayRhythm, says_of_a_slow_rhythm_without_p_waves_that_the_atria_may_be_blocked) {
  std::vector<double> times = every_second(20);
  for (double& t : times) {
    t *= 1.4;
  }
  const Analysis slow = analysis_of(std::vector<BeatType>(20, normal), times, false, 43.0);
  ASSERT_TRUE(slow.says("slow_without_p"));
  EXPECT_FALSE(slow.says("regular_without_p"));
  EXPECT_NE(find(slow, "slow_without_p").text.find("complete AV block cannot be excluded"), std::string::npos);
}

TEST(SayRhythm, calls_regular_only_what_is) {
  Analysis a;
  a.sequence.rate_hz = 1000.0;
  double t = 0.5;
  for (std::size_t b = 0; b < 14; ++b) {
    t += b % 3 == 0 ? 0.5 : b % 3 == 1 ? 0.75 : 1.0;
    a.sequence.sample.push_back(std::llround(1000.0 * t));
    a.sequence.type.push_back(normal);
    a.sequence.p_probability.push_back(0.5F);  // too likely for fibrillation
    BeatWaves waves;
    waves.qrs = WaveBounds{a.sequence.sample.back() - 40, a.sequence.sample.back(), a.sequence.sample.back() + 40};
    a.waves.global.push_back(waves);
  }
  a.sequence.is_rejected.assign(14, false);
  a.measurements.rate_per_min = 80.0;
  a.measurements.qrs_ms = 80.0;
  const StatementThresholds& thresholds = test::shipped_thresholds();
  a.fibrillation = fibrillation_by_beat(a.sequence, thresholds.fibrillation);
  Analysis disturbed = a;
  disturbed.measurements.leads.resize(12);
  for (LeadMeasurements& lead : disturbed.measurements.leads) {
    lead.is_measured = false;
  }
  say_rhythm(thresholds, {}, disturbed);
  EXPECT_TRUE(disturbed.says("cannot_say_rhythm"));
  EXPECT_FALSE(disturbed.says("irregular_without_p"));
  say_rhythm(thresholds, {}, a);
  EXPECT_TRUE(a.says("irregular_without_p"));
  EXPECT_FALSE(a.says("regular_without_p") || a.says("atrial_fibrillation"));
}

TEST(SayRhythm, judges_the_sinus_node_by_its_own_intervals) {
  // bigeminy: two beats in each 1.7 s; the short and the long interval would be 107 and 52 per minute
  std::vector<BeatType> types;
  std::vector<double> times;
  for (std::size_t b = 0; b < 12; ++b) {
    types.push_back(b % 2 == 0 ? normal : ventricular);
    times.push_back(0.5 + 1.7 * static_cast<double>(b / 2) + (b % 2 == 0 ? 0.0 : 0.56));
  }
  const Analysis bigeminy = analysis_of(types, times, true, 70.6);
  EXPECT_TRUE(bigeminy.says("sinus_rhythm"));
  EXPECT_FALSE(bigeminy.says("sinus_tachycardia") || bigeminy.says("sinus_bradycardia"));
  // a slow sinus rhythm with a run of ventricular beats
  types.assign(14, normal);
  times = {0.5, 1.8, 3.1, 4.4, 4.8, 5.2, 5.6, 6.0, 6.4, 6.8, 8.1, 9.4, 10.7, 12.0};
  std::fill(types.begin() + 4, types.begin() + 9, ventricular);
  EXPECT_TRUE(analysis_of(types, times, true, 70.0).says("sinus_bradycardia"));
  // a pause is no slow rhythm
  times = every_second(10);
  for (std::size_t b = 6; b < 10; ++b) {
    times[b] += 4.0;
  }
  const Analysis paused = analysis_of(std::vector<BeatType>(10, normal), times, true, 41.0);
  EXPECT_TRUE(paused.says("long_pause") && paused.says("sinus_rhythm"));
  EXPECT_FALSE(paused.says("sinus_bradycardia"));
}

TEST(SayRhythm, does_not_call_sinus_beats_fast_whose_extrasystoles_make_the_rate) {
  std::vector<BeatType> types;
  std::vector<double> times;
  for (std::size_t b = 0; b < 14; ++b) {
    types.push_back(b % 2 == 0 ? normal : ventricular);
    times.push_back(0.5 + 1.0 * static_cast<double>(b / 2) + (b % 2 == 0 ? 0.0 : 0.32));
  }
  const Analysis bigeminy = analysis_of(types, times, true, 120.0);
  EXPECT_FALSE(bigeminy.says("sinus_tachycardia"));
  ASSERT_TRUE(bigeminy.says("sinus_rhythm"));
  const std::string& reason = find(bigeminy, "sinus_rhythm").reason;
  EXPECT_NE(reason.find("120/min counting all beats, 60/min from one sinus beat to the next"), std::string::npos)
      << reason;
}

/// Of a child everywhere by its own age's limits.
TEST(SayRhythm, judges_the_rate_of_a_child_by_its_age) {
  struct Case {
    double years;
    double per_min;
    const char* code;
  };
  for (const Case& c :
       {Case{0.02, 150.0, "sinus_rhythm"}, Case{0.6, 130.0, "sinus_rhythm"}, Case{0.6, 95.0, "sinus_bradycardia"},
        Case{4.0, 110.0, "sinus_rhythm"}, Case{4.0, 140.0, "sinus_tachycardia"}, Case{9.0, 105.0, "sinus_rhythm"},
        Case{9.0, 120.0, "sinus_tachycardia"}, Case{15.9, 50.0, "sinus_rhythm"}, Case{16.0, 105.0, "sinus_tachycardia"},
        Case{16.0, 50.0, "sinus_bradycardia"}}) {
    std::vector<double> times;
    for (std::size_t b = 0; b < 14; ++b) {
      times.push_back(0.5 + 60.0 / c.per_min * static_cast<double>(b));
    }
    PatientFacts patient;
    patient.age_years = c.years;
    const Analysis a = analysis_of(std::vector<BeatType>(14, normal), times, true, c.per_min, {}, patient);
    for (const char* const code : {"sinus_rhythm", "sinus_tachycardia", "sinus_bradycardia"}) {
      EXPECT_EQ(a.says(code), std::string_view(code) == c.code)
          << c.years << " years, " << c.per_min << "/min: " << code;
    }
  }
}

TEST(SayRhythm, calls_a_rhythm_without_p_waves_only_where_small_ones_are_excluded) {
  for (const auto& [hidden_mv, code] : {std::pair{0.004, "regular_without_p"},
                                        {0.013, "cannot_say_rhythm"},
                                        {std::numeric_limits<double>::infinity(), "cannot_say_rhythm"}}) {
    Analysis a = analysis_of(std::vector<BeatType>(20, normal), every_second(20), false);
    a.statements.clear();
    a.measurements.hidden_p_mV = hidden_mv;
    say_rhythm(test::shipped_thresholds(), {}, a);
    EXPECT_TRUE(a.says(code)) << hidden_mv;
    EXPECT_EQ(a.statements.size(), 1U) << hidden_mv;
  }
}

TEST(SayRhythm, hides_neither_a_slow_nor_a_fast_rate_behind_an_arrhythmia) {
  std::vector<double> times{0.5};
  for (std::size_t b = 1; b < 12; ++b) {
    times.push_back(times.back() + (b % 2 == 0 ? 1.2 : 1.4));
  }
  const std::vector<BeatType> types(12, normal);
  const Analysis slow = analysis_of(types, times, true, 46.0);
  ASSERT_TRUE(slow.says("sinus_bradycardia") && slow.says("sinus_arrhythmia"));
  EXPECT_NE(find(slow, "sinus_bradycardia").reason, find(slow, "sinus_arrhythmia").reason) << "each its own";
  for (double& t : times) {
    t *= 0.4;
  }
  const Analysis fast = analysis_of(types, times, true, 115.0);
  EXPECT_TRUE(fast.says("sinus_tachycardia") && fast.says("sinus_arrhythmia"));
  for (double& t : times) {
    t *= 115.0 / 80.0;
  }
  const Analysis usual = analysis_of(types, times, true, 80.0);
  EXPECT_TRUE(usual.says("sinus_arrhythmia"));
  EXPECT_FALSE(usual.says("sinus_rhythm") || usual.says("sinus_tachycardia") || usual.says("sinus_bradycardia"));
}

TEST(SayRhythm, says_a_pause_with_its_length) {
  std::vector<double> times = every_second(10);
  for (std::size_t b = 6; b < 10; ++b) {
    times[b] += 1.7;
  }
  const Analysis a = analysis_of(std::vector<BeatType>(10, normal), times, true);
  ASSERT_TRUE(a.says("pause"));
  EXPECT_NE(find(a, "pause").reason.find("2.70 s"), std::string::npos);
  EXPECT_EQ(find(a, "pause").beats, std::vector<std::size_t>{6});
}

TEST(SayRhythm, calls_intervals_that_are_always_long_a_slow_rhythm_and_no_pause) {
  std::vector<double> times = every_second(8);
  for (double& t : times) {
    t *= 3.0;
  }
  const Analysis a = analysis_of(std::vector<BeatType>(8, normal), times, true, 20.0);
  EXPECT_TRUE(a.says("sinus_bradycardia"));
  EXPECT_FALSE(a.says("pause"));
}

TEST(SayRhythm, calls_a_pause_of_three_seconds_long) {
  std::vector<double> times = every_second(10);
  for (std::size_t b = 6; b < 10; ++b) {
    times[b] += 3.0;
  }
  const Analysis a = analysis_of(std::vector<BeatType>(10, normal), times, true);
  EXPECT_TRUE(a.says("long_pause"));
  EXPECT_FALSE(a.says("pause"));
}

TEST(SayRhythm, does_not_say_what_the_atria_do_under_pacing) {
  const Analysis a = analysis_of(std::vector<BeatType>(10, paced), every_second(10), false);
  EXPECT_TRUE(a.says("ventricular_pacing"));
  EXPECT_TRUE(a.says("cannot_say_atria"));
  EXPECT_FALSE(a.says("regular_without_p"));
}

/// Even beats, this part of which has a P wave.
Analysis with_some_p(double interval_s, double part, bool has_tremor = false, std::size_t num_averaged = 10) {
  std::vector<double> times;
  for (std::size_t i = 0; i < 40; ++i) {
    times.push_back(0.5 + interval_s * static_cast<double>(i));
  }
  Analysis a = analysis_of(std::vector<BeatType>(times.size(), normal), times, true, 60.0 / interval_s);
  for (std::size_t b = 0; b < times.size(); ++b) {
    if (static_cast<double>(b) >= part * static_cast<double>(times.size())) {
      a.waves.global[b].p.reset();
    }
  }
  a.fibrillation.assign(times.size(), Fibrillation::no);
  a.statements.clear();
  a.measurements.qrs_ms = 90.0;
  a.measurements.p_ms = 130.0;
  a.measurements.pr_ms = 164.0;
  a.measurements.leads.push_back({"V1", true, 0.1, -0.005, {}, {}, 0.0, 0.0, 0.0, {}});
  a.measurements.leads.back().num_beats = num_averaged;
  if (has_tremor) {
    a.tremors = {LimbTremor{}};
  }
  say_rhythm(test::shipped_thresholds(), {}, a);
  return a;
}

TEST(SayRhythm, says_no_rhythm_without_p_waves_where_a_third_of_the_beats_has_them) {
  for (const double part : {0.35, 0.45}) {
    const Analysis a = with_some_p(0.9, part);
    EXPECT_FALSE(a.says("regular_without_p")) << part;
    ASSERT_TRUE(a.says("cannot_say_rhythm")) << part;
    EXPECT_NE(find(a, "cannot_say_rhythm").text.find("too few P waves are seen"), std::string::npos);
    const Analysis slow = with_some_p(1.4, part);
    ASSERT_TRUE(slow.says("slow_without_p")) << part;
    EXPECT_EQ(find(slow, "slow_without_p").text.find("without P waves"), std::string::npos);
  }
  EXPECT_TRUE(with_some_p(0.9, 0.1).says("regular_without_p"));
  EXPECT_TRUE(with_some_p(0.9, 0.9).says("sinus_rhythm"));
  const Analysis of_few = with_some_p(0.9, 0.1, false, 2);
  EXPECT_FALSE(of_few.says("regular_without_p")) << "the mean of two beats has a P wave";
  EXPECT_TRUE(of_few.says("cannot_say_rhythm"));
}

TEST(SayRhythm, leaves_nothing_of_p_waves_beside_a_rhythm_without_them) {
  for (const double interval_s : {0.9, 1.4, 0.5}) {
    const Analysis a = with_some_p(interval_s, 0.1);
    EXPECT_FALSE(a.measurements.p_ms || a.measurements.pr_ms) << interval_s;
    EXPECT_FALSE(a.measurements.leads[0].p_mV || a.measurements.leads[0].p_terminal_mVs) << interval_s;
  }
  EXPECT_TRUE(with_some_p(0.9, 0.9).measurements.pr_ms);
}

TEST(SayRhythm, says_no_even_rhythm_without_p_waves_beside_a_tremor) {
  for (const double interval_s : {0.9, 1.4}) {
    const Analysis a = with_some_p(interval_s, 0.1, true);
    EXPECT_FALSE(a.says("regular_without_p") || a.says("slow_without_p")) << interval_s;
    ASSERT_TRUE(a.says("cannot_say_rhythm")) << interval_s;
    EXPECT_NE(find(a, "cannot_say_rhythm").text.find("tremor"), std::string::npos);
  }
}

TEST(SayRhythm, words_the_limit_of_a_standstill_as_a_length) {
  std::vector<double> times = every_second(12);
  for (std::size_t b = 6; b < 12; ++b) {
    times[b] += 8.0;
  }
  const Analysis a = analysis_of(std::vector<BeatType>(12, normal), times, true);
  ASSERT_TRUE(a.says("standstill"));
  EXPECT_EQ(find(a, "standstill").reason, "no beat in good leads; a standstill lasts 6 s or longer");
}

}  // namespace
}  // namespace xingu::ecg
