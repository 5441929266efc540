// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/report_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ecg/shipped_thresholds.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

using testing::HasSubstr;

UsualRanges usual() { return usual_ranges(test::shipped_thresholds()); }

ReportFacts blank() {
  ReportFacts facts;
  facts.usual = usual();
  return facts;
}

ReportFacts facts_of(const PhantomSettings& settings) {
  return rhythm_facts(lead_signals(to_ecg_record(make_phantom(settings).recording)), usual());
}

TEST(ReportFacts, tell_the_rate_and_regularity_of_a_phantom) {
  for (const double rate : {45.0, 72.0, 120.0}) {
    PhantomSettings settings;
    settings.duration_s = 30;
    settings.heart_rate_per_min = rate;
    const ReportFacts facts = facts_of(settings);
    ASSERT_TRUE(facts.rate_per_min.has_value());
    EXPECT_NEAR(*facts.rate_per_min, rate, 0.04 * rate);
    EXPECT_THAT(facts.statements[1].text, HasSubstr("Regular"));
  }
  PhantomSettings settings;
  settings.duration_s = 60;
  settings.rhythm = PhantomRhythm::atrial_fibrillation;
  EXPECT_THAT(facts_of(settings).statements[1].text, HasSubstr("Irregular"));
}

TEST(ReportFacts, say_that_nothing_can_be_said_of_a_flat_line) {
  const LeadSignals flat{500, {"I", "II"}, {std::vector<float>(5000, 0.0F), std::vector<float>(5000, 0.0F)}};
  const ReportFacts facts = rhythm_facts(flat, usual());
  EXPECT_FALSE(facts.rate_per_min.has_value());
  ASSERT_EQ(facts.statements.size(), 1U);
  EXPECT_THAT(facts.statements[0].text, HasSubstr("cannot say"));
  EXPECT_THAT(plain_sentences(facts, Language::english)[0], HasSubstr("could not be told"));
}

TEST(ReportFacts, show_no_more_than_the_analysis_found) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.rr_spread = 0.03;
  Analysis analysis;
  analysis.measurements.qrs_ms = 96;
  analysis.measurements.qtc = CorrectedQt{440, 430, 420, 410};
  analysis.statements = {{"cannot_say", "Rhythm: cannot say", "no P wave was seen"}};
  for (const char* const lead : {"other", "V1", "I", "aVF"}) {
    analysis.measurements.leads.push_back({});
    analysis.measurements.leads.back().lead = lead;
  }
  take_analysis(analysis, facts);
  EXPECT_FALSE(facts.rate_per_min.has_value());
  EXPECT_FALSE(facts.rr_spread.has_value());
  EXPECT_EQ(facts.qrs_ms, 96);
  ASSERT_EQ(facts.leads.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(facts.leads[i].lead, (std::vector<std::string>{"I", "aVF", "V1", "other"})[i]);
  }
  EXPECT_EQ(facts.qtc_ms, 430);
  ASSERT_TRUE(facts.qtc.has_value());
  EXPECT_EQ(facts.qtc->hodges_ms, 410);
  ASSERT_EQ(facts.statements.size(), 1U);
  EXPECT_EQ(facts.statements[0].reason, "no P wave was seen");
}

TEST(ReportFacts, take_the_part_of_good_seconds_and_the_faults_of_each_lead) {
  SignalQuality quality;
  quality.leads.resize(2, std::vector<LeadSecond>(10));
  quality.leads[1][3].faults = 1U << static_cast<unsigned>(Fault::mains);
  quality.leads[1][4].faults = 1U << static_cast<unsigned>(Fault::missing);
  ReportFacts facts;
  take_quality({"I", "V1"}, quality, facts);
  ASSERT_EQ(facts.quality.size(), 2U);
  EXPECT_EQ(facts.quality[0].good_part, 1.0);
  EXPECT_EQ(facts.quality[0].faults, "");
  EXPECT_EQ(facts.quality[1].lead, "V1");
  EXPECT_DOUBLE_EQ(facts.quality[1].good_part, 0.8);
  EXPECT_EQ(facts.quality[1].faults, "missing, mains");
}

bool have(const std::vector<std::string>& sentences, const std::string& part) {
  return std::ranges::any_of(sentences, [&](const std::string& s) { return s.find(part) != std::string::npos; });
}

