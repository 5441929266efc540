// SPDX-License-Identifier: Apache-2.0
#include "report/html_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace xingu {
namespace {

TEST(HtmlEscape, leaves_no_markup_and_no_control_characters) {
  EXPECT_EQ(html_escape("<script>alert('x') & \"y\"</script>"),
            "&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;");
  EXPECT_EQ(html_escape(std::string("a\0b\x1b\nc\x7f", 7)), "a b  c ");
  EXPECT_EQ(html_escape("Ösophagus 食道 😀"), "Ösophagus 食道 😀");
}

TEST(RepairedUtf8, replaces_only_ill_formed_bytes) {
  EXPECT_EQ(repaired_utf8("M\xfcller"), "M\uFFFDller");                      // Latin-1
  EXPECT_EQ(repaired_utf8("\xc0\xaf"), "\uFFFD\uFFFD");                      // overlong
  EXPECT_EQ(repaired_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");            // surrogate
  EXPECT_EQ(repaired_utf8("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
  EXPECT_EQ(repaired_utf8("ok \xe9\xa3"), "ok \uFFFD\uFFFD");                // cut
  EXPECT_EQ(repaired_utf8("\xf0\x9f\x98\x80"), "\U0001F600");
}

TEST(RepairedUtf8, is_idempotent_on_random_bytes) {
  std::minstd_rand random(11);
  for (int run = 0; run < 300; ++run) {
    std::string bytes;
    for (int i = 0; i < 24; ++i) {
      bytes.push_back(static_cast<char>(random() >> 8));
    }
    const std::string once = repaired_utf8(bytes);
    EXPECT_EQ(repaired_utf8(once), once);
  }
}

TEST(Fixed, groups_thousands_and_has_a_true_minus) {
  EXPECT_EQ(fixed(0.0, 2), "0.00");
  EXPECT_EQ(fixed(-0.001, 2), "0.00");
  EXPECT_EQ(fixed(std::numeric_limits<double>::quiet_NaN(), 2), "–");
  EXPECT_EQ(fixed(-1.5, 1), "\u22121.5");
  EXPECT_EQ(fixed(1234.5, 1), "1234.5");
  EXPECT_EQ(fixed(12345.678, 2), "12\u202F345.68");
  EXPECT_EQ(fixed(-1234567.0, 0), "\u22121\u202F234\u202F567");
}

TEST(Coordinate, is_short_and_plain) {
  EXPECT_EQ(coordinate(1.50), "1.5");
  EXPECT_EQ(coordinate(-0.001), "0");
  EXPECT_EQ(coordinate(100.0), "100");
  EXPECT_EQ(coordinate(-12.345, 1), "-12.3");
}

TEST(Number, carries_key_full_value_and_unit) {
  EXPECT_EQ(number("/a/0", 12.3456, {2, "Gy"}),
            "<data value=\"12.3456\" data-key=\"/a/0\">12.35</data>\u202F<span class=\"unit\">Gy</span>");
  EXPECT_EQ(number("/a", 0.0123, {1, "%", 0.01}),
            "<data value=\"0.0123\" data-key=\"/a\" data-scale=\"0.01\">1.2</data>\u202F<span class=\"unit\">%</span>");
  EXPECT_EQ(number("/a", 0.00012345, {2, "", 1.0, true}),
            "<data value=\"0.00012345\" data-key=\"/a\">1.23×10<sup>\u22124</sup></data>");
}

TEST(Number, says_when_there_is_none) {
  for (const std::optional<double> value :
       {std::optional<double>{}, std::optional(std::numeric_limits<double>::quiet_NaN()),
        std::optional(std::numeric_limits<double>::infinity())}) {
    EXPECT_NE(number("/a", value, {2, "Gy"}).find("value=\"null\""), std::string::npos);
    EXPECT_NE(number("/a", value, {2, "Gy"}).find("not available"), std::string::npos);
  }
}

TEST(ByteSize, chooses_the_unit) {
  EXPECT_NE(byte_size("/b", 17).find(">17</data>\u202F<span class=\"unit\">B"), std::string::npos);
  EXPECT_NE(byte_size("/b", 1536).find(">1.50</data>\u202F<span class=\"unit\">KiB"), std::string::npos);
  EXPECT_NE(byte_size("/b", 3435973836U).find(">3.20</data>\u202F<span class=\"unit\">GiB"), std::string::npos);
}

TEST(Contrast, is_that_of_wcag) {
  EXPECT_NEAR(contrast({0, 0, 0}, {255, 255, 255}), 21.0, 1e-9);
  EXPECT_NEAR(contrast({255, 255, 255}, {118, 118, 118}), 4.54, 0.01);
}

TEST(Contrast, is_reached_on_light_and_dark_pages) {
  std::minstd_rand random(5);
  for (int i = 0; i < 200; ++i) {
    const Rgb colour{static_cast<int>(random() % 256), static_cast<int>(random() % 256),
                     static_cast<int>(random() % 256)};
    EXPECT_GE(contrast(with_contrast(colour, {255, 255, 255}, 4.5), {255, 255, 255}), 4.5);
    EXPECT_GE(contrast(with_contrast(colour, {70, 70, 70}, 3.5), {70, 70, 70}), 3.5);
  }
  EXPECT_EQ(with_contrast({120, 0, 0}, {255, 255, 255}, 4.5), (Rgb{120, 0, 0}));
}

}  // namespace
}  // namespace xingu
