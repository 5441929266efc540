// SPDX-License-Identifier: Apache-2.0
// Recordings that lack samples of all leads for a while: the rest is judged, and the gap is told.
#include "ecg/missing_samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "ecg/simulation/phantom.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

LeadSignals heart(double duration_s, double per_min) {
  PhantomSettings settings;
  settings.duration_s = duration_s;
  settings.heart_rate_per_min = per_min;
  return lead_signals(to_ecg_record(make_phantom(settings).recording));
}

/// Nothing was measured there on the first leads.
void lose(LeadSignals& signals, double from_s, double until_s, std::size_t num_leads) {
  for (std::size_t lead = 0; lead < num_leads; ++lead) {
    const auto end = std::min(signals.num_samples(), static_cast<std::size_t>(until_s * signals.rate_hz));
    for (auto i = static_cast<std::size_t>(from_s * signals.rate_hz); i < end; ++i) {
      signals.mv[lead][i] = std::numeric_limits<float>::quiet_NaN();
    }
  }
}

std::string said(const Analysis& a) {
  std::string out;
  for (const Statement& s : a.statements) {
    out += s.code + " (" + s.reason + "); ";
  }
  return out;
}

TEST(MissingSamples, of_many_short_losses_are_told_and_raise_no_alarm) {
  for (const double lost_s : {0.01, 0.04, 0.08, 0.16}) {
    for (const double part : {0.1, 0.3}) {
      LeadSignals signals = heart(10.0, 60);
      for (double from_s = 0.3 * lost_s; from_s < 9.0; from_s += lost_s / part) {
        lose(signals, from_s, from_s + lost_s, signals.num_leads());
      }
      const Analysis a = analyse(signals, {}, test::shipped_thresholds());
      EXPECT_TRUE(a.says("samples_missing")) << lost_s << ' ' << part << ": " << said(a);
      EXPECT_FALSE(a.says("beats_untold_for") || a.says("cannot_say_beats") ||
                   a.says("possible_ventricular_fibrillation"))
          << lost_s << ' ' << part << ": " << said(a);
    }
  }
  LeadSignals few = heart(10.0, 60);
  lose(few, 3.0, 3.04, few.num_leads());
  EXPECT_FALSE(analyse(few, {}, test::shipped_thresholds()).says("samples_missing"));
}

TEST(MissingSamples, leave_the_rest_of_a_recording_to_be_judged) {
  for (const double duration_s : {10.0, 30.0, 60.0}) {
    for (const double lost_s : {0.5, 2.0, 5.0}) {
      for (const double from_s : {0.0, 2.3, duration_s / 2 - 0.4, duration_s - lost_s}) {
        LeadSignals signals = heart(duration_s, 80);
        lose(signals, from_s, from_s + lost_s, signals.num_leads());
        const Analysis a = analyse(signals, {}, test::shipped_thresholds());
        const std::string where = std::to_string(lost_s) + " s of " + std::to_string(duration_s) + " s lost from " +
                                  std::to_string(from_s) + " s on: " + said(a);
        ASSERT_EQ(a.statements.size(), 2U) << where;
        EXPECT_TRUE(a.says("sinus_rhythm")) << where;
        EXPECT_TRUE(a.says("samples_missing")) << where;
        ASSERT_TRUE(a.measurements.rate_per_min && a.measurements.qrs_ms) << where;
        EXPECT_NEAR(*a.measurements.rate_per_min, 80, 4) << where;
      }
    }
  }
}

TEST(MissingSamples, of_most_of_a_recording_leave_no_rhythm_and_blame_no_heart) {
  LeadSignals signals = heart(12, 60);
  lose(signals, 2.5, 12, signals.num_leads());
  const Analysis a = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(a.says("cannot_say_few_beats")) << said(a);
  EXPECT_TRUE(a.says("samples_missing")) << said(a);
  EXPECT_FALSE(a.says("cannot_say_rare_beats") || a.says("no_beats_for") || a.says("pause")) << said(a);
}

TEST(MissingSamples, are_told_with_their_length_and_place) {
  LeadSignals signals = heart(30, 70);
  lose(signals, 4, 6, signals.num_leads());
  lose(signals, 20, 20.5, signals.num_leads());
  Analysis a;
  say_missing_samples(signals, a);
  ASSERT_EQ(a.statements.size(), 1U);
  EXPECT_NE(a.statements[0].text.find("2.5 s"), std::string::npos) << a.statements[0].text;
  EXPECT_NE(a.statements[0].reason.find("from 4.0 s to 6.0 s, the longest of 2"), std::string::npos)
      << a.statements[0].reason;
}

TEST(MissingSamples, of_most_leads_are_not_said_of_all) {
  LeadSignals signals = heart(20, 70);
  std::swap(signals.mv.front(), signals.mv.back());
  std::swap(signals.names.front(), signals.names.back());
  lose(signals, 2, 9, signals.num_leads() - 1);  // lead I goes on
  const Analysis a = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_FALSE(a.says("samples_missing")) << said(a);
  const auto found = std::ranges::find(a.statements, "samples_missing_in_leads", &Statement::code);
  ASSERT_NE(found, a.statements.end()) << said(a);
  EXPECT_NE(found->text.find("Most leads recorded nothing for 7.0 s"), std::string::npos) << found->text;
  EXPECT_EQ(found->leads, (std::vector<std::string>{"I"}));
}

TEST(MissingSamples, of_half_of_the_leads_or_for_a_moment_are_none) {
  LeadSignals signals = heart(10, 70);
  lose(signals, 4, 6, signals.num_leads() / 2);
  lose(signals, 7, 7.1, signals.num_leads());
  EXPECT_TRUE(missing_stretches(signals).empty());
  lose(signals, 4, 6, signals.num_leads() / 2 + 1);
  const std::vector<MissingStretch> found = missing_stretches(signals);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].from, 2000);
  EXPECT_EQ(found[0].until, 3000);
  const std::vector<bool> seconds = missing_seconds(found, signals.rate_hz, 10);
  EXPECT_EQ(std::ranges::count(seconds, true), 2);
  EXPECT_TRUE(seconds[4] && seconds[5]);
}

TEST(MissingSamples, hide_no_standstill_beside_them) {
  LeadSignals signals = heart(30, 70);
  lose(signals, 4, 6, signals.num_leads());
  for (std::vector<float>& lead : signals.mv) {
    for (std::size_t i = 7000; i < 11000; ++i) {
      lead[i] = i % 2 == 0 ? 0.01F : -0.01F;
    }
  }
  const Analysis a = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(a.says("standstill")) << said(a);
  EXPECT_TRUE(a.says("samples_missing")) << said(a);
}

}  // namespace
}  // namespace xingu::ecg
