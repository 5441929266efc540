// SPDX-License-Identifier: Apache-2.0
#include "ecg/record.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace xingu::ecg {
namespace {

EcgRecord two_leads() {
  EcgRecord record;
  record.info.name = std::string("r");
  record.info.rate_hz = 500;
  record.info.channels = {{"I", "mV", 100.0, 10.0, 16}, {"II", "uV", 0.5, 0.0, 16}};
  record.samples = {{10, 110, invalid_sample}, {500, -500, 0}};
  return record;
}

TEST(EcgRecord, gives_millivolts_of_each_unit_and_no_number_where_none_was_measured) {
  const EcgRecord record = two_leads();
  const std::vector<float> first = channel_millivolts(record, 0);
  EXPECT_FLOAT_EQ(first[0], 0.0F);
  EXPECT_FLOAT_EQ(first[1], 1.0F);
  EXPECT_TRUE(std::isnan(first[2]));
  const std::vector<float> second = channel_millivolts(record, 1);
  EXPECT_FLOAT_EQ(second[0], 1.0F);
  EXPECT_FLOAT_EQ(second[1], -1.0F);
}

TEST(EcgRecord, knows_units_in_lower_case_too) {
  EXPECT_EQ(millivolts_per_unit("mv"), millivolts_per_unit("mV"));
  EXPECT_EQ(millivolts_per_unit("uv"), millivolts_per_unit("uV"));
  EXPECT_FALSE(millivolts_per_unit("MV"));  // megavolts
}

TEST(EcgRecord, refuses_a_channel_that_is_no_voltage) {
  EcgRecord record = two_leads();
  record.info.channels[0].unit = "mmHg";
  EXPECT_THROW((void)channel_millivolts(record, 0), InputError);
}

TEST(RecordSource, replays_what_read_all_holds) {
  const EcgRecord record = two_leads();
  RecordSource source(record);
  const EcgRecord again = read_all(source);
  EXPECT_EQ(again.samples, record.samples);
  EXPECT_EQ(again.info.num_samples, 3);
  RecordSource another(record);
  EXPECT_THROW((void)read_all(another, 5), InputError);
}

}  // namespace
}  // namespace xingu::ecg