TEST(ReportFacts, tell_many_ventricular_beats_beside_a_run_of_them_and_few_not) {
  ReportFacts facts = blank();
  facts.statements = {{"Ventricular tachycardia", "", "ventricular_tachycardia"},
                      {"Ventricular extrasystoles", "", "ventricular_ectopy"}};
  facts.ventricular_part = 0.5 * facts.usual.frequent_ectopy_above;
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "beats came early from the ventricles"));
  facts.ventricular_part = 0.33;
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Many beats came early from the ventricles"));
}

TEST(ReportFacts, name_the_moment_of_what_is_most_urgent) {
  Analysis a;
  a.sequence.rate_hz = 100.0;
  a.sequence.sample = {50, 150, 250, 350};
  EXPECT_FALSE(most_urgent_s(a));
  a.statements = {{"sinus_rhythm", "Sinus rhythm", "", {0, 1, 2, 3}, {}}};
  EXPECT_FALSE(most_urgent_s(a));
  a.statements.insert(a.statements.begin(), {"long_pause", "A pause", "", {2, 3}, {}});
  EXPECT_EQ(most_urgent_s(a), 2.5);
  a.statements.front().beats = {0, 1};
  EXPECT_FALSE(most_urgent_s(a)) << "the first page shows it as it is";
  a.statements.insert(a.statements.begin(), {"beats_untold_for", "", "", {0, 1, 2, 3}, {}, 12.0});
  EXPECT_EQ(most_urgent_s(a), 12.0) << "a stretch in which there are no beats";
}

TEST(ReportFacts, tell_the_varying_beats_of_breathing_as_the_statement_does) {
  ReportFacts facts;
  facts.rr_spread = 0.08;
  facts.usual.uneven_from = 0.12;
  facts.rate_per_min = 70.0;
  facts.statements = {{"Sinus arrhythmia", "", "sinus_arrhythmia"}};
  const auto plain = plain_sentences(facts, Language::english);
  EXPECT_TRUE(have(plain, "varied somewhat"));
  EXPECT_FALSE(have(plain, "evenly"));
}

TEST(ReportFacts, give_one_advice_on_fast_fibrillation) {
  for (const char* const code : {"atrial_fibrillation", "atrial_flutter"}) {
    for (const double rate : {72.0, 130.0, 170.0}) {
      ReportFacts facts = blank();
      facts.rate_per_min = rate;
      facts.statements = {{"A statement", "", code}};
      const auto plain = plain_sentences(facts, Language::english);
      EXPECT_EQ(have(plain, "within days"), rate < 100) << code << ' ' << rate;
      EXPECT_EQ(have(plain, "doctor today"), rate > 100) << code << ' ' << rate;
      EXPECT_EQ(have(plain_sentences(facts, Language::chinese), "几天内"), rate < 100) << code << ' ' << rate;
    }
  }
}

TEST(ReportFacts, call_no_rate_usual_that_is_the_mean_of_several_rhythms) {
  for (const char* const code : {"wide_complex_tachycardia", "ventricular_tachycardia", "standstill",
                                 "beats_untold_for", "no_beats_for", "long_pause"}) {
    ReportFacts facts = blank();
    facts.rate_per_min = 97;
    facts.statements = {{"A statement", "", code}};
    EXPECT_FALSE(have(plain_sentences(facts, Language::english), "is usual")) << code;
    EXPECT_TRUE(have(plain_sentences(facts, Language::english), "97 times a minute on the average")) << code;
    EXPECT_FALSE(have(plain_sentences(facts, Language::chinese), "正常为")) << code;
    EXPECT_TRUE(have(plain_sentences(facts, Language::chinese), "97")) << code;
  }
}

TEST(ReportFacts, call_nothing_even_or_usual_beside_a_heart_that_may_stand_still) {
  ReportFacts facts = blank();
  facts.rate_per_min = 75;
  facts.rr_spread = 0.02;
  facts.pr_ms = 160;
  facts.qrs_ms = 90;
  facts.qtc_ms = 400;
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "evenly"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "the usual time"));
  for (const char* const code : {"no_beats_for", "beats_untold_for", "standstill", "wide_regular_without_p"}) {
    facts.statements = {{"A statement", "", code}};
    for (const char* const calm : {"evenly", "the usual time", "of the recording"}) {
      EXPECT_FALSE(have(plain_sentences(facts, Language::english), calm)) << code << ": " << calm;
    }
    EXPECT_FALSE(have(plain_sentences(facts, Language::chinese), "时间正常。")) << code;
  }
  facts.qtc_ms = 510;
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "more slowly than usual (QT)"));
}

