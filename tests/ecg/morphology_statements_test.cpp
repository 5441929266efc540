// SPDX-License-Identifier: Apache-2.0
#include "ecg/morphology_statements.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

/// A healthy heart's numbers; each test changes some.
Analysis healthy() {
  Analysis a;
  BeatWaves waves;
  waves.qrs = WaveBounds{500, 520, 545};
  a.waves.global.assign(6, waves);
  a.waves.beats.shape.assign(6, 0);
  Measurements& m = a.measurements;
  m.averaged = {0, 1, 2, 3, 4, 5};
  m.p_ms = 100.0;
  m.pr_ms = 160.0;
  m.qrs_ms = 90.0;
  m.qt_ms = 400.0;
  m.qtc = corrected_qt(400.0, 1.0);
  m.qrs_axis_deg = 40.0;
  for (const char* const name : {"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"}) {
    LeadMeasurements lead;
    lead.lead = name;
    lead.p_mV = 0.1;
    lead.p_terminal_mVs = 0.0;
    const bool is_right = lead.lead == "V1" || lead.lead == "V2";
    lead.qrs = {{"R", 40.0, is_right ? 0.2 : 0.8}, {"S", 30.0, is_right ? -0.9 : -0.2}};
    m.leads.push_back(lead);
  }
  return a;
}

LeadMeasurements& lead(Analysis& a, const std::string& name) {
  return *std::ranges::find(a.measurements.leads, name, &LeadMeasurements::lead);
}

Analysis said(Analysis a, PatientFacts patient = {}) {
  const LeadSignals no_signal{500.0, {"I"}, {std::vector<float>(500, 0.0F)}};
  say_morphology(no_signal, patient, test::shipped_thresholds(), a);
  return a;
}

PatientFacts person(Sex sex, double age) {
  PatientFacts p;
  p.sex = sex;
  p.age_years = age;
  return p;
}

TEST(SayMorphology, says_nothing_of_a_healthy_heart) { EXPECT_TRUE(said(healthy()).statements.empty()); }

TEST(SayMorphology, says_nothing_of_a_child_that_only_adults_limits_would_say) {
  Analysis newborn = healthy();
  BeatWaves waves;
  waves.p = WaveBounds{448, 470, 494};
  waves.qrs = WaveBounds{500, 520, 532};
  newborn.waves.global.assign(6, waves);
  newborn.measurements.p_ms = 92.0;
  newborn.measurements.pr_ms = 104.0;
  newborn.measurements.qrs_ms = 64.0;
  newborn.measurements.qrs_axis_deg = 132.0;
  lead(newborn, "V1").qrs = {{"R", 20.0, 1.4}, {"S", 20.0, -0.6}};
  lead(newborn, "V5").qrs = {{"R", 20.0, 0.8}, {"S", 20.0, -0.9}};
  lead(newborn, "aVL").qrs = {{"R", 20.0, 1.3}};
  const Analysis of_adult = said(newborn, person(Sex::male, 40));
  for (const char* const code :
       {"short_pr", "right_axis_deviation", "right_ventricular_hypertrophy", "left_ventricular_hypertrophy"}) {
    EXPECT_TRUE(of_adult.says(code)) << code;
  }
  EXPECT_TRUE(said(newborn, person(Sex::male, 0.01)).statements.empty());
  EXPECT_TRUE(said(newborn, person(Sex::female, 15.9)).statements.empty());
  newborn.measurements.qrs_axis_deg = -120.0;
  EXPECT_TRUE(said(newborn, person(Sex::male, 0.01)).statements.empty());
  newborn.measurements.qrs_axis_deg = 100.0;
  lead(newborn, "I").qrs = {{"R", 20.0, 0.3}, {"S", 20.0, -0.8}};
  lead(newborn, "III").qrs = {{"Q", 10.0, -0.1}, {"R", 20.0, 0.8}};
  lead(newborn, "V1").qrs = lead(newborn, "V2").qrs;
  EXPECT_TRUE(said(newborn).says("left_posterior_fascicular_block"));
  EXPECT_TRUE(said(newborn, person(Sex::male, 0.01)).statements.empty());
}

TEST(SayMorphology, says_of_a_child_what_is_too_much_for_an_adult) {
  Analysis a = healthy();
  a.measurements.pr_ms = 240.0;
  a.measurements.qrs_axis_deg = -50.0;
  const Analysis child = said(a, person(Sex::male, 3));
  EXPECT_TRUE(child.says("av_block_1"));
  EXPECT_TRUE(child.says("left_axis_deviation"));
  a.measurements.pr_ms = 104.0;
  a.measurements.qrs_ms = 130.0;
  BeatWaves waves;
  waves.p = WaveBounds{448, 470, 494};
  waves.qrs = WaveBounds{500, 530, 565};
  a.waves.global.assign(6, waves);
  EXPECT_TRUE(said(a, person(Sex::male, 3)).says("possible_preexcitation")) << "complexes too wide at any age";
}

TEST(SayMorphology, elevation_in_v2_and_v3_has_limits_by_sex_and_age) {
  Analysis a = healthy();
  lead(a, "V2").st_j_mV = lead(a, "V3").st_j_mV = 0.18;
  EXPECT_TRUE(said(a, person(Sex::female, 60)).says("st_elevation"));
  EXPECT_FALSE(said(a, person(Sex::male, 60)).says("st_elevation"));
  lead(a, "V2").st_j_mV = lead(a, "V3").st_j_mV = 0.22;
  EXPECT_TRUE(said(a, person(Sex::male, 60)).says("st_elevation"));
  EXPECT_FALSE(said(a, person(Sex::male, 30)).says("st_elevation"));
  EXPECT_TRUE(said(a).says("st_elevation")) << "unknown";
  lead(a, "V2").st_j_mV = lead(a, "V3").st_j_mV = 0.18;
  EXPECT_TRUE(said(a).says("st_elevation")) << "unknown: the lower limit, of women";
}

