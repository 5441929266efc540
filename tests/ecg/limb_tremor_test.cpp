// SPDX-License-Identifier: Apache-2.0
#include "ecg/limb_tremor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

LeadSignals heart(PhantomRhythm rhythm, double per_min, double duration_s = 10.0) {
  PhantomSettings settings;
  settings.rhythm = rhythm;
  settings.heart_rate_per_min = per_min;
  settings.rr_variation = 0.02;
  settings.duration_s = duration_s;
  return lead_signals(to_ecg_record(make_phantom(settings).recording));
}

/// A sine of an amplitude, with some of its second harmonic, whose frequency wanders by a fiftieth.
std::vector<double> trembling(std::size_t size, double rate_hz, double hertz, double amplitude_mv) {
  std::vector<double> out;
  double phase = 0.3;
  for (std::size_t i = 0; i < size; ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    phase += 2.0 * std::numbers::pi * hertz * (1.0 + 0.02 * std::sin(1.1 * t)) / rate_hz;
    out.push_back(amplitude_mv * (std::sin(phase) + 0.2 * std::sin(2.0 * phase + 1.0)));
  }
  return out;
}

LeadSignals with_tremor(LeadSignals signals, Electrode electrode, double hertz, double amplitude_mv) {
  const std::vector<double> voltage = trembling(signals.num_samples(), signals.rate_hz, hertz, amplitude_mv);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    for (std::size_t i = 0; i < voltage.size(); ++i) {
      signals.mv[lead][i] += static_cast<float>(*lead_of_electrode(signals.names[lead], electrode) * voltage[i]);
    }
  }
  return signals;
}

TEST(LeadOfElectrode, obeys_einthoven_goldberger_and_wilson) {
  for (const Electrode electrode : {Electrode::ra, Electrode::la, Electrode::ll}) {
    const auto of = [&](const char* lead) { return *lead_of_electrode(lead, electrode); };
    EXPECT_DOUBLE_EQ(of("I") + of("III"), of("II"));
    EXPECT_DOUBLE_EQ(of("aVR"), -(of("I") + of("II")) / 2);
    EXPECT_DOUBLE_EQ(of("aVL"), of("I") - of("II") / 2);
    EXPECT_DOUBLE_EQ(of("aVF"), of("II") - of("I") / 2);
    EXPECT_DOUBLE_EQ(of("V1"), of("V6"));
    EXPECT_DOUBLE_EQ(of("V3"), -1.0 / 3.0);
  }
  EXPECT_FALSE(lead_of_electrode("MLII", Electrode::ra));
  EXPECT_FALSE(lead_of_electrode("I", Electrode::v1));
}

TEST(ElectrodeShare, is_one_of_an_electrode_alone_and_unknown_without_chest_leads) {
  const std::vector<std::string> names{"I", "II", "III", "V1", "V2", "V6"};
  std::vector<std::vector<float>> waves(1);
  for (const std::string& name : names) {
    waves[0].push_back(static_cast<float>(0.3 * *lead_of_electrode(name, Electrode::la)));
  }
  const auto one = electrode_share(waves, names);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->electrode, Electrode::la);
  EXPECT_NEAR(one->share, 1.0, 1e-6);
  waves[0] = {0.02F, -0.22F, -0.24F, 0.12F, 0.06F, -0.06F};  // flutter: up in V1 only
  EXPECT_LT(electrode_share(waves, names)->share, 0.9);
  EXPECT_FALSE(electrode_share(waves, std::vector<std::string>{"I", "II", "III", "aVR", "aVL", "aVF"}));
}

TEST(Analyse, finds_neither_flutter_nor_st_nor_extrasystoles_in_a_trembling_limb) {
  for (const Electrode electrode : {Electrode::ra, Electrode::la, Electrode::ll}) {
    for (const auto& [hertz, amplitude_mv] : {std::pair{4.2, 0.5}, {4.2, 0.2}, {3.3, 0.2}, {5.0, 0.3}}) {
      for (const double per_min : {62.0, 78.0}) {
        const LeadSignals signals = with_tremor(heart(PhantomRhythm::sinus, per_min), electrode, hertz, amplitude_mv);
        const Analysis a = analyse(signals, {}, test::shipped_thresholds());
        const std::string what =
            fmt::format("{} {} Hz {} mV {}/min", to_string(electrode), hertz, amplitude_mv, per_min);
        ASSERT_EQ(a.tremors.size(), 1) << what;
        EXPECT_EQ(a.tremors.front().electrode, electrode) << what;
        EXPECT_NEAR(a.tremors.front().per_min, 60.0 * hertz, 12.0) << what;
        EXPECT_NEAR(a.tremors.front().height_mv, 2.0 * amplitude_mv, 0.3 * amplitude_mv) << what;
        EXPECT_TRUE(a.says("limb_tremor") && a.says("sinus_rhythm")) << what;
        for (const char* const code : {"atrial_flutter", "cannot_say_flutter", "paroxysmal_flutter", "st_elevation",
                                       "st_depression", "ventricular_ectopy", "supraventricular_ectopy", "av_block_1",
                                       "electrodes_swapped", "long_qt", "left_axis_deviation"}) {
          EXPECT_FALSE(a.says(code)) << code << ": " << what;
        }
      }
    }
  }
}

