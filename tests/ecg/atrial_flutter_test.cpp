// SPDX-License-Identifier: Apache-2.0
#include "ecg/atrial_flutter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.h"
#include "ecg/formats/recording.h"
#include "ecg/qrs_detector.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

using enum FlutterConduction;

const FlutterRule& rule() { return test::shipped_thresholds().flutter; }

/// A phantom with white noise of `noise_mv` rms on each lead.
LeadSignals noisy(PhantomSettings settings, double noise_mv, std::uint64_t seed) {
  settings.seed = seed;
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
  for (std::size_t lead = 0; lead < signals.mv.size(); ++lead) {
    const Philox noise(seed, 100 + lead);
    for (std::size_t i = 0; i < signals.mv[lead].size(); ++i) {
      const double uniform = noise.uniform(i) - 0.5;  // variance 1/12
      signals.mv[lead][i] += static_cast<float>(noise_mv * std::sqrt(12.0) * uniform);
    }
  }
  return signals;
}

AtrialFlutter judged(const LeadSignals& signals) {
  const Delineation waves = delineate(signals, detect_qrs(signals).sample);
  return judge_flutter(find_wave_trains(signals, waves, rule()), waves.beats.samples, signals.rate_hz, rule());
}

PhantomSettings phantom(PhantomRhythm rhythm, double rate, double rr_variation = 0.02) {
  PhantomSettings settings;
  settings.rhythm = rhythm;
  settings.heart_rate_per_min = rate;
  settings.rr_variation = rr_variation;
  return settings;
}

TEST(AtrialFlutter, is_found_in_noise_with_its_rate_and_conduction) {
  struct Case {
    double ventricles;
    FlutterConduction conduction;
    double waves_per_beat;
  };
  for (const Case& c : {Case{75, fixed, 4.0}, Case{85, variable, 3.5}, Case{110, variable, 2.7},
                        Case{100, undecided, 3.0}, Case{150, undecided, 2.0}}) {
    for (const double noise_mv : {0.0, 0.03, 0.06}) {
      for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const AtrialFlutter flutter =
            judged(noisy(phantom(PhantomRhythm::atrial_flutter, c.ventricles), noise_mv, seed));
        const std::string what = fmt::format("{}/min, {} mV, seed {}", c.ventricles, noise_mv, seed);
        ASSERT_EQ(flutter.conduction, c.conduction) << what;
        EXPECT_NEAR(flutter.rate_per_min, 300.0, 3.0) << what;
        EXPECT_NEAR(flutter.waves_per_beat, c.waves_per_beat, 0.1) << what;
        EXPECT_FALSE(flutter.is_partial) << what;
      }
    }
  }
}

TEST(AtrialFlutter, is_not_invented_in_other_rhythms) {
  for (const PhantomRhythm rhythm :
       {PhantomRhythm::sinus, PhantomRhythm::atrial_fibrillation, PhantomRhythm::av_block_2_type_1,
        PhantomRhythm::av_block_2_type_2, PhantomRhythm::av_block_2_to_1, PhantomRhythm::av_block_3}) {
    for (double rate = 45.0; rate <= 205.0; rate += 10.0) {
      const AtrialFlutter flutter = judged(noisy(phantom(rhythm, rate), 0.01, 3));
      EXPECT_FALSE(flutter.is_present()) << static_cast<int>(rhythm) << ", " << rate << "/min";
      EXPECT_TRUE(flutter.conduction == absent || rate > 100.0) << static_cast<int>(rhythm) << ", " << rate << "/min";
    }
  }
}

TEST(AtrialFlutter, is_not_invented_in_sinus_rhythm_as_steady_as_a_clock) {
  for (double rate = 50.0; rate <= 180.0; rate += 10.0) {
    for (const double pr_ms : {120.0, 160.0, 220.0}) {
      PhantomSettings settings = phantom(PhantomRhythm::sinus, rate, 0.0);
      settings.pr_ms = pr_ms;
      EXPECT_FALSE(judged(noisy(settings, 0.0, 1)).is_present()) << rate << "/min, PR " << pr_ms;
    }
  }
}

TEST(AtrialFlutter, is_not_invented_where_ectopic_beats_make_a_fast_sinus_rhythm_uneven) {
  for (double rate = 70.0; rate <= 150.0; rate += 20.0) {
    PhantomSettings settings = phantom(PhantomRhythm::sinus, rate);
    settings.pvc_share = 0.15;
    EXPECT_FALSE(judged(noisy(settings, 0.01, 4)).is_present()) << rate;
  }
}

WaveTrain train_of(double explained, double waves_per_beat, double seen, double rr_spread) {
  return {0.0, 10.0, 280.0, explained, waves_per_beat, seen, rr_spread, {0.02, 0.12}};
}