TEST(ReportFacts, call_nothing_usual_where_no_lead_was_good) {
  ReportFacts facts = blank();
  facts.rate_per_min = 75;
  facts.rr_spread = 0.02;
  facts.pr_ms = 160;
  facts.quality = {{"I", 0.0, "missing"}, {"II", 0.05, "missing"}};
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "evenly"));
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "the usual time"));
  facts.quality[1].good_part = 0.6;
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "the usual time"));
}

TEST(ReportFacts, call_a_short_pr_no_usual_time) {
  ReportFacts facts = blank();
  facts.pr_ms = 95;
  for (const char* const code : {"short_pr", "possible_preexcitation"}) {
    facts.statements = {{"A statement", "", code}};
    EXPECT_FALSE(have(plain_sentences(facts, Language::english), "took the usual time"));
    EXPECT_TRUE(have(plain_sentences(facts, Language::english), "less time than usual"));
  }
}

TEST(ReportFacts, call_neither_pr_nor_qt_usual_beside_a_tremor_and_no_pr_without_p_waves) {
  ReportFacts facts;
  facts.usual = usual_ranges(test::shipped_thresholds());
  facts.rate_per_min = 70;
  facts.pr_ms = 160;
  facts.qtc_ms = 410;
  facts.quality.push_back({"II", 1.0, {}});
  const auto says = [&](const char* code, const char* words) {
    facts.statements = {{"A statement", "", code}};
    return std::ranges::any_of(plain_sentences(facts, Language::english),
                               [&](const std::string& sentence) { return sentence.find(words) != std::string::npos; });
  };
  EXPECT_TRUE(says("sinus_rhythm", "The way from the atria"));
  EXPECT_TRUE(says("sinus_rhythm", "(QT)"));
  for (const char* const code : {"limb_tremor", "cannot_say_rhythm", "regular_without_p", "slow_without_p"}) {
    EXPECT_FALSE(says(code, "The way from the atria")) << code;
  }
  EXPECT_FALSE(says("limb_tremor", "(QT)"));
}

TEST(ReportFacts, call_extrasystoles_common_only_where_they_are_few) {
  Analysis analysis;
  analysis.statements = {{"ventricular_ectopy", "Ventricular extrasystoles", "", {}, {}}};
  analysis.sequence.type.assign(20, BeatType::normal);
  analysis.sequence.type[7] = analysis.sequence.type[11] = BeatType::ventricular;
  ReportFacts facts = blank();
  take_analysis(analysis, facts);
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "They are common"));
  analysis.sequence.type[15] = BeatType::ventricular;
  take_analysis(analysis, facts);
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "They are common"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Many beats came early from the ventricles"));
}

TEST(ReportFacts, send_a_fast_ill_rhythm_to_a_doctor_today) {
  ReportFacts facts = blank();
  facts.rate_per_min = 142;
  facts.statements = {{"Atrial fibrillation", "", "atrial_fibrillation"}};
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "faster than the 60 to 100"));
  facts.rate_per_min = 90;
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "faster"));
}

TEST(ReportFacts, weaken_no_urgent_word_by_a_mild_one) {
  ReportFacts facts = blank();
  facts.statements = {{"Extrasystoles", "", "ventricular_ectopy"}};
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "They are common"));
  facts.statements.push_back({"A run", "", "ventricular_tachycardia"});
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "They are common"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Several beats in a row came fast"));
  facts.statements = {{"ST depression", "", "st_depression"}};
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Part of the curve is lowered"));
  facts.statements.push_back({"In many leads", "", "widespread_st_depression"});
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "Part of the curve is lowered"));
  facts.statements = {{"A run", "", "ventricular_tachycardia"}};
  facts.statements.push_back({"A long run", "", "sustained_ventricular_tachycardia"});
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "Several beats in a row came fast"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Call the emergency number now"));
  facts.statements = {{"Long pause", "", "long_pause"}, {"Standstill", "", "standstill"}};
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "See a doctor today"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Call an ambulance at once"));
}