TEST(SayMorphology, judges_no_height_of_very_wide_complexes_that_have_no_p_waves) {
  Analysis a = healthy();
  a.measurements.qrs_ms = 200.0;
  lead(a, "V1").qrs = {{"R", 160.0, 1.1}};
  lead(a, "V6").qrs = {{"R", 60.0, 0.3}, {"S", 120.0, -0.8}};
  lead(a, "V4").qrs = {{"R", 60.0, 0.5}, {"S", 120.0, -3.2}};
  lead(a, "II").st_j_mV = lead(a, "III").st_j_mV = lead(a, "aVF").st_j_mV = 0.4;
  for (BeatWaves& beat : a.waves.global) {
    beat.p = WaveBounds{400, 430, 460};
  }
  const Analysis conducted = said(a);
  EXPECT_TRUE(conducted.says("complete_rbbb") && conducted.says("left_ventricular_hypertrophy") &&
              conducted.says("st_elevation"))
      << "each has a P wave";
  for (BeatWaves& beat : a.waves.global) {
    beat.p.reset();
  }
  const Analysis ventricular = said(a);
  for (const char* const code : {"complete_rbbb", "left_ventricular_hypertrophy", "st_elevation"}) {
    EXPECT_FALSE(ventricular.says(code)) << code;
  }
  EXPECT_TRUE(ventricular.says("cannot_say_st"));
  a.measurements.qrs_ms = 150.0;
  EXPECT_TRUE(said(a).says("complete_rbbb")) << "as a block may make it";
}

TEST(SayMorphology, names_the_limits_of_elevation_that_were_used) {
  Analysis a = healthy();
  lead(a, "V2").st_j_mV = lead(a, "V3").st_j_mV = 0.3;
  const auto reason = [&](const PatientFacts& patient) { return said(a, patient).statements.front().reason; };
  PatientFacts woman, man;
  woman.sex = Sex::female;
  man.sex = Sex::male;
  EXPECT_TRUE(reason(woman).ends_with("in V2 and V3 0.15 mV (women)")) << reason(woman);
  EXPECT_TRUE(reason(man).ends_with("in V2 and V3 0.20 mV (men from 40 years, age unknown)")) << reason(man);
  EXPECT_TRUE(reason(person(Sex::male, 30)).ends_with("0.25 mV (men below 40 years)"));
  EXPECT_TRUE(reason({}).ends_with("0.15 mV (sex unknown: women)")) << reason({});
}

TEST(SayMorphology, elevation_needs_two_neighbours) {
  Analysis a = healthy();
  lead(a, "II").st_j_mV = 0.15;
  lead(a, "V5").st_j_mV = 0.15;
  EXPECT_FALSE(said(a).says("st_elevation"));
  lead(a, "aVF").st_j_mV = 0.12;
  const Analysis inferior = said(a);
  ASSERT_TRUE(inferior.says("st_elevation"));
  EXPECT_EQ(inferior.statements.front().leads, (std::vector<std::string>{"II", "aVF"}));
  EXPECT_EQ(inferior.statements.front().beats.size(), 6U);
}

LeadMeasurements& with_lead(Analysis& a, const std::string& name, double st_mv) {
  LeadMeasurements further = lead(a, "V6");
  further.lead = name;
  further.st_j_mV = st_mv;
  a.measurements.leads.push_back(further);
  return a.measurements.leads.back();
}

TEST(SayMorphology, elevation_in_v7_to_v9_and_v3r_and_v4r_has_limits_of_its_own) {
  Analysis back = healthy();
  with_lead(back, "V7", 0.02);
  with_lead(back, "V8", 0.06);
  EXPECT_FALSE(said(back).says("st_elevation")) << "one lead alone";
  with_lead(back, "V9", 0.06);
  EXPECT_TRUE(said(back).says("st_elevation"));
  EXPECT_TRUE(said(back, person(Sex::male, 40)).says("st_elevation"));
  EXPECT_FALSE(said(back, person(Sex::male, 39)).says("st_elevation"));
  EXPECT_TRUE(said(back, person(Sex::female, 20)).says("st_elevation"));
  const Analysis out = said(back);
  EXPECT_EQ(out.statements.front().leads, (std::vector<std::string>{"V8", "V9"}));
  EXPECT_NE(out.statements.front().reason.find("in V8 0.05 mV"), std::string::npos);
  Analysis right = healthy();
  with_lead(right, "V3R", 0.06);
  with_lead(right, "V4R", 0.06);
  EXPECT_TRUE(said(right, person(Sex::male, 30)).says("st_elevation"));
  EXPECT_FALSE(said(right, person(Sex::male, 29)).says("st_elevation"));
}

/// All heights times a factor, as by a wrong gain.
Analysis scaled(Analysis a, double factor) {
  for (LeadMeasurements& lead : a.measurements.leads) {
    for (QrsWave& wave : lead.qrs) {
      wave.amplitude_mV *= factor;
    }
    lead.p_mV = lead.p_mV.value_or(0.0) * factor;
    lead.st_j_mV *= factor;
    lead.st_60_mV *= factor;
    lead.st_80_mV *= factor;
  }
  return a;
}

