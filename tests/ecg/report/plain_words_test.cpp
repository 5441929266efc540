// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/plain_words.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "ecg/urgency.h"

namespace xingu::ecg {
namespace {

TEST(PlainWords, say_the_urgent_as_urgent_in_both_languages) {
  const auto words = plain_words("st_elevation");
  ASSERT_TRUE(words);
  EXPECT_TRUE(words->is_urgent);
  EXPECT_NE(words->sentence.english.find("emergency number"), std::string::npos);
  EXPECT_NE(words->sentence.chinese.find("急救电话"), std::string::npos);
  EXPECT_FALSE(plain_words("ventricular_ectopy")->is_urgent);
}

TEST(PlainWords, say_something_of_all_that_is_urgent) {
  ASSERT_FALSE(urgent_codes().empty());
  for (const std::string_view code : urgent_codes()) {
    const auto words = plain_words(code);
    ASSERT_TRUE(words) << code;
    EXPECT_TRUE(words->is_urgent) << code;
  }
}

TEST(PlainWords, say_something_of_whatever_is_found_or_not_judged) {
  for (const char* const code : {"cannot_say_st",
                                 "cannot_say_qt",
                                 "cannot_say_uneven_qt",
                                 "cannot_say_qtc",
                                 "coarse_heights",
                                 "cannot_say_atria",
                                 "cannot_say_missing_leads",
                                 "cannot_say_moving_electrodes",
                                 "cannot_say_st_elevation",
                                 "cannot_say_ventricular_beats",
                                 "left_atrial_enlargement",
                                 "right_atrial_enlargement",
                                 "left_axis_deviation",
                                 "extreme_axis",
                                 "left_anterior_fascicular_block",
                                 "left_posterior_fascicular_block",
                                 "incomplete_rbbb",
                                 "supraventricular_run",
                                 "pause",
                                 "sinoatrial_block",
                                 "sinus_pause"}) {
    const auto words = plain_words(code);
    ASSERT_TRUE(words) << code;
    EXPECT_FALSE(words->is_urgent || words->sentence.english.empty() || words->sentence.chinese.empty()) << code;
  }
  EXPECT_TRUE(plain_words("long_pause")->is_urgent);
  EXPECT_TRUE(plain_words("tachycardia_without_p")->is_urgent);
  EXPECT_TRUE(plain_words("slow_without_p")->is_urgent);
}

TEST(PlainWords, send_for_an_ambulance_where_no_beats_are_found_in_good_leads) {
  for (const char* const code : {"no_beats_in_good_leads", "cannot_say_ventricles", "no_beats_for", "beats_untold_for",
                                 "stimuli_without_complex", "standstill", "too_slow", "cannot_say_rare_beats"}) {
    const auto words = plain_words(code);
    ASSERT_TRUE(words) << code;
    EXPECT_TRUE(words->is_urgent) << code;
    EXPECT_NE(words->sentence.english.find("Call an ambulance at once if the person feels faint, is not awake or does "
                                           "not breathe normally"),
              std::string::npos);
    EXPECT_NE(words->sentence.english.find("check that the electrodes hold"), std::string::npos);
    EXPECT_NE(words->sentence.chinese.find("请立即拨打急救电话"), std::string::npos);
  }
  for (const char* const code : {"unusual_p_axis", "adult_limits", "tall_t_waves", "pacing_not_seen", "atrial_pacing",
                                 "irregular_without_p", "cannot_say_capture", "cannot_say_conduction"}) {
    const auto words = plain_words(code);
    ASSERT_TRUE(words) << code;
    EXPECT_FALSE(words->is_urgent || words->sentence.english.empty() || words->sentence.chinese.empty()) << code;
  }
}

TEST(PlainWords, send_for_no_ambulance_by_heights_of_an_impossible_scale) {
  for (const char* const code : {"cannot_say_amplitudes", "very_low_voltage"}) {
    const auto words = plain_words(code);
    ASSERT_TRUE(words) << code;
    EXPECT_TRUE(words->is_urgent);
    EXPECT_NE(words->sentence.english.find("scale"), std::string::npos);
    EXPECT_EQ(words->sentence.english.find("mbulance"), std::string::npos);
    EXPECT_EQ(words->sentence.english.find("emergency"), std::string::npos);
    EXPECT_NE(words->sentence.chinese.find("比例"), std::string::npos);
    EXPECT_GT(*urgency(code), *urgency("st_elevation"));
  }
}

TEST(PlainWords, send_for_help_at_once_with_a_tachycardia_that_lasts) {
  const auto words = plain_words("sustained_ventricular_tachycardia");
  ASSERT_TRUE(words);
  EXPECT_TRUE(words->is_urgent);
  EXPECT_NE(words->sentence.english.find("Call the emergency number now"), std::string::npos);
  EXPECT_NE(words->sentence.chinese.find("请立即拨打急救电话"), std::string::npos);
}

TEST(PlainWords, order_what_is_urgent_by_what_threatens_life_first) {
  const std::vector<const char*> falling{"no_beats_in_good_leads", "ventricular_tachycardia",
                                         "st_elevation",           "long_pause",
                                         "electrodes_swapped",     "doubtful_gains"};
  for (std::size_t i = 0; i + 1 < falling.size(); ++i) {
    ASSERT_TRUE(urgency(falling[i]) && urgency(falling[i + 1])) << falling[i];
    EXPECT_LT(*urgency(falling[i]), *urgency(falling[i + 1])) << falling[i];
  }
  EXPECT_FALSE(urgency("ventricular_ectopy"));
  EXPECT_FALSE(urgency("sinus_rhythm"));
}

TEST(PlainWords, have_nothing_to_say_of_what_other_sentences_cover) {
  EXPECT_FALSE(plain_words("complete_lbbb")) << "the sentence on the complex's time says it";
  EXPECT_FALSE(plain_words(""));
}

}  // namespace
}  // namespace xingu::ecg
