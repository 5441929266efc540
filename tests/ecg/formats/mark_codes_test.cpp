// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/mark_codes.h"

#include <gtest/gtest.h>

#include "ecg/wfdb_annotation.h"

namespace xingu::ecg {
namespace {

TEST(MarkCodes, lead_back_to_the_mark_they_came_from) {
  int num_beats = 0;
  for (int code = 1; code < 50; ++code) {
    const std::string text(1, annotation_symbol(code));
    if (const MarkCode* found = mark_code_of_text(text)) {
      EXPECT_EQ(mark_code_of_reference(found->reference), found) << text;
      EXPECT_TRUE(found->number == 0 || mark_code_of_number(found->number) == found) << text;
      num_beats += is_beat(code) ? 1 : 0;
    }
  }
  EXPECT_EQ(num_beats, 18);  // all of WFDB's but '?', which the nomenclature does not have
  EXPECT_EQ(mark_code_of_text("?"), nullptr);
}

TEST(MarkCodes, are_those_of_the_nomenclature) {
  EXPECT_EQ(mark_code_of_reference("MDC_ECG_BEAT_V_P_C")->text, "V");
  EXPECT_EQ(mark_code_of_number(8464)->text, "L");
  EXPECT_EQ(mark_code_of_number(8704), nullptr);  // a paced beat, and a defibrillation spike
  EXPECT_EQ(mark_code_of_number(0), nullptr);
  EXPECT_EQ(mark_code_of_text("v"), nullptr);
}

}  // namespace
}  // namespace xingu::ecg