TEST(SayMorphology, judges_no_height_where_the_scale_is_impossible) {
  Analysis a = healthy();
  for (LeadMeasurements& each : a.measurements.leads) {
    each.st_j_mV = each.st_60_mV = each.st_80_mV = 0.03;
  }
  EXPECT_TRUE(said(a).statements.empty());
  const Analysis high = said(scaled(a, 10.0));
  EXPECT_TRUE(high.says("cannot_say_amplitudes"));
  for (const char* const code : {"st_elevation", "st_depression", "left_ventricular_hypertrophy",
                                 "right_ventricular_hypertrophy", "right_atrial_enlargement", "cannot_say_st"}) {
    EXPECT_FALSE(high.says(code)) << code;
  }
  const Analysis low = said(scaled(a, 0.1));
  EXPECT_TRUE(low.says("very_low_voltage"));
  EXPECT_FALSE(said(scaled(a, 0.3)).says("very_low_voltage"));
  EXPECT_FALSE(said(scaled(a, 3.0)).says("cannot_say_amplitudes"));
  EXPECT_TRUE(said(scaled(a, 4.0)).says("st_elevation"));
}

TEST(SayMorphology, judges_no_height_and_no_axis_by_gains_in_doubt) {
  LeadSignals signals;
  {
    PhantomSettings settings;
    settings.duration_s = 10.0;
    signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
  }
  for (std::vector<float>& lead : signals.mv) {
    for (float& x : lead) {
      x *= 0.3F;
    }
  }
  const Analysis believed = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(believed.says("low_voltage"));
  EXPECT_FALSE(believed.says("doubtful_gains"));
  signals.gain_doubt = GainDoubt::einthoven;
  const Analysis doubted = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_FALSE(doubted.says("low_voltage"));
  ASSERT_TRUE(doubted.says("doubtful_gains"));
  EXPECT_EQ(doubted.statements.front().code, "doubtful_gains") << "before what may be wrong";
}

TEST(SayMorphology, calls_voltage_low_where_all_limb_or_all_chest_leads_are) {
  const auto with_heights = [](double limb_mv, double chest_mv) {
    Analysis a = healthy();
    for (LeadMeasurements& each : a.measurements.leads) {
      each.qrs = {{"R", 50.0, each.lead.starts_with('V') ? chest_mv : limb_mv}};
    }
    return a;
  };
  EXPECT_FALSE(said(with_heights(0.50, 1.0)).says("low_voltage"));
  const Analysis limb = said(with_heights(0.49, 1.0));
  ASSERT_TRUE(limb.says("low_voltage"));
  EXPECT_EQ(limb.statements.front().text, "Low voltage in the limb leads");
  EXPECT_EQ(limb.statements.front().leads.size(), 6U);
  EXPECT_EQ(said(with_heights(0.6, 0.9)).statements.front().text, "Low voltage in the chest leads");
  EXPECT_EQ(said(with_heights(0.4, 0.9)).statements.front().text, "Low voltage in limb and chest leads");
  Analysis unmeasured = with_heights(0.4, 1.5);
  lead(unmeasured, "aVL").is_measured = false;
  EXPECT_FALSE(said(unmeasured).says("low_voltage")) << "it may be high in aVL";
}

TEST(SayMorphology, doubts_the_scale_of_a_lead_without_a_known_name_as_of_a_chest_lead) {
  Analysis a = healthy();
  with_lead(a, "ECG1", 0.0);
  lead(a, "ECG1").qrs = {{"R", 50.0, 5.0}};
  EXPECT_FALSE(said(a).says("cannot_say_amplitudes"));
  lead(a, "ECG1").qrs = {{"R", 50.0, 9.0}};
  EXPECT_TRUE(said(a).says("cannot_say_amplitudes"));
}

TEST(SayMorphology, judges_intervals_and_axes_whatever_the_scale) {
  Analysis a = scaled(healthy(), 10.0);
  a.measurements.pr_ms = 240.0;
  a.measurements.qrs_axis_deg = -40.0;
  a.measurements.qtc->fridericia_ms = 480.0;
  const Analysis out = said(a);
  EXPECT_TRUE(out.says("av_block_1") && out.says("left_axis_deviation") && out.says("long_qt"));
}

TEST(SayMorphology, depression_is_level_or_falls) {
  Analysis a = healthy();
  for (const char* const name : {"V4", "V5"}) {
    lead(a, name).st_j_mV = -0.1;
    lead(a, name).st_60_mV = 0.02;  // rises: an exercise's, not an ischaemia's
  }
  EXPECT_FALSE(said(a).says("st_depression"));
  lead(a, "V4").st_60_mV = lead(a, "V5").st_60_mV = -0.12;
  EXPECT_TRUE(said(a).says("st_depression"));
}

TEST(SayMorphology, depression_may_rise_by_a_limit_of_its_own) {
  Analysis a = healthy();
  for (const char* const name : {"V4", "V5"}) {
    lead(a, name).st_j_mV = -0.10;
    lead(a, name).st_60_mV = -0.06;
  }
  StatementThresholds t = test::shipped_thresholds();
  const auto is_told = [&] {
    Analysis out = a;
    say_morphology({500.0, {"I"}, {std::vector<float>(500, 0.0F)}}, {}, t, out);
    return out.says("st_depression");
  };
  EXPECT_TRUE(is_told());
  t.smallest_wave_mv = 0.01;  // of conduction
  EXPECT_TRUE(is_told());
  t.st_level_within_mv = 0.03;
  EXPECT_FALSE(is_told());
}

/// The definition asks for the depth alone where ST is the mirror of a posterior infarction's.
TEST(SayMorphology, depression_in_v1_to_v3_may_rise_into_an_upright_t) {
  Analysis a = healthy();
  lead(a, "V1").st_j_mV = -0.12;
  lead(a, "V1").st_60_mV = lead(a, "V1").st_80_mV = -0.07;
  lead(a, "V2").st_j_mV = -0.20;
  lead(a, "V2").st_60_mV = -0.13;
  lead(a, "V2").st_80_mV = -0.12;
  EXPECT_TRUE(said(a).says("st_depression"));
  lead(a, "V1").st_60_mV = -0.03;
  EXPECT_FALSE(said(a).says("st_depression")) << "gone within 60 ms";
}

