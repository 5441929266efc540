// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/lead_codes.h"

#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

TEST(LeadCodes, know_a_lead_however_it_is_spelt) {
  EXPECT_EQ(lead_name("avr"), "aVR");
  EXPECT_EQ(lead_name("MDC_ECG_LEAD_AVR"), "aVR");
  EXPECT_EQ(lead_name("Lead V3"), "V3");
  EXPECT_EQ(lead_name("ECG II"), "II");
  EXPECT_EQ(lead_name("ecg lead ii"), "II");
  EXPECT_EQ(lead_name("EKG V1"), "V1");
  EXPECT_EQ(lead_name("ECG 1"), "ECG 1");
  EXPECT_EQ(lead_name("PLETH"), "PLETH");
  EXPECT_FALSE(is_lead("PLETH"));
}

TEST(LeadCodes, round_trip_through_both_code_systems) {
  for (const char* name : {"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V6", "V9", "X", "V4R"}) {
    EXPECT_EQ(scp_lead_name(scp_lead_code(name).value_or(-1)), name);
    EXPECT_EQ(lead_name(mdc_lead_code(name)), name);
  }
  EXPECT_EQ(scp_lead_code("aVF"), 64);
  EXPECT_EQ(mdc_lead_code("aVF"), "MDC_ECG_LEAD_AVF");
  EXPECT_EQ(scp_lead_name(200), "lead 200");
}

}  // namespace
}  // namespace xingu::ecg
