// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_signals.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu::ecg {
namespace {

TEST(LeadSignals, take_voltages_only_and_name_leads_alike) {
  EcgRecord record;
  record.info.rate_hz = 100;
  record.info.channels = {{"avf", "mV", 1, 0, 0}, {"Resp", "l", 1, 0, 0}, {"v1", "uV", 1, 0, 0}};
  record.samples = {{1}, {2}, {3}};
  const LeadSignals signals = lead_signals(record);
  EXPECT_EQ(signals.names, (std::vector<std::string>{"aVF", "V1"}));
  EXPECT_FLOAT_EQ(signals.mv[1][0], 0.003F);
  record.info.channels.resize(1);
  record.info.channels[0].unit = "l";
  EXPECT_THROW((void)lead_signals(record), InputError);
}

TEST(LeadSignals, refuse_a_table_that_is_too_slow_for_a_heart) {
  EcgRecord record;
  record.info.rate_hz = 1;
  record.info.channels = {{"temperature", "mV", 1, 0, 0}};
  record.samples = {{20, 21, 20}};
  EXPECT_THROW((void)lead_signals(record), InputError);
}

TEST(CanonicalLead, leaves_what_is_no_lead) {
  EXPECT_EQ(canonical_lead("mlii"), "MLII");
  EXPECT_EQ(canonical_lead("ECG1"), "ECG1");
}

}  // namespace
}  // namespace xingu::ecg