TEST(SayMorphology, st_and_qt_are_not_judged_in_wide_complexes) {
  Analysis a = healthy();
  for (BeatWaves& beat : a.waves.global) {
    beat.qrs->offset = 575;  // 150 ms
  }
  a.measurements.qrs_ms = 150.0;
  for (const char* const name : {"V1", "V2"}) {
    lead(a, name).qrs = {{"QS", 120.0, -1.5}};
  }
  lead(a, "V6").qrs = {{"R", 120.0, 1.2}};
  lead(a, "V2").st_j_mV = lead(a, "V3").st_j_mV = 0.4;
  const Analysis block = said(a);
  EXPECT_TRUE(block.says("complete_lbbb"));
  EXPECT_TRUE(block.says("cannot_say_st"));
  EXPECT_TRUE(block.says("cannot_say_qt"));
  EXPECT_FALSE(block.says("st_elevation"));
  EXPECT_FALSE(block.says("long_qt"));
}

TEST(SayMorphology, voltage_makes_a_large_left_ventricle_by_sokolow_or_by_cornell_of_the_sex) {
  Analysis a = healthy();
  lead(a, "V1").qrs[1].amplitude_mV = -1.6;
  lead(a, "V5").qrs[0].amplitude_mV = 2.0;
  EXPECT_TRUE(said(a).says("left_ventricular_hypertrophy"));
  Analysis cornell = healthy();
  lead(cornell, "aVL").qrs[0].amplitude_mV = 1.1;
  lead(cornell, "V3").qrs[1].amplitude_mV = -1.2;
  EXPECT_TRUE(said(cornell, person(Sex::female, 50)).says("left_ventricular_hypertrophy"));
  EXPECT_FALSE(said(cornell, person(Sex::male, 50)).says("left_ventricular_hypertrophy"));
}

TEST(SayMorphology, each_voltage_is_judged_on_its_own_leads_and_a_lead_without_waves_counts_nothing) {
  Analysis a = healthy();
  lead(a, "V1").qrs[1].amplitude_mV = -1.6;
  lead(a, "V5").qrs[0].amplitude_mV = 2.0;
  lead(a, "aVL").qrs.clear();
  EXPECT_TRUE(said(a).says("left_ventricular_hypertrophy"));
  std::erase_if(a.measurements.leads, [](const LeadMeasurements& l) { return l.lead == "V3" || l.lead == "aVL"; });
  const Analysis without = said(a);
  ASSERT_TRUE(without.says("left_ventricular_hypertrophy"));
  const Statement& large = *std::ranges::find(without.statements, "left_ventricular_hypertrophy", &Statement::code);
  EXPECT_EQ(large.reason.find("Cornell"), std::string::npos);
  EXPECT_EQ(std::ranges::find(large.leads, "V3"), large.leads.end());
}

TEST(SayMorphology, names_only_the_voltages_that_are_large) {
  Analysis a = healthy();
  lead(a, "V1").qrs[1].amplitude_mV = -1.6;
  lead(a, "V5").qrs[0].amplitude_mV = 2.0;
  lead(a, "aVL").qrs[0].amplitude_mV = 0.27;
  const Analysis with = said(a);
  const Statement& large = *std::ranges::find(with.statements, "left_ventricular_hypertrophy", &Statement::code);
  EXPECT_NE(large.reason.find("Sokolow-Lyon 3.60"), std::string::npos) << large.reason;
  for (const char* const other : {"aVL", "Cornell", "Peguero"}) {
    EXPECT_EQ(large.reason.find(other), std::string::npos) << large.reason;
  }
  EXPECT_EQ(large.leads, (std::vector<std::string>{"V1", "V5", "V6"}));
}

TEST(SayMorphology, calls_an_escape_of_the_ventricles_no_bundle_branch_block) {
  Analysis a = healthy();
  a.measurements.qrs_ms = 150.0;
  a.measurements.qrs_axis_deg = 120.0;
  lead(a, "V1").qrs = {{"R", 130.0, 1.2}};
  lead(a, "V6").qrs = {{"R", 50.0, 0.6}, {"S", 80.0, -0.7}};
  EXPECT_TRUE(said(a).says("complete_rbbb"));
  a.av_block.conduction = AvConduction::none;
  const Analysis escape = said(a);
  EXPECT_FALSE(escape.says("complete_rbbb") || escape.says("right_axis_deviation"));
  EXPECT_TRUE(escape.says("cannot_say_st"));
  a.av_block.conduction = AvConduction::two_to_one;
  EXPECT_TRUE(said(a).says("complete_rbbb"));
}

TEST(SayMorphology, says_nothing_of_v1_where_there_is_none) {
  Analysis a = healthy();
  a.measurements.p_ms = 130.0;
  EXPECT_NE(said(a).statements.front().reason.find("its end in V1"), std::string::npos);
  std::erase_if(a.measurements.leads, [](const LeadMeasurements& l) { return l.lead == "V1"; });
  const Analysis without = said(a);
  const Statement& left = *std::ranges::find(without.statements, "left_atrial_enlargement", &Statement::code);
  EXPECT_EQ(left.reason.find("V1"), std::string::npos);
}

TEST(SayMorphology, voltage_makes_a_large_left_ventricle_by_the_deepest_s_of_any_lead_with_that_in_v4) {
  Analysis a = healthy();
  lead(a, "V2").qrs[1].amplitude_mV = -1.6;
  lead(a, "V4").qrs[1].amplitude_mV = -0.8;
  EXPECT_TRUE(said(a, person(Sex::female, 50)).says("left_ventricular_hypertrophy"));
  EXPECT_FALSE(said(a, person(Sex::male, 50)).says("left_ventricular_hypertrophy"));
}