LeadSignals with_trembling_arms(const LeadSignals& signals, double right_hz, double right_mv, double left_hz,
                                double left_mv) {
  return with_tremor(with_tremor(signals, Electrode::ra, right_hz, right_mv), Electrode::la, left_hz, left_mv);
}

TEST(Analyse, finds_neither_flutter_nor_st_nor_extrasystoles_in_two_trembling_arms) {
  struct Arms {
    double right_hz, right_mv, left_hz, left_mv;
  };
  for (const Arms& arms :
       {Arms{4.4, 0.5, 4.4, 0.3}, {4.4, 0.3, 4.4, 0.3}, {5.0, 0.3, 5.0, -0.25}, {4.8, 0.4, 5.1, 0.3}}) {
    for (const double per_min : {62.0, 78.0}) {
      const LeadSignals signals = with_trembling_arms(heart(PhantomRhythm::sinus, per_min), arms.right_hz,
                                                      arms.right_mv, arms.left_hz, arms.left_mv);
      const Analysis a = analyse(signals, {}, test::shipped_thresholds());
      const std::string what = fmt::format("{} Hz {} mV, {} Hz {} mV, {}/min", arms.right_hz, arms.right_mv,
                                           arms.left_hz, arms.left_mv, per_min);
      ASSERT_EQ(a.tremors.size(), 2) << what;
      for (const LimbTremor& tremor : a.tremors) {
        const bool is_right = tremor.electrode == Electrode::ra;
        EXPECT_NEAR(tremor.per_min, 60.0 * (is_right ? arms.right_hz : arms.left_hz), 12.0) << what;
        EXPECT_NEAR(tremor.height_mv, 2.0 * std::abs(is_right ? arms.right_mv : arms.left_mv), 0.15) << what;
      }
      EXPECT_TRUE(a.says("limb_tremor") && a.says("sinus_rhythm")) << what;
      for (const char* const code :
           {"atrial_flutter", "cannot_say_flutter", "paroxysmal_flutter", "st_elevation", "st_depression",
            "ventricular_ectopy", "supraventricular_ectopy", "av_block_1", "electrodes_swapped", "long_qt",
            "very_long_qt", "left_axis_deviation", "possible_ventricular_fibrillation"}) {
        EXPECT_FALSE(a.says(code)) << code << ": " << what;
      }
    }
  }
}

/// Somebody brushes his teeth: the right arm makes pointed waves and the left half of them, a little later.
LeadSignals with_brushing(LeadSignals signals, double hertz, double amplitude_mv) {
  const auto wave = [&](double t_s) {
    const double sine = std::sin(2.0 * std::numbers::pi * hertz * t_s);
    return amplitude_mv * (1.0 + 0.15 * std::sin(1.9 * t_s)) * std::copysign(std::pow(std::abs(sine), 0.7), sine);
  };
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const double of_right = *lead_of_electrode(signals.names[lead], Electrode::ra);
    const double of_left = *lead_of_electrode(signals.names[lead], Electrode::la);
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      const double t_s = static_cast<double>(i) / signals.rate_hz;
      signals.mv[lead][i] += static_cast<float>(of_right * wave(t_s) - 0.5 * of_left * wave(t_s - 0.024));
    }
  }
  return signals;
}

TEST(Analyse, tells_no_ventricular_beat_of_arms_that_brush_teeth_and_calls_their_leads_disturbed) {
  for (const double hertz : {4.5, 4.8, 5.2, 5.5}) {
    for (const double per_min : {55.0, 62.0, 70.0, 78.0}) {
      const LeadSignals signals = with_brushing(heart(PhantomRhythm::sinus, per_min), hertz, 1.0);
      const Analysis a = analyse(signals, {}, test::shipped_thresholds());
      const std::string what = fmt::format("{} Hz, {}/min", hertz, per_min);
      EXPECT_TRUE(a.says("limb_tremor")) << what;
      EXPECT_FALSE(a.says("ventricular_ectopy") || a.says("possible_ventricular_fibrillation")) << what;
      EXPECT_EQ(std::ranges::count(a.sequence.type, BeatType::ventricular), 0) << what;
      EXPECT_EQ(std::ranges::count(a.sequence.type, BeatType::fusion), 0) << what;
      EXPECT_LT(a.quality.good_part(*lead_number(signals, "I")), 0.2) << what;
      EXPECT_DOUBLE_EQ(a.quality.good_part(*lead_number(signals, "V2")), 1.0) << what;
    }
  }
}

