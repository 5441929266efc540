// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_annotation.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu::ecg {
namespace {

std::vector<unsigned char> words(std::initializer_list<unsigned> values) {
  std::vector<unsigned char> bytes;
  for (const unsigned value : values) {
    bytes.push_back(static_cast<unsigned char>(value & 0xFF));
    bytes.push_back(static_cast<unsigned char>(value >> 8));
  }
  return bytes;
}

TEST(Annotations, decode_steps_skips_and_modifiers) {
  const std::vector<Annotation> found =
      parse_annotations(words({28U << 10 | 18, 63U << 10 | 2, 'N' << 8 | '(', 1U << 10 | 59, 59U << 10, 1, 4464,
                               5U << 10 | 1, 62U << 10 | 1, 61U << 10 | 0x3FF, 0}),
                        "t");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(annotation_symbol(found[0].code), '+');
  EXPECT_EQ(found[0].text, "(N");
  EXPECT_EQ(found[1].sample, 77);
  EXPECT_TRUE(is_beat(found[1].code));
  EXPECT_EQ(found[2].sample, 77 + 65536 + 4464 + 1);
  EXPECT_EQ(annotation_symbol(found[2].code), 'V');
  EXPECT_EQ(found[2].channel, 1);
  EXPECT_EQ(found[2].subtype, -1);
}

TEST(Annotations, have_the_symbols_of_the_wfdb_library) {
  EXPECT_EQ(annotation_symbol(1), 'N');
  EXPECT_EQ(annotation_symbol(12), '/');
  EXPECT_EQ(annotation_symbol(24), 'p');
  EXPECT_EQ(annotation_symbol(27), 't');
  EXPECT_EQ(annotation_symbol(39), '(');
  EXPECT_EQ(annotation_symbol(40), ')');
  EXPECT_EQ(annotation_symbol(41), 'r');
  EXPECT_FALSE(is_beat(28));
}

TEST(Annotations, refuse_a_cut_text) {
  EXPECT_THROW((void)parse_annotations(words({1U << 10 | 1, 63U << 10 | 9}), "t"), InputError);
  EXPECT_THROW((void)parse_annotations(words({63U << 10 | 2}), "t"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
