// SPDX-License-Identifier: Apache-2.0
#include "ecg/exit_site.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

/// A complex whose leads are as positive as given, −1 … 1.
VentricularComplex complex_of(const std::array<double, 12>& net, std::size_t num_beats = 16) {
  VentricularComplex c;
  c.beats.resize(num_beats);
  for (std::size_t i = 0; i < 12; ++i) {
    c.up_mV[i] = 0.5 * (1.0 + net[i]);
    c.down_mV[i] = 0.5 * (1.0 - net[i]);
  }
  return c;
}

int best(const std::array<double, 12>& net) { return estimate_exit_site(complex_of(net)).segments.front().segment; }

bool is_one_of(int segment, std::initializer_list<int> expected) {
  return std::ranges::find(expected, segment) != expected.end();
}

//                                    I    II   III  aVR  aVL  aVF  V1   V2   V3   V4   V5   V6
constexpr std::array<double, 12> rvot{0.2, 1.0, 1.0, -1., -.8, 1.0, -1., -1., -.4, 0.7, 1.0, 1.0};
constexpr std::array<double, 12> lvot{0.1, 1.0, 1.0, -1., -.9, 1.0, -.2, 0.4, 0.9, 1.0, 1.0, 1.0};
constexpr std::array<double, 12> inferobasal{0.4, -.8, -.9, 0.3, 0.8, -.9, 0.9, 1.0, 1.0, 0.9, 0.7, 0.4};
constexpr std::array<double, 12> apical_septal{0.8, -.1, -.4, -.4, 0.8, -.2, -1., -1., -1., -.7, 0.1, 0.4};
constexpr std::array<double, 12> lateral_basal{-.9, 0.2, 0.6, 0.4, -1., 0.4, 1.0, 1.0, 1.0, 0.9, 0.5, -.3};
constexpr std::array<double, 12> apex{0.1, -.7, -.8, 0.4, 0.4, -.8, -.8, -1., -1., -1., -1., -.9};

constexpr std::array<double, 12> anterior_apical{0.2, 0.9, 0.9, -.6, -.4, 0.9, -1., -1., -1., -1., -.8, -.4};

TEST(ExitSite, lies_opposite_to_where_the_complex_points) {
  EXPECT_TRUE(is_one_of(best(inferobasal), {3, 4, 5}));
  EXPECT_TRUE(is_one_of(best(apical_septal), {14, 9, 8, 15}));
  EXPECT_TRUE(is_one_of(best(lateral_basal), {5, 6}));
  EXPECT_TRUE(is_one_of(best(apex), {17, 15}));
}

TEST(ExitSite, calls_a_left_bundle_pattern_with_inferior_axis_an_outflow_tract_by_its_transition) {
  EXPECT_EQ(estimate_exit_site(complex_of(rvot)).outflow, "right ventricular");
  EXPECT_EQ(estimate_exit_site(complex_of(lvot)).outflow, "left ventricular");
  const ExitSite right = estimate_exit_site(complex_of(rvot));
  const ExitSite left = estimate_exit_site(complex_of(lvot));
  EXPECT_GT(right.right_outflow_share, 0.68);
  EXPECT_LT(left.right_outflow_share, 0.32);
  EXPECT_GT(left.outflow_share(), 0.68) << "of the tract that is named";
  EXPECT_EQ(outflow_text(right), fmt::format("right ventricular outflow tract, {:.0f} % against the left one",
                                             100 * right.right_outflow_share));
  EXPECT_EQ(estimate_exit_site(complex_of(inferobasal)).outflow, "");
  EXPECT_EQ(estimate_exit_site(complex_of(rvot)).transition, 4);
  EXPECT_EQ(estimate_exit_site(complex_of(anterior_apical)).outflow, "");
  EXPECT_TRUE(is_one_of(best(anterior_apical), {13, 14, 17})) << best(anterior_apical);
}

TEST(ExitSite, shares_sum_to_one_and_are_spread_where_nothing_is_clear) {
  const ExitSite clear = estimate_exit_site(complex_of(inferobasal));
  const ExitSite unclear = estimate_exit_site(complex_of({}));
  for (const ExitSite& site : {clear, unclear}) {
    ASSERT_EQ(site.segments.size(), 17U);
    const double sum = std::accumulate(site.segments.begin(), site.segments.end(), 0.0,
                                       [](double s, const SegmentGuess& g) { return s + g.share; });
    EXPECT_NEAR(sum, 1.0, 1e-12);
  }
  EXPECT_GT(clear.segments.front().share, 2.0 * unclear.segments.front().share);
  EXPECT_EQ(segment_name(17), "apex");
}

