// SPDX-License-Identifier: Apache-2.0
#include "ecg/signal_quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

using test_signals::regular_beats;
using test_signals::synthetic_ecg;

LeadSignals clean() { return synthetic_ecg(regular_beats(0.4, 0.8, 10), 10).signals; }

TEST(SignalQuality, finds_nothing_wrong_with_a_clean_lead) {
  const SignalQuality quality = assess_quality(clean());
  ASSERT_EQ(quality.num_seconds(), 10U);
  EXPECT_DOUBLE_EQ(quality.good_part(0), 1.0);
  EXPECT_EQ(quality.leads_with_signal(3), 2U);
}

TEST(SignalQuality, names_each_fault_in_its_second_and_lead_only) {
  LeadSignals signals = clean();
  for (std::size_t i = 0; i < 500; ++i) {
    const double t = static_cast<double>(i) / 500;
    signals.mv[0][500 + i] = std::numeric_limits<float>::quiet_NaN();
    signals.mv[0][1500 + i] = 0.3F;
    signals.mv[0][2500 + i] = i < 200 ? 5.0F : signals.mv[0][2500 + i];
    signals.mv[1][1500 + i] += static_cast<float>(0.15 * std::sin(2 * std::numbers::pi * 50 * t));
    signals.mv[1][3500 + i] += (i / 2) % 2 == 0 ? 0.1F : -0.1F;
  }
  const SignalQuality quality = assess_quality(signals);
  EXPECT_TRUE(quality.leads[0][1].has(Fault::missing));
  EXPECT_TRUE(quality.leads[0][3].has(Fault::flat));
  EXPECT_FALSE(quality.leads[0][3].has_signal());
  EXPECT_TRUE(quality.leads[0][5].has(Fault::saturated));
  EXPECT_TRUE(quality.leads[1][3].has(Fault::mains));
  EXPECT_TRUE(quality.leads[1][7].has(Fault::muscle));
  EXPECT_TRUE(quality.leads[1][1].is_good());
  EXPECT_TRUE(quality.leads[0][7].is_good());
}

LeadSignals clipped(LeadSignals signals, float height) {
  for (float& x : signals.mv[0]) {
    x = std::clamp(x, -height, height);
  }
  return signals;
}

TEST(SignalQuality, calls_a_lead_whose_peaks_are_cut_at_any_height_saturated) {
  for (const float height : {0.4F, 0.7F, 1.0F}) {
    const SignalQuality quality = assess_quality(clipped(clean(), height));
    EXPECT_DOUBLE_EQ(quality.good_part(0), 0.0) << height;
    EXPECT_TRUE(quality.leads[0][4].has(Fault::saturated)) << height;
    EXPECT_DOUBLE_EQ(quality.good_part(1), 1.0) << height;
  }
}

TEST(SignalQuality, takes_coarse_heights_a_level_line_and_stimuli_for_no_cut_peaks) {
  for (const double step : {0.2, 0.1, 0.05, 0.02, 0.005}) {
    LeadSignals signals = clean();
    for (std::vector<float>& lead : signals.mv) {
      for (float& x : lead) {
        x = static_cast<float>(std::round(std::max(0.0, static_cast<double>(x)) / step) * step);  // nothing below zero
      }
    }
    const SignalQuality quality = assess_quality(signals);
    for (const std::vector<LeadSecond>& lead : quality.leads) {
      EXPECT_TRUE(std::ranges::none_of(lead, [](const LeadSecond& s) { return s.has(Fault::saturated); })) << step;
    }
  }
  LeadSignals paced = synthetic_ecg(regular_beats(0.4, 0.8, 10), 10, 2000).signals;
  for (double at = 0.2; at < 9.5; at += 0.8) {
    std::fill_n(paced.mv[0].begin() + std::lround(at * 2000), 4, 1.4F);
  }
  EXPECT_FALSE(assess_quality(paced).leads[0][4].has(Fault::saturated));
}

TEST(SignalQuality, sees_limb_leads_that_contradict_einthoven) {
  LeadSignals signals = synthetic_ecg(regular_beats(0.4, 0.8, 5), 5, 500, 3).signals;
  signals.names = {"I", "II", "III"};
  for (std::size_t i = 0; i < signals.num_samples(); ++i) {
    signals.mv[2][i] = signals.mv[1][i] - signals.mv[0][i];
  }
  EXPECT_FALSE(assess_quality(signals).leads[0][2].has(Fault::inconsistent));
  for (float& x : signals.mv[1]) {
    x = -x;
  }
  EXPECT_TRUE(assess_quality(signals).leads[0][2].has(Fault::inconsistent));
}

