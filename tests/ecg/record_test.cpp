// SPDX-License-Identifier: Apache-2.0
#include "ecg/record.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace xingu::ecg {
namespace {

EcgRecord small_record() {
  EcgRecord record;
  record.info.sample_rate_hz = 500.0;
  record.info.channels = {{"I", "mV", 200.0, 1024, 12}, {"II", "uV", 0.5, 0, 16}};
  record.samples = {{1024, 1224, invalid_sample}, {0, 500, -500}};
  return record;
}

TEST(EcgRecord, gives_millivolts_and_nan_for_what_was_not_measured) {
  const EcgRecord record = small_record();
  const auto first = record.millivolts(0);
  const auto second = record.millivolts(1);
  EXPECT_FLOAT_EQ(first[1], 1.0F);
  EXPECT_TRUE(std::isnan(first[2]));
  EXPECT_FLOAT_EQ(second[1], 1.0F);
}

TEST(EcgRecord, refuses_a_unit_that_is_no_voltage) {
  EcgRecord record = small_record();
  record.info.channels[0].unit = "mmHg";
  EXPECT_THROW(static_cast<void>(record.millivolts(0)), InputError);
}

TEST(RecordSource, read_in_pieces_gives_the_record_again) {
  const EcgRecord record = small_record();
  RecordSource source(record);
  std::vector<std::int32_t> one(2);
  ASSERT_EQ(source.read(one), 1U);
  EXPECT_EQ(one, (std::vector<std::int32_t>{1024, 0}));
  const EcgRecord rest = read_all(source);
  EXPECT_EQ(rest.samples[0], (std::vector<std::int32_t>{1224, invalid_sample}));
  EXPECT_EQ(rest.samples[1], (std::vector<std::int32_t>{500, -500}));
}

}  // namespace
}  // namespace xingu::ecg
