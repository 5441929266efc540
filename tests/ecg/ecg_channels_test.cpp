// SPDX-License-Identifier: Apache-2.0
#include "ecg/ecg_channels.h"

#include <gtest/gtest.h>

#include <string>

namespace xingu::ecg {
namespace {

using Indices = std::vector<std::size_t>;

TEST(ChannelKind, knows_leads_as_recorders_name_them) {
  for (const std::string label :
       {"I",    "avf", "V6",  "V3R", "ECG II", "ecg lead ii", "EKG V1", "ECG",   "ECG1",           "ECG 2",
        "MLII", "ML5", "CM5", "CC5", "D3",     "V",           "vx",     "V2-V3", "MDC_ECG_LEAD_I", "mod.V1"}) {
    EXPECT_EQ(channel_kind(label), ChannelKind::lead) << label;
  }
}

TEST(ChannelKind, knows_what_is_no_ecg) {
  for (const std::string label : {"EEG Fpz-Cz", "EEG1", "Fpz-Cz", "C3-A2", "Cz", "EMG", "EMG submental",
                                  "EOG horizontal", "Resp", "Resp oro-nasal", "RESPIRATION", "Pleth", "PLETH", "SpO2",
                                  "SaO2", "Temp rectal", "ABP", "Event marker", "Chin"}) {
    EXPECT_EQ(channel_kind(label), ChannelKind::other) << label;
  }
  for (const std::string label : {"", "ch1", "col 0", "C3", "noise1", "ecgx"}) {
    EXPECT_EQ(channel_kind(label), ChannelKind::unknown) << label;
  }
}

TEST(EcgChannels, are_the_leads_where_any_is_known) {
  const std::vector<ChannelSummary> channels{{"EMG", "uV", 200}, {"II", "uV", 500}, {"ch1", "mV", 500},
                                             {"I", "uV", 500},   {"SpO2", "%", 1},  {"V1", "%", 500}};
  EXPECT_EQ(ecg_channels(channels, 1.0), (Indices{1, 3}));
}

TEST(EcgChannels, are_the_fastest_unknown_voltages_where_none_is) {
  const std::vector<ChannelSummary> channels{
      {"EEG Fpz-Cz", "uV", 1000}, {"ch1", "mV", 500}, {"ch2", "mV", 500}, {"ch3", "mV", 100}, {"ch4", "l", 1000}};
  EXPECT_EQ(ecg_channels(channels, 1.0), (Indices{1, 2}));
  EXPECT_TRUE(ecg_channels(std::vector<ChannelSummary>{{"EEG Fpz-Cz", "uV", 500}, {"Resp", "mV", 500}}, 1.0).empty());
}

TEST(EcgChannels, of_several_rates_are_all_that_have_a_useful_one_in_common) {
  std::vector<ChannelSummary> channels{{"I", "mV", 500}, {"II", "mV", 250}};
  EXPECT_EQ(ecg_channels(channels, 1.0), (Indices{0, 1}));
  channels[1].samples_per_frame = 333;
  EXPECT_EQ(ecg_channels(channels, 1.0), (Indices{0}));
}

}  // namespace
}  // namespace xingu::ecg
