// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_annotation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

TEST(WfdbAnnotation, reads_skips_and_texts) {
  const std::array<unsigned char, 20> bytes{0x12, 0x70, 0x05, 0xFC, '(',  'A',  'F',  'I',  'B', 0,
                                            0x00, 0xEC, 0x01, 0x00, 0x00, 0x00, 0x02, 0x14, 0,   0};
  const auto annotations = parse_wfdb_annotations(bytes, "a.atr");
  ASSERT_EQ(annotations.size(), 2U);
  EXPECT_EQ(annotations[0].sample, 18);
  EXPECT_EQ(annotations[0].symbol(), "+");
  EXPECT_EQ(annotations[0].text, "(AFIB");
  EXPECT_EQ(annotations[1].sample, 18 + 65536 + 2);
  EXPECT_TRUE(annotations[1].is_beat());
  EXPECT_EQ(annotations[1].symbol(), "V");
}

TEST(WfdbAnnotation, refuses_a_file_that_breaks_off) {
  const std::array<unsigned char, 4> bytes{0x00, 0xEC, 0x01, 0x00};
  EXPECT_THROW(static_cast<void>(parse_wfdb_annotations(bytes, "a.atr")), InputError);
}

TEST(WfdbAnnotation, counts_the_beats_of_a_real_record) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const auto annotations = read_wfdb_annotations(test::shared_dir() / "data/ecg/mitdb/106.atr");
  EXPECT_EQ(std::ranges::count_if(annotations, &Annotation::is_beat), 2027);  // MIT-BIH directory: 1507 N + 520 V
  EXPECT_EQ(std::ranges::count_if(annotations, [](const Annotation& a) { return a.symbol() == "V"; }), 520);
}

}  // namespace
}  // namespace xingu::ecg