TEST(ExitSite, is_less_sure_of_few_beats) {
  double last = 0.0;
  for (const std::size_t num_beats : {1U, 2U, 4U, 16U, 256U}) {
    const ExitSite site = estimate_exit_site(complex_of(inferobasal, num_beats));
    EXPECT_EQ(site.segments.front().segment, best(inferobasal)) << num_beats;
    EXPECT_GT(site.segments.front().share, last) << num_beats;
    last = site.segments.front().share;
  }
  const double of_one = estimate_exit_site(complex_of(inferobasal, 1)).segments.front().share;
  EXPECT_LT(of_one, 0.75 * last);
  // d² halves for one beat: a segment's odds against the best are the root of those of many beats
  const auto odds = [](std::size_t num_beats, int segment) {
    const ExitSite site = estimate_exit_site(complex_of(inferobasal, num_beats));
    const auto found = std::ranges::find(site.segments, segment, &SegmentGuess::segment);
    return found->share / site.segments.front().share;
  };
  for (int segment = 1; segment <= 17; ++segment) {
    EXPECT_NEAR(odds(1, segment), std::sqrt(odds(1'000'000, segment)), 1e-5) << segment;
  }
}

TEST(ExitSite, is_asked_of_no_rhythm_that_p_waves_lead) {
  Analysis analysis;
  analysis.sequence.sample.resize(10);
  analysis.sequence.type.assign(10, BeatType::normal);
  analysis.waves.global.resize(10);
  for (BeatWaves& beat : analysis.waves.global) {
    beat.qrs = WaveBounds{};
  }
  EXPECT_FALSE(come_from_above(analysis));
  for (std::size_t b = 0; b < 6; ++b) {
    analysis.waves.global[b].p = WaveBounds{};
  }
  EXPECT_TRUE(come_from_above(analysis));
  analysis.sequence.type[0] = analysis.sequence.type[1] = analysis.sequence.type[2] = BeatType::paced;
  EXPECT_FALSE(come_from_above(analysis));
  std::ranges::fill(analysis.sequence.type, BeatType::normal);
  analysis.wide = WideRhythm{};
  EXPECT_FALSE(come_from_above(analysis));
}

TEST(ExitSite, is_asked_of_no_block_beside_atria_that_fibrillate) {
  Analysis analysis;
  analysis.sequence.sample.resize(10);
  analysis.sequence.type.assign(10, BeatType::normal);
  analysis.waves.global.resize(10);
  EXPECT_FALSE(come_from_above(analysis));
  analysis.statements.push_back({"atrial_fibrillation", "", "", {}, {}});
  EXPECT_TRUE(come_from_above(analysis));
}

TEST(VentricularComplex, averages_the_ventricular_beats_and_derives_limb_leads) {
  PhantomSettings settings;
  settings.duration_s = 30.0;
  settings.pvc_share = 0.2;
  const LeadSignals all = lead_signals(to_ecg_record(make_phantom(settings).recording));
  const StatementThresholds& t = test::shipped_thresholds();
  const Analysis analysis = analyse(all, {}, t);
  const auto complex = ventricular_complex(all, analysis);
  ASSERT_TRUE(complex);
  EXPECT_GE(complex->beats.size(), 3U);
  EXPECT_NEAR(complex->qrs_ms, 150.0, 25.0);
  LeadSignals eight = all;
  for (std::size_t lead = eight.names.size(); lead-- > 0;) {
    if (eight.names[lead] == "III" || eight.names[lead].starts_with('a')) {
      eight.names.erase(eight.names.begin() + static_cast<std::ptrdiff_t>(lead));
      eight.mv.erase(eight.mv.begin() + static_cast<std::ptrdiff_t>(lead));
    }
  }
  const auto derived = ventricular_complex(eight, analysis);
  ASSERT_TRUE(derived);
  for (const std::string_view lead : twelve_leads) {
    EXPECT_NEAR(derived->net(lead), complex->net(lead), 0.02) << lead;
  }
}

TEST(VentricularComplex, is_none_without_a_ventricular_beat_or_with_two_leads) {
  const LeadSignals all = lead_signals(to_ecg_record(make_phantom({}).recording));
  const StatementThresholds& t = test::shipped_thresholds();
  EXPECT_FALSE(ventricular_complex(all, analyse(all, {}, t)));
  EXPECT_FALSE(ventricular_complex({500.0, {"I", "II"}, {{0.0F}, {0.0F}}}, {}));
}