/// One page has one QRS duration: statements give that of the measurements, not the beats' median.
TEST(SayMorphology, gives_the_qrs_duration_that_is_measured) {
  Analysis a = healthy();
  for (BeatWaves& beat : a.waves.global) {
    beat.qrs->offset = beat.qrs->onset + 62;  // 124 ms
  }
  a.measurements.qrs_ms = 126.0;
  const Analysis wide = said(a);
  const auto about_qt = std::ranges::find(wide.statements, "cannot_say_qt", &Statement::code);
  ASSERT_NE(about_qt, wide.statements.end());
  EXPECT_EQ(about_qt->reason, "QRS 126 ms");
}

TEST(SayMorphology, narrow_complexes_without_p_waves_are_judged_and_wide_ones_are_not) {
  Analysis a = healthy();
  a.statements.push_back({"regular_without_p", "Regular rhythm without P waves", "", {}, {}});
  lead(a, "V2").st_j_mV = lead(a, "V3").st_j_mV = 0.3;
  EXPECT_TRUE(said(a).says("st_elevation"));
  for (BeatWaves& beat : a.waves.global) {
    beat.qrs->offset = 575;  // 150 ms
  }
  a.measurements.qrs_ms = 150.0;
  EXPECT_TRUE(said(a).says("cannot_say_st"));
}

TEST(SayMorphology, a_short_pr_is_told_and_with_wide_complexes_no_bundle_branch) {
  Analysis a = healthy();
  for (BeatWaves& beat : a.waves.global) {
    beat.p = WaveBounds{450, 470, 490};  // 100 ms before the complex
  }
  a.measurements.pr_ms = 120.0;
  EXPECT_TRUE(said(a).statements.empty());
  a.measurements.pr_ms = 112.0;
  EXPECT_TRUE(said(a).says("short_pr"));
  Analysis of_mean_beat = a;
  of_mean_beat.waves.global[0].p = of_mean_beat.waves.global[1].p = WaveBounds{420, 440, 480};
  EXPECT_FALSE(said(of_mean_beat).says("short_pr")) << "two of six beats have 160 ms";
  const auto widen = [](Analysis& analysis) {
    analysis.measurements.qrs_ms = 136.0;
    lead(analysis, "V1").qrs = {{"QS", 130.0, -1.1}};
    lead(analysis, "V6").qrs = {{"R", 130.0, 1.3}};
  };
  widen(a);
  const Analysis wide = said(a);
  EXPECT_TRUE(wide.says("possible_preexcitation"));
  EXPECT_FALSE(wide.says("short_pr") || wide.says("complete_lbbb") || wide.says("intraventricular_delay"));
  a.statements.push_back({"atrial_fibrillation", "Atrial fibrillation", "", {}, {}});
  EXPECT_FALSE(said(a).says("possible_preexcitation"));
  a = healthy();
  widen(a);
  EXPECT_TRUE(said(a).says("complete_lbbb"));
}

TEST(SayMorphology, depression_in_six_leads_with_a_raised_avr_is_told_as_its_own) {
  Analysis a = healthy();
  for (const char* const name : {"I", "II", "V3", "V4", "V5", "V6"}) {
    LeadMeasurements& of = lead(a, name);
    of.st_j_mV = of.st_60_mV = of.st_80_mV = -0.12;
  }
  EXPECT_FALSE(said(a).says("widespread_st_depression"));
  EXPECT_TRUE(said(a).says("st_depression"));
  lead(a, "aVR").st_j_mV = 0.13;
  const Analysis stem = said(a);
  ASSERT_TRUE(stem.says("widespread_st_depression"));
  const auto found = std::ranges::find(stem.statements, "widespread_st_depression", &Statement::code);
  EXPECT_EQ(found->leads, (std::vector<std::string>{"I", "II", "V3", "V4", "V5", "V6", "aVR"}));
  Analysis right_block = a;
  right_block.measurements.qrs_ms = 130.0;
  lead(right_block, "aVR").st_j_mV = 0.0;
  lead(right_block, "V1").st_j_mV = 0.3;
  lead(right_block, "V1").qrs = {{"R", 40.0, 0.2}, {"S", 30.0, -0.3}, {"R'", 50.0, 0.9}};
  lead(right_block, "V6").qrs = {{"R", 50.0, 0.9}, {"S", 60.0, -0.3}};
  ASSERT_TRUE(said(right_block).says("cannot_say_st_right_chest"));
  EXPECT_FALSE(said(right_block).says("widespread_st_depression")) << "V1 is not judged, V3 neither";
  lead(a, "V6").st_j_mV = -0.08;
  EXPECT_FALSE(said(a).says("widespread_st_depression")) << "five";
}

TEST(SayMorphology, says_nothing_of_pr_when_paced) {
  Analysis a = healthy();
  a.measurements.pr_ms = 230.0;
  EXPECT_TRUE(said(a).says("av_block_1"));
  a.statements.push_back({"ventricular_pacing", "Paced ventricular rhythm", "", {}, {}});
  EXPECT_FALSE(said(a).says("av_block_1"));
}

