// SPDX-License-Identifier: Apache-2.0
// A healthy heart before a front end with mains, muscle, losses and loose electrodes: what is said stays right, or is
// not said.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "ecg/mains_removal.h"
#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

LeadSignals measured(const FrontEndSettings& settings, double duration_s = 20) {
  PhantomSettings heart;
  heart.duration_s = duration_s;
  heart.seed = settings.seed;
  SimulatedFrontEnd front_end(std::make_unique<RecordSource>(to_ecg_record(make_phantom(heart).recording)), settings);
  return with_limb_leads(lead_signals(read_all(front_end)));
}

Analysis analysed(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

std::string said(const Analysis& a) {
  std::string out;
  for (const Statement& s : a.statements) {
    out += s.code + " (" + s.reason + "); ";
  }
  return out;
}

/// Codes that no disturbance may bring about in a healthy heart.
void expect_healthy(const Analysis& a, const std::string& where) {
  for (const char* const code : {"st_elevation",
                                 "st_depression",
                                 "lbbb",
                                 "rbbb",
                                 "conduction_delay",
                                 "left_anterior_fascicular_block",
                                 "av_block_1",
                                 "av_block_2_type_1",
                                 "av_block_2_type_2",
                                 "av_block_2",
                                 "av_block_advanced",
                                 "av_block_3",
                                 "pause",
                                 "sinus_bradycardia",
                                 "short_qt",
                                 "long_qt",
                                 "right_atrial_enlargement",
                                 "left_atrial_enlargement",
                                 "ventricular_run",
                                 "ventricular_tachycardia",
                                 "atrial_fibrillation"}) {
    EXPECT_FALSE(a.says(code)) << where << ": " << said(a);
  }
}

TEST(DisturbedRecording, with_mains_is_measured_as_without) {
  FrontEndSettings settings;
  const Analysis clean = analysed(measured(settings));
  for (const double mains_hz : {50.0, 49.8, 60.0}) {
    for (const double mains_mv : {0.1, 0.3, 0.6}) {
      settings.mains_Hz = mains_hz;
      settings.mains_mV = mains_mv;
      const Analysis a = analysed(measured(settings));
      const std::string where = std::to_string(mains_mv) + " mV of " + std::to_string(mains_hz) + " Hz";
      expect_healthy(a, where);
      ASSERT_TRUE(a.measurements.qrs_ms && a.measurements.pr_ms && a.measurements.qt_ms) << where;
      EXPECT_NEAR(*a.measurements.qrs_ms, *clean.measurements.qrs_ms, 6) << where;
      EXPECT_NEAR(*a.measurements.pr_ms, *clean.measurements.pr_ms, 10) << where;
      EXPECT_NEAR(*a.measurements.qt_ms, *clean.measurements.qt_ms, 16) << where;
      for (std::size_t lead = 0; lead < a.measurements.leads.size(); ++lead) {
        EXPECT_NEAR(a.measurements.leads[lead].st_j_mV, clean.measurements.leads[lead].st_j_mV, 0.03)
            << where << ", " << a.measurements.leads[lead].lead;
      }
    }
  }
}

TEST(DisturbedRecording, with_mains_tells_what_was_removed_before_it_was_measured) {
  FrontEndSettings settings;
  EXPECT_FALSE(analysed(measured(settings)).says("mains_removed"));
  settings.mains_mV = 0.1;
  const Analysis a = analysed(measured(settings));
  const auto removed = std::ranges::find(a.statements, "mains_removed", &Statement::code);
  ASSERT_NE(removed, a.statements.end()) << said(a);
  EXPECT_NE(removed->reason.find("without it 100 % of their seconds are good"), std::string::npos) << removed->reason;
  EXPECT_TRUE(a.measurements.qrs_ms.has_value());
  EXPECT_FALSE(removed->leads.empty());
}

TEST(DisturbedRecording, with_losses_and_loose_electrodes_has_no_pause_and_no_block) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    FrontEndSettings settings;
    settings.seed = seed;
    const std::string where = "seed " + std::to_string(seed);
    settings.off = {{Electrode::ra, 5, 8}};
    expect_healthy(analysed(measured(settings)), where + ", RA off");
    settings.off = {{Electrode::ll, 9, 11}, {Electrode::la, 3, 4.5}};
    expect_healthy(analysed(measured(settings)), where + ", two electrodes off");
    settings.off.clear();
    for (const double share : {0.005, 0.02, 0.05}) {
      settings.lost_share = share;
      const Analysis a = analysed(measured(settings));
      expect_healthy(a, where + ", lost " + std::to_string(share));
      if (a.measurements.rate_per_min) {
        EXPECT_NEAR(*a.measurements.rate_per_min, 70, 5) << where << ", lost " << share;
      }
    }
  }
}