TEST(JudgeTrain, asks_for_a_clear_train_of_more_waves_than_beats) {
  EXPECT_EQ(judge_train(train_of(0.9, 4.02, 3.3, 0.01), rule()), fixed);
  EXPECT_EQ(judge_train(train_of(0.9, 3.5, 2.9, 0.3), rule()), variable);
  EXPECT_EQ(judge_train(train_of(0.9, 3.5, 2.9, 0.01), rule()), variable) << "regular ventricles without a relation";
  EXPECT_EQ(judge_train(train_of(0.9, 2.0, 1.3, 0.01), rule()), undecided);
  EXPECT_EQ(judge_train(train_of(0.9, 2.0, 1.3, 0.2), rule()), undecided) << "P and T of a heart that breathes";
  EXPECT_EQ(judge_train(train_of(0.9, 2.2, 1.5, 0.3), rule()), variable);
  EXPECT_EQ(judge_train(train_of(0.7, 4.0, 3.3, 0.01), rule()), absent);
  EXPECT_EQ(judge_train(train_of(0.9, 1.0, 0.8, 0.01), rule()), absent) << "waves and beats are one rhythm";
  WaveTrain low = train_of(0.9, 4.0, 3.3, 0.01);
  low.height_mv = {0.01, 0.02};
  EXPECT_EQ(judge_train(low, rule()), absent);
}

TEST(JudgeFlutter, names_the_part_the_beats_and_the_leads_it_rests_on) {
  std::vector<WaveTrain> trains(3, train_of(0.1, 4.0, 3.3, 0.01));
  for (std::size_t k = 0; k < trains.size(); ++k) {
    trains[k].begin_s = 10.0 * static_cast<double>(k);
    trains[k].end_s = trains[k].begin_s + 10.0;
  }
  const std::vector<std::int64_t> beats{500, 6000, 12000, 18000, 24000};  // at 1000 Hz
  EXPECT_EQ(judge_flutter(trains, beats, 1000.0, rule()).conduction, absent);
  trains[1].explained = 0.9;
  const AtrialFlutter part = judge_flutter(trains, beats, 1000.0, rule());
  EXPECT_EQ(part.conduction, fixed);
  EXPECT_TRUE(part.is_partial);
  EXPECT_EQ(part.beats, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(part.leads, std::vector<std::size_t>{1});
  trains[2].explained = 0.9;
  trains[2].waves_per_beat = 3.0;
  trains[2].waves_seen = 2.6;
  const AtrialFlutter most = judge_flutter(trains, beats, 1000.0, rule());
  EXPECT_EQ(most.conduction, variable) << "4:1, then 3:1";
  EXPECT_FALSE(most.is_partial);
  EXPECT_NEAR(most.waves_per_beat, 3.5, 1e-9);
}

TEST(FindWaveTrains, tells_no_electrode_where_no_train_explains_anything) {
  const std::vector<std::string> names{"I", "II", "III", "V1", "V2", "V3", "V4", "V5", "V6"};
  const LeadSignals flat{500.0, names, std::vector<std::vector<float>>(names.size(), std::vector<float>(5000, 0.0F))};
  const std::vector<std::int64_t> beats{500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500};
  const std::vector<WaveTrain> trains = find_wave_trains(flat, delineate(flat, beats), rule());
  ASSERT_EQ(trains.size(), 1U);
  EXPECT_FALSE(trains.front().electrode);
  EXPECT_EQ(judge_train(trains.front(), rule()), absent);
}

TEST(FindWaveTrains, finds_none_without_beats_signal_or_rate) {
  const LeadSignals none{500.0, {"I"}, {std::vector<float>(5000, 0.0F)}};
  EXPECT_TRUE(find_wave_trains(none, delineate(none, {}), rule()).empty());
  const LeadSignals slow{100.0, {"I"}, {std::vector<float>(1000, 0.0F)}};
  EXPECT_TRUE(find_wave_trains(slow, delineate(slow, {}), rule()).empty());
}

TEST(Analyse, says_flutter_instead_of_sinus_rhythm_and_gives_no_pr) {
  const Analysis a =
      analyse(noisy(phantom(PhantomRhythm::atrial_flutter, 75), 0.01, 1), {}, test::shipped_thresholds());
  EXPECT_TRUE(a.says("atrial_flutter"));
  EXPECT_FALSE(a.says("sinus_rhythm") || a.says("av_block_1") || a.says("atrial_fibrillation"));
  EXPECT_FALSE(a.measurements.pr_ms || a.measurements.p_ms || a.measurements.leads.front().p_mV);
  const Analysis variable_rr =
      analyse(noisy(phantom(PhantomRhythm::atrial_flutter, 85), 0.01, 1), {}, test::shipped_thresholds());
  EXPECT_TRUE(variable_rr.says("atrial_flutter"));
  EXPECT_FALSE(variable_rr.says("supraventricular_ectopy")) << "no conducted beat comes before its time";
  const Analysis fast =
      analyse(noisy(phantom(PhantomRhythm::atrial_flutter, 150), 0.01, 1), {}, test::shipped_thresholds());
  EXPECT_TRUE(fast.says("cannot_say_flutter"));
  EXPECT_FALSE(fast.says("sinus_tachycardia"));
}

}  // namespace
}  // namespace xingu::ecg