TEST(SayMorphology, names_atria_axes_and_fascicles) {
  Analysis a = healthy();
  lead(a, "V1").p_terminal_mVs = -0.005;
  lead(a, "II").p_mV = 0.3;
  a.measurements.qrs_axis_deg = -60.0;
  EXPECT_FALSE(said(a).says("left_anterior_fascicular_block"));  // no q in aVL
  lead(a, "aVL").qrs = {{"Q", 20.0, -0.1}, {"R", 50.0, 0.8}};
  const Analysis left = said(a);
  EXPECT_TRUE(left.says("left_atrial_enlargement"));
  EXPECT_TRUE(left.says("right_atrial_enlargement"));
  EXPECT_TRUE(left.says("left_anterior_fascicular_block"));
  EXPECT_TRUE(left.says("left_axis_deviation"));
  a.measurements.qrs_axis_deg = 120.0;
  lead(a, "III").qrs.insert(lead(a, "III").qrs.begin(), {"Q", 20.0, -0.1});
  const Analysis right = said(a);
  const auto posterior = std::ranges::find(right.statements, "left_posterior_fascicular_block", &Statement::code);
  ASSERT_NE(posterior, right.statements.end());
  EXPECT_EQ(posterior->leads, (std::vector<std::string>{"I", "aVF", "III"}));
  EXPECT_TRUE(right.says("right_axis_deviation"));
}

TEST(SayMorphology, right_bundle_and_anterior_fascicle_may_be_blocked_together) {
  Analysis a = healthy();
  for (BeatWaves& beat : a.waves.global) {
    beat.qrs->offset = beat.qrs->onset + 70;  // 140 ms
  }
  a.measurements.qrs_ms = 140.0;
  a.measurements.qrs_axis_deg = -60.0;
  lead(a, "aVL").qrs = {{"Q", 20.0, -0.1}, {"R", 50.0, 0.8}, {"S", 60.0, -0.2}};
  EXPECT_FALSE(said(a).says("left_anterior_fascicular_block"));  // wide, and not by the right bundle
  lead(a, "V1").qrs = {{"R", 30.0, 0.2}, {"S", 40.0, -0.3}, {"R'", 60.0, 0.7}};
  const Analysis both = said(a);
  EXPECT_TRUE(both.says("complete_rbbb"));
  EXPECT_TRUE(both.says("left_anterior_fascicular_block"));
}

TEST(SayMorphology, a_trace_behind_a_tall_late_r_is_not_its_last_force) {
  Analysis a = healthy();
  a.measurements.qrs_ms = 139.0;
  lead(a, "V1").qrs = {{"R", 30.0, 0.2}, {"S", 20.0, -0.1}, {"R'", 70.0, 0.9}, {"S'", 10.0, -0.05}};
  const Analysis block = said(a);
  EXPECT_TRUE(block.says("complete_rbbb"));
  EXPECT_FALSE(block.says("intraventricular_delay"));
  lead(a, "V1").qrs.back().amplitude_mV = -0.4;
  EXPECT_TRUE(said(a).says("intraventricular_delay"));
}

TEST(SayMorphology, st_is_judged_outside_v1_to_v3_in_a_right_bundle_branch_block_and_nowhere_in_a_wide_delay) {
  Analysis a = healthy();
  a.measurements.qrs_ms = 140.0;
  for (const char* const name : {"II", "aVF", "V2", "V3"}) {
    lead(a, name).st_j_mV = 0.4;
  }
  lead(a, "V1").qrs = {{"R", 60.0, 0.9}, {"S", 60.0, -0.5}};
  const Analysis delay = said(a);
  EXPECT_TRUE(delay.says("intraventricular_delay"));
  ASSERT_TRUE(delay.says("cannot_say_st"));
  EXPECT_EQ(std::ranges::find(delay.statements, "cannot_say_st", &Statement::code)->reason, "QRS 140 ms");
  EXPECT_FALSE(delay.says("st_elevation"));
  lead(a, "V1").qrs = {{"R", 30.0, 0.2}, {"S", 40.0, -0.3}, {"R'", 60.0, 0.7}};
  const Analysis right = said(a);
  ASSERT_TRUE(right.says("st_elevation"));
  EXPECT_EQ(std::ranges::find(right.statements, "st_elevation", &Statement::code)->leads,
            (std::vector<std::string>{"II", "aVF"}));
  EXPECT_TRUE(right.says("cannot_say_st_right_chest"));
}

TEST(SayMorphology, names_what_cannot_be_judged_for_want_of_leads) {
  Analysis a = healthy();
  std::erase_if(a.measurements.leads, [](const LeadMeasurements& l) { return l.lead != "II"; });
  a.measurements.qrs_axis_deg.reset();
  const Analysis one = said(a);
  ASSERT_TRUE(one.says("cannot_say_missing_leads"));
  const std::string& text = one.statements.back().text;
  EXPECT_NE(text.find("axis, bundle branches, all voltages of the ventricles, ST in I III"), std::string::npos) << text;
  Analysis flat = healthy();
  lead(flat, "aVL").qrs.clear();
  EXPECT_FALSE(said(flat).says("cannot_say_missing_leads")) << "a lead across the forces was recorded";
}

TEST(SayMorphology, names_disturbed_leads_as_the_reason_where_all_were_recorded) {
  Analysis a = healthy();
  for (LeadMeasurements& l : a.measurements.leads) {
    l.is_measured = l.lead.starts_with('V');
  }
  a.measurements.qrs_axis_deg.reset();
  const Analysis limbs_disturbed = said(a);
  const auto found = std::ranges::find(limbs_disturbed.statements, "cannot_say_missing_leads", &Statement::code);
  ASSERT_NE(found, limbs_disturbed.statements.end());
  EXPECT_TRUE(found->text.starts_with("Not judged, as leads are disturbed: axis")) << found->text;
  EXPECT_EQ(found->reason, "measured: V1 V2 V3 V4 V5 V6");
}

