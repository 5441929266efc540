// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/plain_words.h"

#include <gtest/gtest.h>

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

TEST(PlainWords, have_nothing_to_say_of_what_only_a_cardiologist_reads) {
  EXPECT_FALSE(plain_words("left_axis_deviation"));
  EXPECT_FALSE(plain_words(""));
}

}  // namespace
}  // namespace xingu::ecg