TEST(DisturbedRecording, with_stimuli_that_evoke_nothing_is_healthy) {
  for (const double pacer_mv : {0.5, 2.0}) {
    FrontEndSettings settings;
    settings.pacer_mV = pacer_mv;
    expect_healthy(analysed(measured(settings)), "stimuli of " + std::to_string(pacer_mv) + " mV");
  }
}

TEST(DisturbedRecording, beyond_measure_has_no_intervals_and_says_so) {
  FrontEndSettings settings;
  settings.muscle_mV = 0.5;
  const Analysis a = analysed(measured(settings));
  expect_healthy(a, "muscle of 0.5 mV");
  if (!a.measurements.qrs_ms) {
    EXPECT_TRUE(a.says("cannot_say_measurements") || a.says("cannot_say")) << said(a);
  }
}

TEST(DisturbedRecording, by_muscle_and_contacts_has_no_wide_complexes) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    FrontEndSettings settings;
    settings.muscle_mV = 0.5;
    settings.contact_mV = 0.5;
    settings.seed = seed;
    const Analysis a = analysed(measured(settings, 10));
    for (const char* code : {"wide_complex_rhythm", "wide_regular_without_p", "regular_without_p", "complete_lbbb",
                             "complete_rbbb", "left_bundle_branch_delay", "ventricular_run"}) {
      EXPECT_FALSE(a.says(code)) << "seed " << seed << ": " << said(a);
    }
  }
}

TEST(DisturbedRecording, with_one_lead_too_noisy_does_not_measure_that_one) {
  LeadSignals signals = measured({});
  const auto v3 = lead_number(signals, "V3");
  ASSERT_TRUE(v3);
  std::uint32_t state = 1;
  for (float& x : signals.mv[*v3]) {
    state = state * 1664525U + 1013904223U;
    x += static_cast<float>(state >> 8U) * 0x1.0p-24F - 0.5F;
  }
  const Analysis a = analysed(signals);
  expect_healthy(a, "V3 noisy");
  EXPECT_FALSE(a.measurements.leads[*v3].is_measured) << said(a);
  EXPECT_TRUE(a.says("cannot_say_leads")) << said(a);
  EXPECT_TRUE(a.measurements.qrs_ms.has_value());
}

/// What the electrodes of the arms, the left leg (0) and the chest carry is added to twelve leads as a front end would.
void disturb_left_leg(LeadSignals& signals, const std::vector<double>& leg_mv) {
  const auto add = [&](const char* name, double share) {
    std::vector<float>& lead = signals.mv[*lead_number(signals, name)];
    for (std::size_t i = 0; i < lead.size(); ++i) {
      lead[i] += static_cast<float>(share * leg_mv[i]);
    }
  };
  for (const auto& [name, share] : {std::pair("II", 1.0), {"III", 1.0}, {"aVR", -0.5}, {"aVL", -0.5}, {"aVF", 1.0}}) {
    add(name, share);
  }
  for (const char* const chest : {"V1", "V2", "V3", "V4", "V5", "V6"}) {
    add(chest, -1.0 / 3.0);  // Wilson's terminal
  }
}

/// An electrode in the air: mains and drift.
std::vector<double> in_the_air(std::size_t size, double rate_hz, std::uint32_t seed) {
  std::vector<double> out(size);
  double drift = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0.0;
    for (int k = 0; k < 12; ++k) {
      seed = seed * 1664525U + 1013904223U;
      sum += static_cast<double>(seed >> 8U) * 0x1.0p-24;
    }
    drift += 0.05 * (sum - 6.0);
    out[i] = 2.0 * std::sin(2 * std::numbers::pi * 50.0 * static_cast<double>(i) / rate_hz) + drift;
  }
  return out;
}

TEST(DisturbedRecording, with_the_left_leg_off_rests_on_what_is_left) {
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    FrontEndSettings settings;
    settings.seed = seed;
    LeadSignals signals = measured(settings, 10);
    disturb_left_leg(signals, in_the_air(signals.num_samples(), signals.rate_hz, seed));
    const Analysis a = analysed(signals);
    const std::string where = "seed " + std::to_string(seed) + ": " + said(a);
    expect_healthy(a, where);
    EXPECT_FALSE(a.says("ventricular_ectopy") || a.says("supraventricular_ectopy")) << where;
    EXPECT_FALSE(a.says("regular_without_p") || a.says("irregular_without_p") || a.says("electrodes_swapped")) << where;
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      if (!a.measurements.leads.empty() && a.quality.good_part(lead) == 0.0) {
        EXPECT_FALSE(a.measurements.leads[lead].is_measured) << where << signals.names[lead];
      }
    }
    for (const Statement& statement : a.statements) {
      if (!statement.code.starts_with("cannot_say")) {
        EXPECT_EQ(statement.leads, (std::vector<std::string>{"I"})) << where;
      }
    }
  }
}

