// SPDX-License-Identifier: Apache-2.0
// What is said of ST where noise moves it: an elevation calls for help at once, so chance must not make one.
#include "ecg/st_statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/philox.h"
#include "ecg/filters.h"
#include "ecg/simulation/phantom.h"
#include "noisy_phantom.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

struct MeasuredSt {
  double j_mV = 0.0;
  double error_mV = 0.0;
  std::size_t num_beats = 10;
};

/// Twelve leads whose ST is level, I and aVL as given.
Analysis with_st(const MeasuredSt& st) {
  Analysis a;
  a.measurements.qrs_ms = 90.0;
  a.measurements.num_beats = 10;
  for (const char* const name : {"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"}) {
    LeadMeasurements lead;
    lead.lead = name;
    lead.qrs = {{"R", 40.0, 0.8}, {"S", 30.0, -0.2}};
    lead.num_beats = 10;
    lead.st_error_mV = 0.004;
    if (lead.lead == "I" || lead.lead == "aVL") {
      lead.st_j_mV = lead.st_60_mV = lead.st_80_mV = st.j_mV;
      lead.num_beats = st.num_beats;
      lead.st_error_mV = st.num_beats > 1 ? std::optional(st.error_mV) : std::nullopt;
    }
    a.measurements.leads.push_back(std::move(lead));
  }
  return a;
}

Analysis said(Analysis a) {
  say_st(false, {}, {}, test::shipped_thresholds(), a);
  return a;
}

Analysis said(const MeasuredSt& st) { return said(with_st(st)); }

TEST(SaySt, tells_an_elevation_where_chance_does_not_reach_it) {
  EXPECT_TRUE(said({.j_mV = 0.105, .error_mV = 0.008}).says("st_elevation")) << "a calm recording";
  EXPECT_FALSE(said({.j_mV = 0.105, .error_mV = 0.008}).says("cannot_say_st_leads"));
  EXPECT_TRUE(said({.j_mV = 0.18, .error_mV = 0.025}).says("st_elevation"));
  const Analysis noisy = said({.j_mV = 0.16, .error_mV = 0.025});
  EXPECT_FALSE(noisy.says("st_elevation"));
  EXPECT_FALSE(noisy.says("cannot_say_st_leads"));
  const auto doubt = std::ranges::find(noisy.statements, "cannot_say_st_elevation", &Statement::code);
  ASSERT_NE(doubt, noisy.statements.end());
  EXPECT_EQ(doubt->leads, (std::vector<std::string>{"aVL", "I"}));
  EXPECT_TRUE(doubt->reason.starts_with("J in aVL +0.16 I +0.16 mV")) << doubt->reason;
  EXPECT_FALSE(said({.j_mV = 0.03, .error_mV = 0.025}).says("cannot_say_st_leads")) << "nothing to be in doubt of";
}

TEST(SaySt, asks_more_of_few_beats) {
  for (const auto& [num_beats, errors] : {std::pair{2, 31.8}, {3, 6.96}, {4, 4.54}, {7, 3.14}, {8, 3.0}, {60, 3.0}}) {
    MeasuredSt st{.error_mV = 0.02, .num_beats = static_cast<std::size_t>(num_beats)};
    st.j_mV = 0.1 + errors * st.error_mV + 0.001;
    EXPECT_TRUE(said(st).says("st_elevation")) << num_beats;
    st.j_mV -= 0.002;
    EXPECT_FALSE(said(st).says("st_elevation")) << num_beats;
    EXPECT_TRUE(said(st).says("cannot_say_st_elevation")) << num_beats;
  }
}

TEST(SaySt, says_nothing_from_one_beat_of_many_or_of_a_disturbed_lead) {
  const MeasuredSt st{.j_mV = 0.5, .num_beats = 1};
  EXPECT_FALSE(said(st).says("st_elevation"));
  EXPECT_TRUE(said(st).says("cannot_say_st_leads"));
  Analysis of_one_beat = with_st(st);
  of_one_beat.measurements.num_beats = 1;
  EXPECT_TRUE(said(of_one_beat).says("st_elevation")) << "all that there is, and calm";
  of_one_beat.quality.leads.assign(12, std::vector<LeadSecond>(3));
  for (std::vector<LeadSecond>& lead : of_one_beat.quality.leads) {
    lead.front().faults = 1U << static_cast<unsigned>(Fault::baseline);
  }
  EXPECT_FALSE(said(of_one_beat).says("st_elevation"));
}

TEST(SaySt, tells_a_depression_where_chance_would_not_make_one_or_does_not_reach_it) {
  EXPECT_TRUE(said({.j_mV = -0.06, .error_mV = 0.016}).says("st_depression"));
  EXPECT_FALSE(said({.j_mV = -0.09, .error_mV = 0.018}).says("st_depression"));
  EXPECT_TRUE(said({.j_mV = -0.09, .error_mV = 0.018}).says("cannot_say_st_leads"));
  EXPECT_TRUE(said({.j_mV = -0.11, .error_mV = 0.018}).says("st_depression"));
}