/// Half a minute with extrasystoles.
LeadSignals with_extrasystoles() {
  PhantomSettings settings;
  settings.duration_s = 30.0;
  settings.pvc_share = 0.2;
  return lead_signals(to_ecg_record(make_phantom(settings).recording));
}

TEST(VentricularComplex, is_none_where_a_lead_has_no_signal) {
  LeadSignals flat = with_extrasystoles();
  const std::size_t v4 = *lead_number(flat, "V4");
  ASSERT_TRUE(leads_without_exit(flat, analyse(flat, {}, test::shipped_thresholds())).empty());
  std::ranges::fill(flat.mv[v4], 0.0F);
  const Analysis analysis = analyse(flat, {}, test::shipped_thresholds());
  ASSERT_TRUE(analysis.says("ventricular_ectopy"));
  EXPECT_FALSE(ventricular_complex(flat, analysis));
  EXPECT_EQ(leads_without_exit(flat, analysis), std::vector<std::string>{"V4"});
}

TEST(VentricularComplex, takes_no_beat_at_which_a_lead_is_lost_or_whose_second_is_not_judged) {
  const LeadSignals all = with_extrasystoles();
  const Analysis whole = analyse(all, {}, test::shipped_thresholds());
  const auto complex = ventricular_complex(all, whole);
  ASSERT_TRUE(complex);
  ASSERT_GE(complex->beats.size(), 2U);
  const std::size_t lost = complex->beats.front();
  const auto second = static_cast<std::size_t>(whole.sequence.time_s(lost));
  const auto is_without = [&](const Analysis& a) {
    const auto left = ventricular_complex(all, a);
    return left && std::ranges::find(left->beats, lost) == left->beats.end();
  };
  EXPECT_FALSE(is_without(whole));
  Analysis a = whole;
  a.quality.leads[*lead_number(all, "V2")][second].faults = 1U << static_cast<unsigned>(Fault::flat);
  EXPECT_TRUE(is_without(a));
  a = whole;
  a.sequence.is_rejected[second] = true;
  EXPECT_TRUE(is_without(a));
  a = whole;
  a.sequence.is_untold.assign(a.sequence.is_rejected.size(), false);
  a.sequence.is_untold[second] = true;
  EXPECT_TRUE(is_without(a));
  a = whole;
  const std::int64_t at = whole.waves.beats.samples[lost];
  a.swinging = {{at - 100, at + 100, 5.0F, {}, 12, true}};
  EXPECT_TRUE(is_without(a));
  a.swinging = {{0, static_cast<std::int64_t>(all.num_samples()), 5.0F, {}, 12, true}};
  EXPECT_FALSE(ventricular_complex(all, a));
  EXPECT_TRUE(leads_without_exit(all, a).empty());
}

TEST(VentricularComplex, is_told_from_all_beats_where_that_is_asked_for) {
  PhantomSettings settings;
  settings.qrs_ms = 150.0;
  const LeadSignals all = lead_signals(to_ecg_record(make_phantom(settings).recording));
  Analysis analysis = analyse(all, {}, test::shipped_thresholds());
  EXPECT_FALSE(ventricular_complex(all, analysis));
  const auto complex = ventricular_complex(all, analysis, ExitBeats::all);
  ASSERT_TRUE(complex);
  EXPECT_GE(2 * complex->beats.size(), analysis.sequence.size());
  std::ranges::fill(analysis.sequence.type, BeatType::paced);
  EXPECT_FALSE(ventricular_complex(all, analysis, ExitBeats::all));
}

TEST(VentricularComplex, is_none_where_the_complexes_are_narrow) {
  for (const auto& [qrs_ms, is_narrow] : {std::pair{70.0, true}, {150.0, false}}) {
    PhantomSettings settings;
    settings.qrs_ms = qrs_ms;
    const LeadSignals all = lead_signals(to_ecg_record(make_phantom(settings).recording));
    Analysis analysis = analyse(all, {}, test::shipped_thresholds());
    std::ranges::fill(analysis.sequence.type, BeatType::ventricular);
    EXPECT_EQ(ventricular_complex(all, analysis).has_value(), !is_narrow) << qrs_ms;
  }
}

}  // namespace
}  // namespace xingu::ecg
