// SPDX-License-Identifier: Apache-2.0
#include "ecg/statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "ecg/calibration_signal.h"
#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"
#include "ecg/urgency.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

Analysis analysed(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

bool says(const Analysis& analysis, const std::string& code) {
  return std::ranges::any_of(analysis.statements, [&](const Statement& s) { return s.code == code; });
}

LeadSignals at_rate(double rate_per_min) {
  CalibrationWaves waves;
  waves.rate_per_min = rate_per_min;
  return calibration_signal(waves, 12.0, 500.0);
}

TEST(Analyse, names_sinus_rhythm_and_its_rates_and_measures_them) {
  const Analysis normal = analysed(at_rate(70));
  EXPECT_TRUE(says(normal, "sinus_rhythm"));
  EXPECT_NEAR(normal.measurements.rate_per_min.value_or(0), 70, 0.5);
  EXPECT_TRUE(says(analysed(at_rate(45)), "sinus_bradycardia"));
  EXPECT_FALSE(says(normal, "cannot_say"));
}

TEST(Analyse, tells_fibrillation_by_irregular_beats_without_p) {
  std::vector<double> beats;
  double at = 0.6;
  for (const double step : {0.7, 0.95, 0.6, 1.1, 0.75, 0.5, 0.9, 0.65, 1.05, 0.55, 0.8, 1.0, 0.6}) {
    beats.push_back(at);
    at += step;
  }
  EXPECT_TRUE(says(analysed(test_signals::synthetic_ecg(beats, 11, 500, 3, 0.0).signals), "atrial_fibrillation"));
  EXPECT_FALSE(says(analysed(test_signals::synthetic_ecg(beats, 11, 500, 3, 0.15).signals), "atrial_fibrillation"));
}

TEST(Analyse, cannot_say_anything_without_a_signal_and_gives_no_number) {
  for (const float value : {0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    const Analysis nothing =
        analysed({500.0, {"I", "II"}, {std::vector<float>(5000, value), std::vector<float>(5000, value)}});
    ASSERT_EQ(nothing.statements.size(), 1U);
    EXPECT_EQ(nothing.statements.front().code, "cannot_say");
    EXPECT_FALSE(nothing.measurements.rate_per_min.has_value());
  }
}

TEST(Analyse, says_what_is_urgent_first) {
  PhantomSettings settings;
  settings.duration_s = 30.0;
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
  for (std::vector<float>& lead : signals.mv) {
    for (std::size_t i = 7000; i < 11000; ++i) {
      lead[i] = i % 2 == 0 ? 0.01F : -0.01F;
    }
  }
  const Analysis a = analysed(signals);
  ASSERT_TRUE(a.says("standstill") && a.says("sinus_rhythm"));
  EXPECT_EQ(a.statements.front().code, "standstill");
  std::optional<std::size_t> last = 0;
  for (const Statement& statement : a.statements) {
    const std::optional<std::size_t> place = urgency(statement.code);
    EXPECT_FALSE(place && !last) << statement.code << " behind what is not urgent";
    EXPECT_FALSE(place && last && *place < *last) << statement.code;
    last = place;
  }
}

TEST(Analyse, refuses_a_rate_that_shows_no_waves) {
  EXPECT_THROW(static_cast<void>(analysed(calibration_signal({}, 12.0, 50.0))), InputError);
  EXPECT_NO_THROW(static_cast<void>(analysed(calibration_signal({}, 12.0, 100.0))));
}

TEST(Analyse, says_something_of_a_slow_heart_without_noise) {
  for (const double per_min : {22.0, 25.0, 30.0}) {
    for (const bool is_short : {false, true}) {
      PhantomSettings settings;
      settings.heart_rate_per_min = per_min;
      settings.duration_s = is_short ? 20.0 : 30.0;
      settings.qrs_ms = is_short ? 60.0 : 96.0;
      settings.qt_ms = is_short ? 300.0 : 390.0;
      const Analysis a = analysed(lead_signals(to_ecg_record(make_phantom(settings).recording)));
      EXPECT_TRUE(a.says("sinus_bradycardia")) << per_min << (is_short ? " short" : "");
      ASSERT_TRUE(a.measurements.rate_per_min) << per_min;
      EXPECT_NEAR(*a.measurements.rate_per_min, per_min, 1.5);
    }
  }
}

TEST(Analyse, does_not_call_atria_above_100_per_minute_conducted_that_may_be_blocked) {
  for (const auto rhythm : {PhantomRhythm::av_block_2_to_1, PhantomRhythm::av_block_3, PhantomRhythm::av_block_2_type_1,
                            PhantomRhythm::av_block_2_type_2}) {
    for (const double per_min : {105.0, 120.0}) {
      PhantomSettings settings;
      settings.rhythm = rhythm;
      settings.heart_rate_per_min = per_min;
      settings.duration_s = 30.0;
      const Analysis a = analysed(lead_signals(to_ecg_record(make_phantom(settings).recording)));
      EXPECT_TRUE(a.says("cannot_say_conduction")) << static_cast<int>(rhythm) << ' ' << per_min;
      for (const char* const code : {"sinus_rhythm", "sinus_tachycardia", "sinus_bradycardia", "sinus_arrhythmia",
                                     "atrial_fibrillation", "regular_without_p"}) {
        EXPECT_FALSE(a.says(code)) << code << ' ' << static_cast<int>(rhythm) << ' ' << per_min;
      }
    }
  }
}

TEST(Analyse, finds_a_first_degree_block_in_a_long_pr) {
  CalibrationWaves waves;
  waves.pq_ms = 240;
  EXPECT_TRUE(says(analysed(calibration_signal(waves, 10.0, 500.0)), "av_block_1"));
  EXPECT_FALSE(says(analysed(at_rate(70)), "av_block_1"));
}

TEST(Analyse, says_that_beats_are_too_few_where_the_signal_is_good) {
  CalibrationWaves waves;
  const Analysis two_seconds = analysed(calibration_signal(waves, 2.0, 500.0));
  ASSERT_EQ(two_seconds.statements.size(), 1U);
  EXPECT_EQ(two_seconds.statements.front().code, "cannot_say_few_beats");
  EXPECT_FALSE(two_seconds.measurements.rate_per_min.has_value());
}

TEST(Analyse, gives_no_rate_of_a_few_beats_between_which_one_may_be_missing) {
  LeadSignals signals = calibration_signal({}, 4.0, 500.0);
  const Analysis whole = analysed(signals);
  ASSERT_EQ(whole.beats.sample.size(), 4U);
  EXPECT_TRUE(whole.measurements.rate_per_min.has_value());
  const auto second = static_cast<std::size_t>(whole.beats.sample[1]);
  for (std::vector<float>& lead : signals.mv) {  // without its second beat
    std::fill(lead.begin() + static_cast<std::ptrdiff_t>(second) - 150,
              lead.begin() + static_cast<std::ptrdiff_t>(second) + 250, 0.0F);
  }
  const Analysis missed = analysed(signals);
  ASSERT_EQ(missed.beats.sample.size(), 3U);
  EXPECT_FALSE(missed.measurements.rate_per_min.has_value()) << *missed.measurements.rate_per_min;
}

/// More than two minutes of a phantom's heart on four leads.
LeadSignals long_phantom(PhantomRhythm rhythm, double duration_s) {
  PhantomSettings settings;
  settings.rhythm = rhythm;
  settings.duration_s = duration_s;
  settings.rate_Hz = 250;
  const LeadSignals all = lead_signals(to_ecg_record(make_phantom(settings).recording));
  LeadSignals few{all.rate_hz, {}, {}};
  for (const std::size_t lead : {0U, 1U, 6U, 10U}) {
    few.names.push_back(all.names[lead]);
    few.mv.push_back(all.mv[lead]);
  }
  return few;
}

class LongRhythm : public testing::TestWithParam<std::pair<PhantomRhythm, const char*>> {};

TEST_P(LongRhythm, is_said_of_three_minutes_as_of_half_a_minute) {
  const auto& [rhythm, code] = GetParam();
  const Analysis a = analysed(long_phantom(rhythm, 190.0));
  EXPECT_TRUE(says(a, code));
  for (const char* const wrong : {"sinus_arrhythmia", "sinus_bradycardia", "atrial_fibrillation", "av_block_1",
                                  "regular_without_p", "paroxysmal_fibrillation"}) {
    EXPECT_FALSE(says(a, wrong)) << code << " " << wrong;
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, LongRhythm,
                         testing::Values(std::pair{PhantomRhythm::atrial_flutter, "atrial_flutter"},
                                         std::pair{PhantomRhythm::av_block_2_type_1, "av_block_2_type_1"},
                                         std::pair{PhantomRhythm::av_block_2_type_2, "av_block_2_type_2"},
                                         std::pair{PhantomRhythm::av_block_2_to_1, "av_block_2_to_1"},
                                         std::pair{PhantomRhythm::av_block_3, "av_block_3"}),
                         [](const auto& about) { return std::string(about.param.second); });

TEST(Analyse, tells_a_block_that_some_minutes_have_and_which) {
  LeadSignals signals = long_phantom(PhantomRhythm::sinus, 240.0);
  const LeadSignals block = long_phantom(PhantomRhythm::av_block_3, 60.0);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    signals.mv[lead].insert(signals.mv[lead].end(), block.mv[lead].begin(), block.mv[lead].end());
  }
  const Analysis a = analysed(signals);
  EXPECT_TRUE(says(a, "sinus_rhythm") || says(a, "sinus_arrhythmia"));
  ASSERT_TRUE(says(a, "av_block_3"));
  EXPECT_EQ(a.av_block.minutes_s, std::vector<double>{240.0});
  EXPECT_EQ(a.av_block.num_minutes, 5U);
  EXPECT_TRUE(a.av_block.is_partial());
  for (const std::size_t beat : a.av_block.beats_after) {
    EXPECT_GE(a.sequence.time_s(beat), 239.0);
  }
}

TEST(Analyse, finds_no_early_beat_in_a_regular_rhythm_however_fast) {
  for (const double rate : {115.0, 125.0, 135.0, 145.0, 155.0, 170.0}) {
    PhantomSettings settings;
    settings.heart_rate_per_min = rate;
    settings.pr_ms = 130;
    settings.qt_ms = 370;
    settings.duration_s = 20;
    const Analysis a = analysed(lead_signals(to_ecg_record(make_phantom(settings).recording)));
    for (const char* const wrong : {"supraventricular_ectopy", "supraventricular_tachycardia", "regular_without_p",
                                    "wide_complex_tachycardia", "ventricular_ectopy"}) {
      EXPECT_FALSE(says(a, wrong)) << rate << " " << wrong;
    }
    EXPECT_TRUE(says(a, "sinus_tachycardia") || says(a, "tachycardia_without_p") || says(a, "cannot_say_flutter"))
        << rate;
  }
}

TEST(Analyse, names_the_beats_and_leads_of_each_statement) {
  CalibrationWaves waves;
  waves.pq_ms = 240;
  for (const Analysis& a : {analysed(at_rate(70)), analysed(at_rate(45)), analysed(calibration_signal(waves, 10, 500)),
                            analysed(long_phantom(PhantomRhythm::atrial_fibrillation, 60.0))}) {
    ASSERT_FALSE(a.statements.empty());
    for (const Statement& s : a.statements) {
      EXPECT_FALSE(s.beats.empty()) << s.code;
      EXPECT_FALSE(s.leads.empty()) << s.code;
      EXPECT_FALSE(s.reason.empty()) << s.code;
    }
  }
  const Analysis fibrillates = analysed(long_phantom(PhantomRhythm::atrial_fibrillation, 60.0));
  const auto about = std::ranges::find(fibrillates.statements, "atrial_fibrillation", &Statement::code);
  ASSERT_NE(about, fibrillates.statements.end());
  for (const std::size_t beat : about->beats) {
    EXPECT_EQ(fibrillates.fibrillation[beat], Fibrillation::yes);
  }
}

}  // namespace
}  // namespace xingu::ecg
