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
