// SPDX-License-Identifier: Apache-2.0
#include "ecg/sinus_pauses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

using test_signals::synthetic_ecg;

constexpr double sinus_interval_s = 1.1;
constexpr double paused_recording_s = 14.0;
constexpr std::size_t last_before = 4;  ///< beat that the pause begins with

/// Beats of a regular rhythm with one interval that lasts several; others stray by a part of theirs to and fro.
std::vector<double> beats_with_pause(double intervals, double stray = 0.0, double usual_s = sinus_interval_s) {
  std::vector<double> beats;
  double at = 0.5;
  for (std::size_t b = 0; at < paused_recording_s - 0.5; ++b) {
    beats.push_back(at);
    at += usual_s * (b == last_before ? intervals : 1.0 + (b % 2 == 0 ? stray : -stray));
  }
  return beats;
}

/// With some noise: leads that are flat have no electrode.
LeadSignals leads_with(const std::vector<double>& beats, double p_mv = 0.12) {
  LeadSignals signals = synthetic_ecg(beats, paused_recording_s, 500.0, 4, p_mv).signals;
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const Philox random(5, lead);
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      signals.mv[lead][i] += static_cast<float>(0.03 * (random.uniform(i) - 0.5));
    }
  }
  return signals;
}

Analysis analysis_with(const LeadSignals& signals) { return analyse(signals, {}, test::shipped_thresholds()); }

const Statement* statement_of(const Analysis& a, std::string_view code) {
  const auto found = std::ranges::find(a.statements, code, &Statement::code);
  return found == a.statements.end() ? nullptr : &*found;
}

TEST(SinusPauses, of_two_or_three_intervals_may_be_sinoatrial_block) {
  for (const double intervals : {1.93, 2.0, 2.07, 3.0}) {
    const Analysis a = analysis_with(leads_with(beats_with_pause(intervals, 0.01)));
    const Statement* const said = statement_of(a, "sinoatrial_block");
    ASSERT_NE(said, nullptr) << intervals;
    EXPECT_EQ(said->beats, std::vector<std::size_t>{last_before + 1});
    EXPECT_NE(said->reason.find("of the 1.10 s beside it"), std::string::npos) << said->reason;
    EXPECT_FALSE(a.says("sinus_pause")) << intervals;
  }
}

TEST(SinusPauses, of_no_whole_number_of_intervals_are_no_such_block) {
  for (const double intervals : {2.4, 2.6, 3.4, 4.0}) {
    const Analysis a = analysis_with(leads_with(beats_with_pause(intervals)));
    EXPECT_TRUE(a.says("sinus_pause")) << intervals;
    EXPECT_FALSE(a.says("sinoatrial_block")) << intervals;
  }
}

TEST(SinusPauses, with_an_early_p_wave_in_the_t_wave_before_are_of_neither_kind) {
  const std::vector<double> beats = beats_with_pause(2.0);
  for (const double behind_s : {0.25, 0.31, 0.45, 0.7, 1.3}) {
    LeadSignals signals = leads_with(beats);
    for (std::vector<float>& lead : signals.mv) {
      for (std::size_t i = 0; i < lead.size(); ++i) {
        const double t = (static_cast<double>(i) / signals.rate_hz - beats[last_before] - behind_s) / 0.02;
        lead[i] += static_cast<float>(0.09 * std::exp(-t * t / 2));
      }
    }
    const Analysis a = analysis_with(signals);
    EXPECT_FALSE(a.says("sinoatrial_block") || a.says("sinus_pause")) << behind_s;
  }
}

TEST(SinusPauses, are_not_judged_in_an_uneven_rhythm_or_without_p_waves) {
  const Analysis uneven = analysis_with(leads_with(beats_with_pause(2.0, 0.08)));
  EXPECT_TRUE(uneven.says("pause"));
  EXPECT_FALSE(uneven.says("sinoatrial_block") || uneven.says("sinus_pause"));
  const Analysis without_p = analysis_with(leads_with(beats_with_pause(2.0), 0.0));
  EXPECT_TRUE(without_p.says("pause"));
  EXPECT_FALSE(without_p.says("sinoatrial_block") || without_p.says("sinus_pause"));
}

TEST(SinusPauses, are_more_than_a_slow_beat) {
  for (const double intervals : {1.4, 1.6}) {
    const Analysis a = analysis_with(leads_with(beats_with_pause(intervals, 0.0, 1.45)));
    EXPECT_TRUE(a.says("pause")) << intervals;
    EXPECT_EQ(a.says("sinus_pause"), intervals > 1.5) << intervals;
    EXPECT_FALSE(a.says("sinoatrial_block")) << intervals;
  }
}

TEST(SinusPauses, are_not_sought_in_a_rhythm_without_pauses) {
  const Analysis a = analysis_with(leads_with(beats_with_pause(1.0)));
  EXPECT_FALSE(a.says("pause") || a.says("sinoatrial_block") || a.says("sinus_pause"));
}

}  // namespace
}  // namespace xingu::ecg
