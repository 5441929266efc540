// SPDX-License-Identifier: Apache-2.0
// Hearts with a pacemaker that captures, does not, or paces the atria.
#include "ecg/pacing_statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/philox.h"
#include "ecg/formats/recording.h"
#include "ecg/long_recording.h"
#include "ecg/report/report_facts.h"
#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

constexpr double sampling_hz = 500.0;

Analysis paced_analysis(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

/// Adds stimuli of 2 ms at some times, smaller from lead to lead, and the noise of an amplifier.
LeadSignals with_stimuli(LeadSignals signals, const std::vector<double>& times_s, float height_mv) {
  const auto width = static_cast<std::size_t>(std::lround(0.002 * signals.rate_hz));
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const Philox random(9, lead);
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      signals.mv[lead][i] += 0.02F * static_cast<float>(random.uniform(i) - 0.5);
    }
    for (const double t : times_s) {
      for (std::size_t k = 0; k < width; ++k) {
        signals.mv[lead][static_cast<std::size_t>(std::lround(t * signals.rate_hz)) + k] +=
            height_mv / static_cast<float>(lead + 1);
      }
    }
  }
  return signals;
}

std::vector<double> times_every(double interval_s, double from_s, double until_s) {
  std::vector<double> out;
  for (double t = from_s; t < until_s; t += interval_s) {
    out.push_back(t);
  }
  return out;
}

/// Record of signals as a device writes it, 1 µV a step.
EcgRecord record_of(const LeadSignals& signals) {
  EcgRecord record;
  record.info.rate_hz = signals.rate_hz;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    record.info.channels.push_back({signals.names[lead], "mV", 1000.0, 0.0, 16});
    std::vector<std::int32_t>& samples = record.samples.emplace_back();
    std::ranges::transform(signals.mv[lead], std::back_inserter(samples),
                           [](float mv) { return static_cast<std::int32_t>(std::lround(1000 * mv)); });
  }
  return record;
}

TEST(SayCapture, stimuli_in_a_heart_that_stands_still_are_no_beats) {
  for (const float height_mv : {1.0F, 3.0F, 8.0F}) {
    const LeadSignals still = with_stimuli(test_signals::synthetic_ecg({}, 12.0, sampling_hz, 3).signals,
                                           times_every(0.857, 0.5, 11.8), height_mv);
    const Analysis a = paced_analysis(still);
    EXPECT_TRUE(a.beats.sample.empty()) << height_mv << " mV";
    EXPECT_FALSE(a.measurements.rate_per_min);
    EXPECT_TRUE(a.says("no_beats_in_good_leads")) << height_mv << " mV";
    EXPECT_TRUE(a.says("stimuli_without_complex")) << height_mv << " mV";
    EXPECT_FALSE(a.says("ventricular_pacing"));
    ReportFacts facts = rhythm_facts(still, a.beats, usual_ranges(test::shipped_thresholds()));
    take_analysis(a, facts);
    for (const auto language : {Language::english, Language::chinese}) {
      for (const std::string& sentence : plain_sentences(facts, language)) {
        EXPECT_EQ(sentence.find("70"), std::string::npos) << sentence;
      }
    }
    RecordSource source(record_of(still));
    const LongAnalysis whole = analyse_long(source, test::shipped_thresholds());
    EXPECT_EQ(whole.sequence.size(), 0U) << height_mv << " mV";
    EXPECT_TRUE(whole.can_show_stimuli);
    EXPECT_GE(whole.capture.unanswered.size(), 11U);
  }
}

TEST(SayCapture, a_pause_with_stimuli_in_it_is_a_pause) {
  std::vector<double> beats = times_every(0.8, 0.6, 8.0);
  std::vector<double> stimuli;
  for (const double t : beats) {
    stimuli.push_back(t - 0.06);
  }
  std::erase_if(beats, [](double t) { return t > 3.6 && t < 6.0; });  // three are not answered
  const Analysis a =
      paced_analysis(with_stimuli(test_signals::synthetic_ecg(beats, 9.0, sampling_hz, 3, 0.0).signals, stimuli, 3.0F));
  EXPECT_EQ(a.beats.sample.size(), beats.size());
  EXPECT_TRUE(a.says("long_pause"));
  const auto said = std::ranges::find(a.statements, "stimuli_without_complex", &Statement::code);
  ASSERT_NE(said, a.statements.end());
  EXPECT_EQ(said->reason, "3 of 10 stimuli, at 3.7, 4.5, 5.3 s");
  EXPECT_TRUE(a.says("ventricular_pacing"));
}

TEST(SayCapture, a_pacemaker_that_keeps_its_own_time_changes_neither_rate_nor_st) {
  PhantomSettings settings;
  settings.duration_s = 60.0;
  for (const double height_mv : {0.5, 1.0, 2.0, 5.0, 10.0}) {
    FrontEndSettings front;
    front.pacer_mV = height_mv;
    SimulatedFrontEnd front_end(std::make_unique<RecordSource>(to_ecg_record(make_phantom(settings).recording)), front);
    const Analysis a = paced_analysis(with_limb_leads(lead_signals(read_all(front_end))));
    ASSERT_TRUE(a.measurements.rate_per_min) << height_mv << " mV";
    EXPECT_NEAR(*a.measurements.rate_per_min, 70.0, 1.0) << height_mv << " mV";
    for (const char* const code : {"sinus_tachycardia", "supraventricular_ectopy", "st_depression", "st_elevation"}) {
      EXPECT_FALSE(a.says(code)) << code << " at " << height_mv << " mV";
    }
  }
}

TEST(SayCapture, stimuli_that_cannot_be_judged_are_counted_beside) {
  Analysis a;
  a.stimuli = {100, 200, 300, 400, 500, 600, 700, 800, 900, 1000};
  a.capture.answered = {100, 300, 500, 700};
  a.capture.unanswered = {900};
  a.capture.unanswered.push_back(1000);
  say_capture(100.0, a);
  ASSERT_EQ(a.statements.size(), 1U);
  EXPECT_TRUE(a.statements.front().reason.starts_with("2 of 6 stimuli that can be judged, of 10 in all"))
      << a.statements.front().reason;
}

TEST(SayCapture, a_pacemaker_of_the_atria_is_told) {
  const std::vector<double> beats = times_every(0.8, 0.6, 11.4);
  std::vector<double> stimuli;
  for (const double t : beats) {
    stimuli.push_back(t - 0.23);
  }
  const LeadSignals paced =
      with_stimuli(test_signals::synthetic_ecg(beats, 12.0, sampling_hz, 3).signals, stimuli, 2.0F);
  const Analysis a = paced_analysis(paced);
  EXPECT_TRUE(a.says("atrial_pacing"));
  EXPECT_FALSE(a.says("sinus_rhythm") || a.says("ventricular_pacing") || a.says("stimuli_without_complex"));
  const Analysis unpaced =
      paced_analysis(with_stimuli(test_signals::synthetic_ecg(beats, 12.0, sampling_hz, 3).signals, {}, 2.0F));
  EXPECT_TRUE(unpaced.says("sinus_rhythm"));
  EXPECT_FALSE(unpaced.says("atrial_pacing"));
}

}  // namespace
}  // namespace xingu::ecg