TEST(SayMorphology, judges_no_st_of_a_lead_without_a_good_second_on_a_few_beats) {
  Analysis a = healthy();
  for (const char* const name : {"I", "aVL"}) {
    lead(a, name).st_j_mV = lead(a, name).st_60_mV = lead(a, name).st_80_mV = -0.15;
    lead(a, name).st_error_mV.reset();
  }
  ASSERT_TRUE(said(a).says("st_depression"));
  a.quality.leads.assign(a.measurements.leads.size(), std::vector<LeadSecond>(10));
  EXPECT_TRUE(said(a).says("st_depression")) << "seconds without a fault";
  for (std::size_t l = 0; l < a.measurements.leads.size(); ++l) {
    const std::string& name = a.measurements.leads[l].lead;
    if (name == "I" || name == "aVL") {
      for (LeadSecond& second : a.quality.leads[l]) {
        second.faults = 1U << static_cast<unsigned>(Fault::missing);
      }
    }
  }
  const Analysis poor = said(a);
  EXPECT_FALSE(poor.says("st_depression"));
  const auto found = std::ranges::find(poor.statements, "cannot_say_st_leads", &Statement::code);
  ASSERT_NE(found, poor.statements.end());
  EXPECT_EQ(found->leads, (std::vector<std::string>{"aVL", "I"}));
  lead(a, "I").st_error_mV = lead(a, "aVL").st_error_mV = 0.005;
  EXPECT_TRUE(said(a).says("st_depression")) << "mains alone, removed: many beats say how sure it is";
}

TEST(SayMorphology, qt_is_very_long_by_itself_where_no_formula_makes_it_usual) {
  const auto is_very_long = [](double qt_ms, double per_min, double qrs_ms) {
    Analysis a = healthy();
    a.measurements.qt_ms = qt_ms;
    a.measurements.qrs_ms = qrs_ms;
    a.measurements.rr_ms = 60000.0 / per_min;
    a.measurements.rr_of_qt_ms = a.measurements.rr_ms;
    a.measurements.qtc.reset();
    return said(a, person(Sex::female, 50)).says("very_long_qt");
  };
  EXPECT_TRUE(is_very_long(500, 60, 90));
  EXPECT_FALSE(is_very_long(499, 60, 90));
  EXPECT_FALSE(is_very_long(590, 50, 90)) << "a formula may make it usual";
  EXPECT_TRUE(is_very_long(500, 130, 90));
  EXPECT_TRUE(is_very_long(600, 35, 90));
  EXPECT_FALSE(is_very_long(590, 35, 90));
  EXPECT_FALSE(is_very_long(600, 35, 150)) << "a wide complex is long without slow recovery";
}

TEST(SayMorphology, qtc_is_long_from_450_in_men_and_460_in_women_and_short_to_320) {
  Analysis a = healthy();
  a.measurements.qtc = corrected_qt(455.0, 1.0);
  EXPECT_TRUE(said(a, person(Sex::male, 50)).says("long_qt"));
  EXPECT_FALSE(said(a, person(Sex::female, 50)).says("long_qt"));
  a.measurements.qtc = corrected_qt(315.0, 1.0);
  EXPECT_TRUE(said(a).says("short_qt"));
}

TEST(SayMorphology, qt_is_not_judged_where_the_next_complex_cuts_t) {
  Analysis a = healthy();
  a.measurements.is_t_cut = true;
  a.measurements.qt_ms.reset();
  a.measurements.qtc.reset();
  const Analysis cut = said(a);
  EXPECT_TRUE(cut.says("cannot_say_cut_qt"));
  EXPECT_FALSE(cut.says("short_qt") || cut.says("cannot_say_qtc"));
}

TEST(SayMorphology, qt_is_not_judged_where_its_end_differs_too_much_from_beat_to_beat) {
  const auto with_ends = [](double qt_ms, double part, std::size_t num, std::int64_t apart_ms) {
    Analysis a = healthy();
    a.measurements.qt_ms = qt_ms;
    a.measurements.rr_ms = a.measurements.rr_of_qt_ms = 800.0;
    a.measurements.qtc = corrected_qt(qt_ms, 0.8);
    BeatWaves waves = a.waves.global.front();
    a.waves.global.clear();
    for (std::size_t b = 0; b < num; ++b) {  // every second T ends later; 2 ms a sample
      const std::int64_t later = b % 2 == 0 ? 0 : apart_ms / 2;
      const std::int64_t offset = waves.qrs->onset + std::llround(part * qt_ms / 2.0) + later;
      waves.t = WaveBounds{offset - 100, offset - 50, offset};
      a.waves.global.push_back(waves);
    }
    a.waves.beats.shape.assign(num, 0);
    return said(a, person(Sex::female, 50));
  };
  const Analysis steady = with_ends(530.0, 1.0, 10, 10);
  EXPECT_TRUE(steady.says("very_long_qt") && steady.says("long_qt"));
  EXPECT_FALSE(steady.says("cannot_say_uneven_qt"));
  for (const double qt_ms : {530.0, 480.0, 290.0}) {
    const Analysis uneven = with_ends(qt_ms, 0.9, 10, 100);
    EXPECT_FALSE(uneven.says("very_long_qt") || uneven.says("long_qt") || uneven.says("short_qt")) << qt_ms;
    EXPECT_TRUE(uneven.says("cannot_say_uneven_qt")) << qt_ms;
  }
  EXPECT_FALSE(with_ends(400.0, 0.9, 10, 100).says("cannot_say_uneven_qt")) << "nothing would be said";
  EXPECT_TRUE(with_ends(530.0, 0.9, 1000, 100).says("very_long_qt")) << "of so many beats the mean is sure";
}

