// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/ascii_text.h"

#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

TEST(Utf8Text, takes_bytes_that_are_no_utf_8_for_latin_1) {
  EXPECT_EQ(utf_8_text("plain"), "plain");
  EXPECT_EQ(utf_8_text("µV Müller 心"), "µV Müller 心");
  EXPECT_EQ(utf_8_text("\xb5V"), "µV");
  EXPECT_EQ(utf_8_text("M\xfcller"), "Müller");
  EXPECT_EQ(utf_8_text("cut \xc3"), "cut Ã");
  EXPECT_EQ(utf_8_text("\xc0\xaf"), "À¯") << "a slash in two bytes is no UTF-8";
}

TEST(AsciiText, writes_letters_of_latin_alphabets_without_their_marks) {
  EXPECT_EQ(ascii_text("Müller, Äße"), "Mueller, Aesse");
  EXPECT_EQ(ascii_text("Ångström Ørsted Þór"), "Angstroem Orsted Thor");
  EXPECT_EQ(ascii_text("João Peña François"), "Joao Pena Francois");
  EXPECT_EQ(ascii_text("Łukasz Dvořák Şahin Đorđe"), "Lukasz Dvorak Sahin Dorde");
  EXPECT_EQ(ascii_text("µV"), "uV");
}

TEST(AsciiText, writes_one_mark_for_a_letter_of_others_and_for_damage) {
  EXPECT_EQ(ascii_text("王小明"), "???");
  EXPECT_EQ(ascii_text("a\tb"), "a b");
  EXPECT_EQ(ascii_text("a\xc3"), "a?");
  EXPECT_EQ(ascii_text("a\xe7z"), "a?z");
}

}  // namespace
}  // namespace xingu::ecg