/// A heart whose ST is raised in the leads to the feet, falling to nothing within T.
LeadSignals inferior_elevation(double st_mv, std::uint64_t seed) {
  PhantomSettings settings;
  settings.seed = seed;
  const Phantom phantom = make_phantom(settings);
  LeadSignals signals = lead_signals(to_ecg_record(phantom.recording));
  constexpr std::array<std::pair<const char*, double>, 6> shares{
      {{"II", 1.0}, {"III", 1.0}, {"aVF", 1.0}, {"aVR", -0.5}, {"aVL", -0.5}, {"V6", 0.5}}};
  for (const auto& [name, share] : shares) {
    std::vector<float>& lead = signals.mv[*lead_number(signals, name)];
    for (const PhantomBeat& beat : phantom.beats) {
      for (std::size_t i = 0; i < lead.size(); ++i) {
        const double t = static_cast<double>(i) / signals.rate_hz - beat.qrs.offset_s;
        const double rise = std::clamp(1.0 + t / 0.03, 0.0, 1.0);
        const double fall = std::clamp((0.22 - t) / 0.12, 0.0, 1.0);
        lead[i] += static_cast<float>(share * st_mv * rise * fall);
      }
    }
  }
  return signals;
}

/// Nine electrodes that move, each for itself: noise from 0.5 to 8 Hz.
/// @param mv  root mean square
void move_electrodes(LeadSignals& signals, double mv, std::uint64_t seed) {
  constexpr std::array<std::array<double, 3>, 6> limbs{
      {{-1, 1, 0}, {-1, 0, 1}, {0, -1, 1}, {1, -0.5, -0.5}, {-0.5, 1, -0.5}, {-0.5, -0.5, 1}}};  // RA, LA, LL
  for (std::uint64_t electrode = 0; electrode < 9; ++electrode) {
    const Philox random(seed, electrode);
    std::vector<float> noise(signals.num_samples());
    for (std::size_t i = 0; i < noise.size(); ++i) {
      noise[i] = static_cast<float>(random.uniform(i) - 0.5);
    }
    const std::size_t margin = filter_margin(signals.rate_hz);
    filter_zero_phase(Biquad::low_pass(8.0, signals.rate_hz), std::span<float>(noise), margin);
    filter_zero_phase(Biquad::high_pass(0.5, signals.rate_hz), std::span<float>(noise), margin);
    double squares = 0.0;
    for (const float x : noise) {
      squares += static_cast<double>(x) * x / static_cast<double>(noise.size());
    }
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      const double terminal = electrode < 3 ? -1.0 / 3.0 : 0.0;
      const double own = electrode == lead - 3 ? 1.0 : terminal;  // V1 is lead 6 and electrode 3
      const double share = lead < 6 ? (electrode < 3 ? limbs.at(lead).at(electrode) : 0.0) : own;
      const double scale = share * mv / std::sqrt(squares);
      for (std::size_t i = 0; i < noise.size(); ++i) {
        signals.mv[lead][i] += static_cast<float>(scale * noise[i]);
      }
    }
  }
}

constexpr int num_hearts = 12;

struct Said {
  int elevation = 0;
  int doubt = 0;
};

Said in_noise(double st_mv, double noise_mv) {
  Said out;
  for (int seed = 1; seed <= num_hearts; ++seed) {
    LeadSignals signals = inferior_elevation(st_mv, static_cast<std::uint64_t>(seed));
    move_electrodes(signals, noise_mv, static_cast<std::uint64_t>(seed));
    const Analysis a = analyse(signals, {}, test::shipped_thresholds());
    out.elevation += a.says("st_elevation") ? 1 : 0;
    out.doubt += a.says("cannot_say_st_leads") ? 1 : 0;
  }
  return out;
}

TEST(SaySt, makes_no_elevation_of_noise_on_ten_seconds) {
  for (const double noise_mv : {0.05, 0.1, 0.15}) {
    EXPECT_EQ(in_noise(0.07, noise_mv).elevation, 0) << noise_mv;
  }
}

TEST(SaySt, tells_an_elevation_in_noise_or_that_it_cannot_be_told) {
  EXPECT_EQ(in_noise(0.13, 0.0).elevation, num_hearts);
  EXPECT_GE(in_noise(0.3, 0.05).elevation, num_hearts - 1);
  const Said near_limit = in_noise(0.16, 0.06);
  EXPECT_GE(near_limit.elevation + near_limit.doubt, num_hearts);
}

}  // namespace
}  // namespace xingu::ecg