TEST(ReportFacts, ask_for_no_longer_recording_where_ten_seconds_have_hardly_a_beat) {
  ReportFacts facts = blank();
  facts.rate_per_min.reset();
  facts.statements = {{"Too few beats", "", "cannot_say_rare_beats"}};
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "Record for ten seconds"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "Call an ambulance at once"));
  facts.rate_per_min = 19;
  facts.qtc_ms = 279;
  facts.statements.push_back({"Fewer than 30", "", "too_slow"});
  facts.statements.push_back({"Long pause", "", "long_pause"});
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "Hardly any heartbeat")) << "the same in other words";
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "recovered in the usual time"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "The heart beats far too slowly. Call an ambulance"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::english), "19 times a minute, far slower than usual"));
  EXPECT_FALSE(have(plain_sentences(facts, Language::english), "See a doctor today"));
  EXPECT_TRUE(have(plain_sentences(facts, Language::chinese), "心跳每分钟 19 次，远低于正常"));
}

TEST(ReportFacts, say_nothing_of_qt_where_it_is_not_judged_and_the_urgent_first) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.qtc_ms = 530;
  facts.statements = {{"QT is not judged", "QRS 174 ms", "cannot_say_qt"}, {"ST elevation", "J", "st_elevation"}};
  const auto sentences = plain_sentences(facts, Language::english);
  EXPECT_THAT(sentences.front(), HasSubstr("emergency number"));
  EXPECT_THAT(sentences[1], HasSubstr("72"));
  for (const std::string& sentence : sentences) {
    EXPECT_THAT(sentence, testing::Not(HasSubstr("QT")));
  }
}

TEST(ReportFacts, do_not_blame_the_signal_where_beats_are_too_few) {
  ReportFacts facts = blank();
  facts.statements = {{"Too few beats for a statement", "2 beats", "cannot_say_few_beats"}};
  EXPECT_THAT(plain_sentences(facts, Language::english)[0], HasSubstr("too few beats"));
  facts.statements.front().code = "cannot_say";
  EXPECT_THAT(plain_sentences(facts, Language::english)[0], HasSubstr("disturbed"));
}

TEST(ReportFacts, say_first_that_a_wide_tachycardia_or_beats_that_cannot_be_told_are_urgent_and_blame_nobody) {
  for (const char* const code : {"wide_complex_tachycardia", "cannot_say_beats"}) {
    ReportFacts facts = blank();
    facts.statements = {{"", "", code}};
    if (std::string(code) == "wide_complex_tachycardia") {
      facts.rate_per_min = 180;
    }
    const auto english = plain_sentences(facts, Language::english);
    EXPECT_THAT(english.front(), HasSubstr("emergency number now")) << code;
    EXPECT_THAT(plain_sentences(facts, Language::chinese).front(), HasSubstr("立即拨打急救电话")) << code;
    for (const std::string& sentence : english) {
      EXPECT_THAT(sentence, testing::Not(HasSubstr("Attach"))) << code;
      EXPECT_THAT(sentence, testing::Not(HasSubstr("Effort"))) << code;
    }
  }
}

TEST(ReportFacts, comfort_nobody_whose_rate_is_far_from_usual_or_whose_rhythm_is_ill) {
  const auto about_rate = [](double rate, const char* code) {
    ReportFacts facts = blank();
    facts.rate_per_min = rate;
    facts.statements = {{"", "", code}};
    const auto sentences = plain_sentences(facts, Language::english);
    return *std::ranges::find_if(sentences, [](const std::string& s) { return s.starts_with("The heart beat "); });
  };
  EXPECT_THAT(about_rate(50, "sinus_bradycardia"), HasSubstr("trained people"));
  EXPECT_THAT(about_rate(20, "sinus_bradycardia"), HasSubstr("emergency number"));
  EXPECT_THAT(about_rate(45, "av_block_3"), testing::Not(HasSubstr("trained")));
  EXPECT_THAT(about_rate(120, "sinus_tachycardia"), HasSubstr("Effort"));
  EXPECT_THAT(about_rate(190, "sinus_tachycardia"), HasSubstr("emergency number"));
  EXPECT_THAT(about_rate(120, "atrial_fibrillation"), testing::Not(HasSubstr("Effort")));
  EXPECT_THAT(about_rate(59.7, "sinus_rhythm"), testing::AllOf(HasSubstr("60 times"), HasSubstr("usual at rest")));
}

TEST(ReportFacts, say_neither_usual_beside_short_nor_slow_of_what_a_pacemaker_drives) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.qrs_ms = 170;
  facts.qtc_ms = 300;
  facts.statements = {{"", "", "short_qt"}, {"", "", "ventricular_pacing"}};
  for (const std::string& sentence : plain_sentences(facts, Language::english)) {
    EXPECT_THAT(sentence, testing::Not(HasSubstr("usual time (QT)")));
    EXPECT_THAT(sentence, testing::Not(HasSubstr("more slowly")));
  }
}

