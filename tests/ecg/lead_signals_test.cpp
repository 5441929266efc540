// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_signals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"

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

LeadSignals phantom_signals() { return lead_signals(to_ecg_record(make_phantom({}).recording)); }

LeadSignals without(const LeadSignals& signals, const std::vector<std::string>& names) {
  LeadSignals out{signals.rate_hz, {}, {}};
  for (std::size_t i = 0; i < signals.names.size(); ++i) {
    if (std::ranges::find(names, signals.names[i]) == names.end()) {
      out.names.push_back(signals.names[i]);
      out.mv.push_back(signals.mv[i]);
    }
  }
  return out;
}

TEST(WithLimbLeads, computes_those_that_are_not_there_from_any_two) {
  const LeadSignals all = phantom_signals();
  for (const char* third : {"I", "II", "III"}) {
    const LeadSignals derived = with_limb_leads(without(all, {third, "aVR", "aVL", "aVF"}));
    ASSERT_EQ(derived.num_leads(), 12U);
    for (std::size_t i = 0; i < 12; ++i) {
      const auto k = static_cast<std::size_t>(std::ranges::find(all.names, derived.names[i]) - all.names.begin());
      for (std::size_t t = 0; t < all.num_samples(); ++t) {
        ASSERT_NEAR(derived.mv[i][t], all.mv[k][t], 2e-3) << derived.names[i];
      }
    }
  }
}

TEST(WithLimbLeads, adds_nothing_to_one_limb_lead_and_leaves_twelve_as_they_are) {
  EXPECT_EQ(with_limb_leads({500, {"II", "V1"}, {{1.0F}, {2.0F}}}).names, (std::vector<std::string>{"II", "V1"}));
  const LeadSignals all = phantom_signals();
  EXPECT_EQ(with_limb_leads(all).names, all.names);
}

TEST(WithLimbLeads, have_no_sample_where_one_of_the_two_has_none) {
  const LeadSignals derived = with_limb_leads({500, {"I", "II"}, {{0.5F, std::nanf("")}, {1.0F, 1.0F}}});
  ASSERT_EQ(derived.num_leads(), 6U);
  for (std::size_t i = 2; i < 6; ++i) {
    EXPECT_FALSE(std::isnan(derived.mv[i][0]));
    EXPECT_TRUE(std::isnan(derived.mv[i][1])) << derived.names[i];
  }
}

TEST(CanonicalLead, leaves_what_is_no_lead) {
  EXPECT_EQ(canonical_lead("mlii"), "MLII");
  EXPECT_EQ(canonical_lead("ECG1"), "ECG1");
}

}  // namespace
}  // namespace xingu::ecg
