// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/philox.h"

namespace xingu {
namespace {

/// Edit distance by its definition: exponential, for short words only.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return a.size() + b.size();
  }
  const std::string_view rest_a = a.substr(1);
  const std::string_view rest_b = b.substr(1);
  if (a[0] == b[0]) {
    return edit_distance(rest_a, rest_b);
  }
  return 1 + std::min({edit_distance(rest_a, b), edit_distance(a, rest_b), edit_distance(rest_a, rest_b)});
}

std::string random_word(const Philox& stream, std::uint64_t index) {
  const auto words = stream.words(index);
  std::string word(1 + words[0] % 6, 'a');
  for (std::size_t i = 0; i < word.size(); ++i) {
    word[i] = static_cast<char>('a' + (words[1] >> (2 * i)) % 3);
  }
  return word;
}

TEST(NearestName, finds_the_word_with_a_slip_of_the_pen) {
  const std::vector<std::string> keys{"gantry_deg", "couch_deg", "isocentre_mm"};
  EXPECT_EQ(nearest_name("gantri_deg", keys), "gantry_deg");
  EXPECT_EQ(nearest_name("isocenter_mm", keys), "isocentre_mm");
  EXPECT_EQ(nearest_name("COUCH_DEG", keys), "couch_deg");
}

TEST(NearestName, is_empty_when_nothing_is_near) {
  EXPECT_EQ(nearest_name("energy", {"gantry_deg", "couch_deg"}), "");
  EXPECT_EQ(nearest_name("energy", {}), "");
}

TEST(NearestName, lets_one_letter_differ_in_a_short_word) {
  EXPECT_EQ(nearest_name("mv", {"mu", "sad"}), "mu");
  EXPECT_EQ(nearest_name("mv", {"gy"}), "");
}

TEST(NearestName, agrees_with_the_definition_of_edit_distance) {
  const Philox stream(1, 2);
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    const std::string word = random_word(stream, trial * 8);
    std::vector<std::string> candidates;
    for (std::uint64_t c = 1; c < 6; ++c) {
      candidates.push_back(random_word(stream, trial * 8 + c));
    }
    std::string expected;
    std::size_t nearest = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
      if (const std::size_t distance = edit_distance(word, candidate); distance < nearest) {
        nearest = distance;
        expected = candidate;
      }
    }
    EXPECT_EQ(nearest_name(word, candidates), expected) << word;
  }
}

TEST(ToLower, changes_ascii_letters_only) { EXPECT_EQ(to_lower("PTV_Ä 50Gy"), "ptv_Ä 50gy"); }

TEST(Printable, takes_the_control_characters_out) {
  EXPECT_EQ(printable("a\033[31mb\nc\td\x7f"), "a [31mb c d ");
  EXPECT_EQ(printable("心谷"), "心谷");
}

TEST(Printable, cuts_a_long_text_and_says_so) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
}

}  // namespace
}  // namespace xingu