TEST(ReportFacts, judge_intervals_as_the_statements_do) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.pr_ms = 240;
  facts.qrs_ms = 120;
  facts.qtc_ms = 455;  // sex unknown: the limit of women, as of the statements
  const auto usual = plain_sentences(facts, Language::english);
  EXPECT_THAT(usual[2], HasSubstr("longer than usual"));
  EXPECT_THAT(usual[3], HasSubstr("excited more slowly"));
  EXPECT_THAT(usual[4], HasSubstr("usual time (QT)"));
  for (const char* const code :
       {"atrial_fibrillation", "cannot_say_flutter", "ventricular_pacing", "av_block_2_to_1"}) {
    facts.statements = {{"", "", code}};
    for (const std::string& sentence : plain_sentences(facts, Language::english)) {
      EXPECT_THAT(sentence, testing::Not(HasSubstr("from the atria to the ventricles took"))) << code;
    }
  }
}

TEST(ReportFacts, say_first_that_heights_are_in_doubt) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.statements = {{"The recording is in doubt", "the gains", "doubtful_gains"}};
  EXPECT_THAT(plain_sentences(facts, Language::english)[0], HasSubstr("how high the waves are"));
}

TEST(ReportFacts, say_that_no_beats_were_found_and_comfort_nobody) {
  ReportFacts facts = blank();
  facts.statements = {{"", "", "no_beats_in_good_leads"}};
  EXPECT_THAT(plain_sentences(facts, Language::english)[1], HasSubstr("no heartbeat was found"));
  facts.statements = {{"", "", "beats_untold_for"}};
  EXPECT_THAT(plain_sentences(facts, Language::english)[1], HasSubstr("cannot be told apart"));
  facts.rate_per_min = 52;
  EXPECT_THAT(plain_sentences(facts, Language::english)[1], testing::Not(HasSubstr("trained")));
}

TEST(ReportFacts, say_in_plain_words_which_leads_were_good_for_part_of_the_time) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.quality = {{"I", 0.95, "mains"}, {"V1", 0.4, "missing"}, {"V2", 0.4, "missing"}, {"V3", 0.8, "muscle, mains"}};
  const auto english = plain_sentences(facts, Language::english);
  const auto chinese = plain_sentences(facts, Language::chinese);
  EXPECT_THAT(english, testing::Contains(HasSubstr(
                           "only part of the time: V1, V2 for 40 % (no contact); V3 for 80 % (tense muscles, mains")));
  EXPECT_THAT(chinese,
              testing::Contains(HasSubstr("V1、V2 为 40%（电极未接触好）；V3 为 80%（肌肉紧张、交流电干扰）")));
  facts.quality.push_back({"V4", 0.85, "muscle, mains"});
  EXPECT_THAT(plain_sentences(facts, Language::english), testing::Contains(HasSubstr("V3, V4 for 80 to 85 % (tense")));
  facts.quality.resize(1);
  EXPECT_THAT(plain_sentences(facts, Language::english), testing::Each(testing::Not(HasSubstr("part of the time"))));
  facts.quality.push_back({"II", 0.0, "flat"});
  EXPECT_THAT(plain_sentences(facts, Language::english),
              testing::Contains(HasSubstr("part of the time, or at no time: II at no time (no signal).")));
  EXPECT_THAT(plain_sentences(facts, Language::chinese), testing::Contains(HasSubstr("II 始终不好（没有信号）")));
}