TEST(DisturbedRecording, with_a_step_of_an_electrode_has_no_ectopic_beats_and_no_exchange) {
  for (const double height_mv : {-5.0, 5.0}) {
    for (const double from_s : {3.7, 4.0, 4.3, 4.6}) {
      LeadSignals signals = measured({}, 10);
      std::vector<double> leg(signals.num_samples(), 0.0);
      for (std::size_t i = 0; i < leg.size(); ++i) {
        const double t = static_cast<double>(i) / signals.rate_hz;
        leg[i] = t >= from_s && t < from_s + 2.0 ? height_mv : 0.0;
      }
      LeadSignals leg_stepped = signals;
      disturb_left_leg(leg_stepped, leg);
      for (std::size_t i = 0; i < leg.size(); ++i) {
        signals.mv[*lead_number(signals, "V3")][i] += static_cast<float>(leg[i]);
      }
      for (const LeadSignals& stepped : {leg_stepped, signals}) {
        const Analysis a = analysed(stepped);
        const std::string where = std::to_string(height_mv) + " mV from " + std::to_string(from_s) + ": " + said(a);
        expect_healthy(a, where);
        EXPECT_TRUE(a.says("sinus_rhythm")) << where;
        EXPECT_FALSE(a.says("ventricular_ectopy") || a.says("supraventricular_ectopy")) << where;
        EXPECT_FALSE(a.says("electrodes_swapped")) << where;
      }
    }
  }
}

TEST(RemoveMains, leaves_what_was_there_before) {
  const LeadSignals clean = measured({});
  for (const double hz : {50.0, 60.0}) {
    LeadSignals signals = clean;
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      for (std::size_t i = 0; i < signals.num_samples(); ++i) {
        const double t = static_cast<double>(i) / signals.rate_hz;
        signals.mv[lead][i] +=
            0.2F * static_cast<float>(std::sin(2 * std::numbers::pi * hz * t + 0.3 * static_cast<double>(lead)));
      }
    }
    const std::vector<std::int64_t> beats = detect_qrs(signals).sample;
    ASSERT_TRUE(remove_mains(signals, assess_quality(signals), beats));
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      double squares = 0.0;
      for (std::size_t i = 0; i < signals.num_samples(); ++i) {
        const double d = signals.mv[lead][i] - clean.mv[lead][i];
        squares += d * d / static_cast<double>(signals.num_samples());
      }
      EXPECT_LT(std::sqrt(squares), 0.004) << hz << " Hz, " << signals.names[lead];
    }
  }
  LeadSignals untouched = clean;
  EXPECT_FALSE(remove_mains(untouched, assess_quality(untouched), {}));
  EXPECT_EQ(untouched.mv, clean.mv);
}

TEST(DisturbedRecording, a_lead_of_a_wrong_gain_or_sign_is_named_and_takes_nothing_from_the_others) {
  const LeadSignals right = measured({});
  const Analysis healthy = analysed(right);
  for (const auto& [lead, gain] : {std::pair{"III", 5.0F}, std::pair{"II", 5.0F}, std::pair{"I", -1.0F}}) {
    LeadSignals wrong{right.rate_hz, {}, {}};
    for (std::size_t i = 0; i < right.num_leads(); ++i) {
      wrong.names.push_back(right.names[i]);
      wrong.mv.push_back(right.mv[i]);
      for (float& x : wrong.mv.back()) {  // as a recorder stores each lead for itself
        x = 0.005F * std::round(x / 0.005F) * (right.names[i] == lead ? gain : 1.0F);
      }
    }
    const Analysis a = analysed(wrong);
    const auto named = std::ranges::find(a.statements, "cannot_say_leads", &Statement::code);
    ASSERT_NE(named, a.statements.end()) << lead << ": " << said(a);
    EXPECT_EQ(named->leads, std::vector<std::string>{lead}) << named->reason;
    EXPECT_NEAR(*a.measurements.qrs_ms, *healthy.measurements.qrs_ms, 6.0) << lead;
    EXPECT_NEAR(*a.measurements.pr_ms, *healthy.measurements.pr_ms, 10.0) << lead;
    EXPECT_NEAR(*a.measurements.qt_ms, *healthy.measurements.qt_ms, 10.0) << lead;
    EXPECT_EQ(a.measurements.qrs_axis_deg.has_value(), std::string("I") != lead);
    expect_healthy(a, lead);
  }
}

}  // namespace
}  // namespace xingu::ecg