std::vector<std::size_t> seconds_with(Fault fault, const std::vector<LeadSecond>& lead) {
  std::vector<std::size_t> out;
  for (std::size_t s = 0; s < lead.size(); ++s) {
    if (lead[s].has(fault)) {
      out.push_back(s);
    }
  }
  return out;
}

/// Twenty minutes of I, II and III, in which V1 is lost from 1001 to 1003 s and III contradicts from 1101 to 1103 s.
LeadSignals long_limb_leads(double rate_hz) {
  LeadSignals signals;
  signals.rate_hz = rate_hz;
  signals.names = {"I", "II", "III", "V1"};
  signals.mv.resize(4);
  for (std::size_t i = 0; static_cast<double>(i) < 1200.0 * rate_hz; ++i) {
    const double time_s = static_cast<double>(i) / rate_hz;
    const double one = 0.5 * std::sin(2 * std::numbers::pi * 5 * time_s);
    const double two = 0.4 * std::sin(2 * std::numbers::pi * 7 * time_s);
    const bool contradicts = time_s >= 1101 && time_s < 1103;
    const bool is_lost = time_s >= 1001 && time_s < 1003;
    signals.mv[0].push_back(static_cast<float>(one));
    signals.mv[1].push_back(static_cast<float>(two));
    signals.mv[2].push_back(static_cast<float>(contradicts ? 3.0 * two : two - one));
    signals.mv[3].push_back(is_lost ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(one));
  }
  return signals;
}

TEST(SignalQuality, keeps_time_at_rates_that_are_no_whole_number) {
  for (const double rate_hz : {250.0, 333.33, 333.7, 976.5625}) {
    const SignalQuality quality = assess_quality(long_limb_leads(rate_hz));
    EXPECT_EQ(quality.num_seconds(), 1200U) << rate_hz;
    EXPECT_EQ(seconds_with(Fault::missing, quality.leads[3]), (std::vector<std::size_t>{1001, 1002})) << rate_hz;
    EXPECT_EQ(seconds_with(Fault::inconsistent, quality.leads[2]), (std::vector<std::size_t>{1101, 1102})) << rate_hz;
  }
}

TEST(SignalQuality, counts_cut_peaks_in_their_own_seconds) {
  for (const double rate_hz : {250.0, 333.33, 333.7}) {
    LeadSignals signals{rate_hz, {"II"}, {{}}};
    for (std::size_t i = 0; static_cast<double>(i) < 1200.0 * rate_hz; ++i) {  // a peak a second
      const double time_s = static_cast<double>(i) / rate_hz;
      const double from_peak = (time_s - std::floor(time_s) - 0.5) / 0.02;
      const double mv = std::exp(-from_peak * from_peak / 2);
      const bool is_cut = time_s >= 1100.0 && time_s < 1110.0;
      const double shown_mv = is_cut && mv > 0.6 ? 0.7 : 0.5 * mv;
      signals.mv[0].push_back(static_cast<float>(std::round(1000.0 * shown_mv) / 1000.0));
    }
    const std::vector<std::size_t> cut = seconds_with(Fault::saturated, assess_quality(signals).leads[0]);
    ASSERT_FALSE(cut.empty()) << rate_hz;
    // five of the ten seconds about them have one: from five before to four behind
    EXPECT_EQ(cut.front(), 1100U) << rate_hz;
    EXPECT_EQ(cut.back(), 1110U) << rate_hz;
  }
}

TEST(SignalQuality, gives_a_say_to_leads_with_a_signal_and_before_others_to_calm_ones) {
  const auto lead_of = [](unsigned faults, std::size_t num_faulty) {
    std::vector<LeadSecond> seconds(10);
    for (std::size_t s = 0; s < num_faulty; ++s) {
      seconds[s].faults = static_cast<std::uint8_t>(faults);
    }
    return seconds;
  };
  const auto bit = [](Fault fault) { return 1U << static_cast<unsigned>(fault); };
  const auto good = lead_of(0, 0);
  const auto off = lead_of(bit(Fault::missing), 10);
  const auto flat = lead_of(bit(Fault::flat), 6);
  const auto noisy = lead_of(bit(Fault::muscle), 6);
  const auto contradicted = lead_of(bit(Fault::inconsistent), 10);
  using Say = std::vector<bool>;
  EXPECT_EQ(leads_with_a_say({{good, good}}), (Say{true, true}));
  EXPECT_EQ(leads_with_a_say({{good, off, flat, contradicted}}), (Say{true, false, false, true}));
  EXPECT_EQ(leads_with_a_say({{good, noisy, noisy}}), (Say{true, false, false}));
  EXPECT_EQ(leads_with_a_say({{good, noisy, noisy, noisy}}), (Say{true, true, true, true})) << "one of four";
  EXPECT_EQ(leads_with_a_say({{off, flat}}), (Say{true, true})) << "none has a signal";
}

}  // namespace
}  // namespace xingu::ecg