TEST(SayMorphology, st_is_told_only_beyond_what_differs_from_beat_to_beat) {
  Analysis a = healthy();
  for (const char* const name : {"I", "aVL", "II", "aVF"}) {
    lead(a, name).st_j_mV = 0.16;
    lead(a, name).st_error_mV = 0.01;
  }
  EXPECT_TRUE(said(a).says("st_elevation"));
  EXPECT_FALSE(said(a).says("cannot_say_st_leads"));
  for (const char* const name : {"I", "aVL", "II", "aVF"}) {
    lead(a, name).st_error_mV = 0.07;
  }
  const Analysis shaken = said(a);
  EXPECT_FALSE(shaken.says("st_elevation"));
  const auto doubt = std::ranges::find(shaken.statements, "cannot_say_st_elevation", &Statement::code);
  ASSERT_NE(doubt, shaken.statements.end());
  EXPECT_EQ(doubt->leads, (std::vector<std::string>{"aVL", "I", "II", "aVF"}));
  for (const char* const name : {"I", "aVL", "II", "aVF"}) {
    lead(a, name).st_j_mV = 0.4;
  }
  EXPECT_TRUE(said(a).says("st_elevation")) << "beyond three standard errors";
  for (const char* const name : {"V4", "V5"}) {
    lead(a, name).st_j_mV = lead(a, name).st_60_mV = -0.09;
    lead(a, name).st_error_mV = 0.04;
  }
  EXPECT_FALSE(said(a).says("st_depression"));
}

TEST(SayMorphology, shows_no_angle_as_minus_zero) {
  EXPECT_EQ(whole(-0.4), 0.0);
  EXPECT_FALSE(std::signbit(whole(-0.4)));
  EXPECT_EQ(whole(-0.6), -1.0);
  EXPECT_EQ(whole(12.5), 13.0);
}

TEST(SayMorphology, qt_is_told_as_it_is_where_no_formula_corrects_it) {
  Analysis a = healthy();
  a.measurements.qtc.reset();
  a.measurements.rr_ms = 1935.0;
  a.measurements.qt_ms = 372.0;
  const Analysis slow = said(a);
  EXPECT_FALSE(slow.says("short_qt") || slow.says("long_qt"));
  const auto qt = std::ranges::find(slow.statements, "cannot_say_qtc", &Statement::code);
  ASSERT_NE(qt, slow.statements.end());
  EXPECT_NE(qt->reason.find("QT 372 ms at 31/min"), std::string::npos) << qt->reason;
}

TEST(SayMorphology, calls_neither_pr_nor_qt_unusual_beside_a_tremor) {
  for (const auto& [pr_ms, qt_ms] : {std::pair{230.0, 480.0}, {90.0, 520.0}, {160.0, 300.0}}) {
    Analysis a = healthy();
    a.measurements.pr_ms = pr_ms;
    a.measurements.qt_ms = qt_ms;
    a.measurements.rr_ms = 1000.0;
    a.measurements.qtc = corrected_qt(qt_ms, 1.0);
    for (BeatWaves& beat : a.waves.global) {
      beat.p = WaveBounds{455, 470, 490};
    }
    EXPECT_FALSE(said(a).statements.empty()) << pr_ms;
    a.tremors = {LimbTremor{}};
    for (const Statement& statement : said(a).statements) {
      EXPECT_TRUE(statement.code.starts_with("cannot_say")) << statement.code;
    }
  }
}

TEST(SayMorphology, prints_a_voltage_beyond_its_limit_as_beyond_and_whose_limit_it_is) {
  Analysis a = healthy();
  lead(a, "aVL").qrs = {{"R", 40.0, 1.1004}};
  const Analysis limb = said(a);
  ASSERT_TRUE(limb.says("left_ventricular_hypertrophy"));
  EXPECT_EQ(limb.statements.front().reason, "R in aVL 1.1004 mV (above 1.1)");
  lead(a, "V3").qrs = {{"S", 40.0, -2.5}};
  EXPECT_TRUE(said(a).statements.front().reason.ends_with("; sex unknown: limits of men"));
}

TEST(SayMorphology, suspects_no_electrodes_beside_a_tremor_or_where_most_beats_are_ventricular) {
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  std::swap(signals.mv[*lead_number(signals, "V1")], signals.mv[*lead_number(signals, "V2")]);
  const StatementThresholds& t = test::shipped_thresholds();
  const Analysis found = analyse(signals, {}, t);
  ASSERT_TRUE(found.says("electrodes_swapped"));
  const auto is_suspected = [&](Analysis a) {
    a.statements.clear();
    say_morphology(signals, {}, t, a);
    return a.says("electrodes_swapped");
  };
  EXPECT_TRUE(is_suspected(found));
  Analysis trembling = found;
  trembling.tremors = {LimbTremor{}};
  EXPECT_FALSE(is_suspected(trembling));
  for (const std::size_t part : {4U, 2U, 1U}) {  // of the beats one in as many is no ventricular one
    Analysis ventricular = found;
    for (std::size_t b = 0; b < ventricular.sequence.type.size(); ++b) {
      ventricular.sequence.type[b] = b % 4 < 4 / part ? BeatType::normal : BeatType::ventricular;
    }
    EXPECT_EQ(is_suspected(ventricular), part < 4) << part;
  }
}

TEST(MorphologyStatements, rest_on_the_beats_that_were_measured) {
  std::size_t num_said = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    PhantomSettings settings;
    settings.pvc_share = 0.5;
    settings.pr_ms = 236.0;
    settings.seed = seed;
    const Phantom phantom = make_phantom(settings);
    const Analysis a = analyse(lead_signals(to_ecg_record(phantom.recording)), {}, test::shipped_thresholds());
    for (const Statement& statement : a.statements) {
      if (statement.code == "av_block_1") {
        ++num_said;
        EXPECT_EQ(statement.beats, a.measurements.averaged) << seed;
        for (const std::size_t beat : statement.beats) {
          EXPECT_NE(a.sequence.type[beat], BeatType::ventricular) << "beat " << beat << ", seed " << seed;
        }
      }
    }
  }
  EXPECT_GE(num_said, 4U);
}

}  // namespace
}  // namespace xingu::ecg