TEST(Analyse, names_no_tremor_in_hearts_that_have_none) {
  for (const auto rhythm : {PhantomRhythm::sinus, PhantomRhythm::atrial_fibrillation, PhantomRhythm::atrial_flutter,
                            PhantomRhythm::av_block_3}) {
    for (const double per_min : {50.0, 75.0, 85.0, 110.0}) {
      const Analysis a = analyse(heart(rhythm, per_min), {}, test::shipped_thresholds());
      EXPECT_FALSE(a.says("limb_tremor")) << static_cast<int>(rhythm) << ' ' << per_min;
    }
  }
}

/// Sawteeth against the beats in II, III and aVF, upright in V1 and less and less so up to V5.
LeadSignals with_flutter(LeadSignals signals, double per_min) {
  const std::vector<std::pair<const char*, double>> heights{{"II", -0.2}, {"III", -0.2}, {"aVF", -0.2}, {"aVR", 0.1},
                                                            {"aVL", 0.1}, {"V1", 0.1},   {"V2", 0.08},  {"V3", 0.05},
                                                            {"V4", 0.03}, {"V5", 0.01}};
  for (const auto& [name, height_mv] : heights) {
    std::vector<float>& lead = signals.mv[*lead_number(signals, name)];
    for (std::size_t i = 0; i < lead.size(); ++i) {
      const double turns = static_cast<double>(i) / signals.rate_hz * per_min / 60.0;
      const double phase = turns - std::floor(turns);
      lead[i] += static_cast<float>(height_mv * (phase < 0.7 ? 0.5 - phase / 0.7 : (phase - 0.7) / 0.3 - 0.5));
    }
  }
  return signals;
}

TEST(Analyse, takes_flutter_that_is_not_unlike_a_leg_for_no_tremor) {
  for (const double per_min : {240.0, 280.0, 320.0}) {
    const Analysis a =
        analyse(with_flutter(heart(PhantomRhythm::atrial_fibrillation, 80.0), per_min), {}, test::shipped_thresholds());
    EXPECT_TRUE(a.says("atrial_flutter")) << per_min;
    EXPECT_FALSE(a.says("limb_tremor")) << per_min;
  }
}

TEST(TakeOut, puts_no_tremor_into_a_lead_that_shows_none) {
  const LeadSignals calm = heart(PhantomRhythm::sinus, 70.0);
  LeadSignals signals = with_tremor(calm, Electrode::ra, 4.2, 0.4);
  const std::size_t off = *lead_number(signals, "V3");
  std::ranges::fill(signals.mv[off], 0.0F);
  const auto found = find_limb_tremor(signals, detect_qrs(calm).sample, test::shipped_thresholds().tremor);
  ASSERT_TRUE(found);
  EXPECT_DOUBLE_EQ(found->limbs.front().part, 1.0);
  LeadSignals mended = signals;
  take_out(*found, mended);
  EXPECT_EQ(mended.mv[off], signals.mv[off]);
  EXPECT_NE(mended.mv[*lead_number(signals, "V2")], signals.mv[*lead_number(signals, "V2")]);
  const Analysis a = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(a.says("sinus_rhythm") && a.says("limb_tremor"));
  EXPECT_FALSE(a.says("atrial_flutter"));
}

TEST(TakeOut, leaves_a_tremor_of_half_a_minute_in_no_lead) {
  const LeadSignals calm = heart(PhantomRhythm::sinus, 70.0, 32.0);
  LeadSignals signals = with_tremor(calm, Electrode::ra, 4.2, 0.5);
  const auto found = find_limb_tremor(signals, detect_qrs(calm).sample, test::shipped_thresholds().tremor);
  ASSERT_TRUE(found);
  take_out(*found, signals);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    double squares = 0.0;
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      squares += std::pow(signals.mv[lead][i] - calm.mv[lead][i], 2);
    }
    EXPECT_LT(std::sqrt(squares / static_cast<double>(signals.num_samples())), 0.05) << signals.names[lead];
  }
  EXPECT_FALSE(find_limb_tremor(calm, detect_qrs(calm).sample, test::shipped_thresholds().tremor));
}

}  // namespace
}  // namespace xingu::ecg
