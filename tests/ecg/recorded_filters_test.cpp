// SPDX-License-Identifier: Apache-2.0
#include "ecg/recorded_filters.h"

#include <gtest/gtest.h>

#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

TEST(RecordedFilters, are_read_as_edf_writes_them_and_written_so) {
  const RecordedFilters all = parse_prefilter("HP:0.1Hz LP:75Hz N:50Hz");
  EXPECT_EQ(all.high_pass_Hz, 0.1);
  EXPECT_EQ(all.low_pass_Hz, 75.0);
  EXPECT_EQ(all.notch_Hz, 50.0);
  EXPECT_EQ(prefilter_text(all), "HP:0.1Hz LP:75Hz N:50Hz");
  const RecordedFilters other = parse_prefilter("lp: 0.15 kHz, hp:50 mHz notch:60");
  EXPECT_EQ(other.high_pass_Hz, 0.05);
  EXPECT_EQ(other.low_pass_Hz, 150.0);
  EXPECT_EQ(other.notch_Hz, 60.0);
  for (const char* const none : {"", "HP:DC", "none", "HP:-1Hz", "HP:0 LP:nan", "N/A", "HP", "ALP:3"}) {
    EXPECT_FALSE(parse_prefilter(none).is_stated()) << none;
  }
  EXPECT_EQ(prefilter_text({}), "");
}

TEST(RecordedFilters, of_several_leads_are_the_narrowest) {
  const RecordedFilters both = narrowest({0.05, 150.0, std::nullopt}, {0.5, std::nullopt, 50.0});
  EXPECT_EQ(both.high_pass_Hz, 0.5);
  EXPECT_EQ(both.low_pass_Hz, 150.0);
  EXPECT_EQ(both.notch_Hz, 50.0);
}

TEST(RecordedFilters, that_distort_are_told_beside_the_statements) {
  Recording recording = make_phantom({}).recording;
  const auto analysed = [&](const char* prefilter) {
    for (StoredSignal& signal : recording.signals) {
      signal.prefilter = prefilter;
    }
    return analyse(lead_signals(to_ecg_record(recording)), {}, test::shipped_thresholds());
  };
  for (const char* const harmless : {"", "HP:0.05Hz LP:150Hz N:50Hz"}) {
    const Analysis a = analysed(harmless);
    EXPECT_FALSE(a.says("filtered_st") || a.says("filtered_heights")) << harmless;
  }
  const Analysis monitor = analysed("HP:0.5Hz LP:40Hz");
  EXPECT_TRUE(monitor.says("filtered_st"));
  EXPECT_TRUE(monitor.says("filtered_heights"));
  EXPECT_TRUE(monitor.says("sinus_rhythm"));
}

}  // namespace
}  // namespace xingu::ecg