TEST(ReportFacts, call_nothing_usual_in_a_child) {
  ReportFacts facts = blank();
  facts.rate_per_min = 90;
  facts.pr_ms = 160;
  facts.qrs_ms = 80;
  facts.qtc_ms = 400;
  const auto says = [&](Language language, const char* text) {
    return testing::Value(plain_sentences(facts, language), testing::Contains(HasSubstr(text)));
  };
  facts.age_years = 16;
  EXPECT_TRUE(says(Language::english, "usual at rest") && says(Language::english, "usual time"));
  facts.age_years = 8;
  EXPECT_FALSE(says(Language::english, "usual at rest") || says(Language::english, "usual time"));
  EXPECT_FALSE(says(Language::chinese, "正常为") || says(Language::chinese, "时间正常"));
  EXPECT_TRUE(says(Language::english, "depends on the child's age"));
  facts.qrs_ms = 130;
  EXPECT_TRUE(says(Language::english, "more slowly than usual"));
  facts.age_years = 0;
  facts.rate_per_min = 70;
  EXPECT_TRUE(says(Language::english, "Have a doctor see the child at once"));
  EXPECT_TRUE(says(Language::chinese, "请马上让医生看孩子"));
  facts.rate_per_min = 30;
  EXPECT_TRUE(says(Language::english, "far slower than usual"));
  facts.age_years = 10;
  facts.rate_per_min = 200;
  EXPECT_TRUE(says(Language::english, "far too fast"));
}

TEST(ReportFacts, tell_a_childs_rate_by_its_age_and_its_limits) {
  ReportFacts facts = blank();
  const auto rate_of = [&](double years, double per_min) {
    facts.age_years = years;
    facts.rate_per_min = per_min;
    const std::vector<std::string> all = plain_sentences(facts, Language::english);
    return *std::ranges::find_if(all,
                                 [](const std::string& s) { return s.find("times a minute") != std::string::npos; });
  };
  EXPECT_THAT(rate_of(0.6, 130), HasSubstr("106 to 194 are usual at 7 months"));
  EXPECT_THAT(rate_of(0.6, 170), testing::Not(HasSubstr("fast")));
  EXPECT_THAT(rate_of(0.6, 200), HasSubstr("far too fast for a child of this age"));
  EXPECT_THAT(rate_of(9, 120), HasSubstr("faster than usual for a child of this age (55 to 110"));
  EXPECT_THAT(rate_of(9, 50), HasSubstr("slower than usual for a child of this age"));
  EXPECT_THAT(rate_of(9, 105), HasSubstr("55 to 110 are usual at 9 years"));
}

TEST(ReportFacts, write_names_as_people_do) {
  EXPECT_EQ(readable_name("Wolfe^Hubert"), "Wolfe, Hubert");
  EXPECT_EQ(readable_name("Adams^John Robert Quincy^^Rev.^B.A."), "Adams, John Robert Quincy Rev. B.A.");
  EXPECT_EQ(readable_name("Wang^XiaoDong=王^小东="), "Wang, XiaoDong (王, 小东)");
  EXPECT_EQ(readable_name("Clark"), "Clark");
  EXPECT_EQ(readable_name("^^"), "");
}

TEST(ReportFacts, put_the_urgent_first_and_leave_the_others_as_they_were) {
  const auto ordered = by_urgency({{"a", "", "sinus_rhythm"},
                                   {"b", "", "doubtful_gains"},
                                   {"c", "", ""},
                                   {"d", "", "st_elevation"},
                                   {"e", "", "pause"}});
  std::string order;
  for (const ReportStatement& statement : ordered) {
    order += statement.text;
  }
  EXPECT_EQ(order, "dbace");
}

TEST(ReportFacts, say_no_sentence_twice) {
  ReportFacts facts = blank();
  facts.statements = {{"", "", "av_block_3"}, {"", "", "av_block_advanced"}};
  const auto sentences = plain_sentences(facts, Language::english);
  EXPECT_EQ(std::ranges::count_if(sentences, [](const std::string& s) { return s.find("AV block") != s.npos; }), 1);
}

TEST(ReportFacts, say_the_same_in_both_languages) {
  ReportFacts facts = blank();
  facts.rate_per_min = 72;
  facts.rr_spread = 0.03;
  facts.pr_ms = 240;
  facts.qrs_ms = 90;
  facts.qtc_ms = 455;
  facts.sex = Sex::female;
  const auto english = plain_sentences(facts, Language::english);
  const auto chinese = plain_sentences(facts, Language::chinese);
  ASSERT_EQ(english.size(), chinese.size());
  EXPECT_THAT(english[0], HasSubstr("72"));
  EXPECT_THAT(chinese[0], HasSubstr("72"));
  EXPECT_THAT(english[2], HasSubstr("longer than usual"));
  EXPECT_THAT(english[4], HasSubstr("usual time (QT)"));  // 455 ms is usual in women, not in men
  facts.sex = Sex::male;
  EXPECT_THAT(plain_sentences(facts, Language::english)[4], HasSubstr("more slowly"));
}

}  // namespace
}  // namespace xingu::ecg
