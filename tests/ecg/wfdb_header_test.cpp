// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_header.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu::ecg {
namespace {

TEST(WfdbHeader, reads_record_signals_and_patient) {
  const WfdbHeader header = parse_wfdb_header(
      "106 2 360/720(8) 650000 12:30:00 01/02/1980\n106.dat 212x2:3+24 200(7)/uV 11 1024 962 32452 0 MLII a\n"
      "106.dat 212 0 11 1024 1063 6251 0 V1\n# 24 F 1581 654 x1\n",
      "106.hea");
  EXPECT_EQ(header.info.name, "106");
  EXPECT_EQ(header.info.sample_rate_hz, 360.0);
  EXPECT_EQ(header.num_samples, 650000U);
  EXPECT_EQ(header.info.start, "1980-02-01T12:30:00");
  EXPECT_EQ(header.signals[0].samples_per_frame, 2);
  EXPECT_EQ(header.signals[0].skew, 3);
  EXPECT_EQ(header.signals[0].byte_offset, 24U);
  EXPECT_EQ(header.info.channels[0].baseline, 7);
  EXPECT_EQ(header.info.channels[0].unit, "uV");
  EXPECT_EQ(header.info.channels[0].name, "MLII a");
  EXPECT_EQ(header.info.channels[1].baseline, 1024);
  EXPECT_EQ(header.info.channels[1].gain, 200.0);
  EXPECT_EQ(header.info.patient.age_years, 24.0);
  EXPECT_EQ(header.info.patient.sex, Sex::female);
}

TEST(WfdbHeader, refuses_what_it_cannot_read) {
  EXPECT_THROW(static_cast<void>(parse_wfdb_header("", "a.hea")), InputError);
  EXPECT_THROW(static_cast<void>(parse_wfdb_header("a 1 nan 10\na.dat 16\n", "a.hea")), InputError);
  EXPECT_THROW(static_cast<void>(parse_wfdb_header("a 2 360 10\na.dat 16\n", "a.hea")), InputError);
  EXPECT_THROW(static_cast<void>(parse_wfdb_header("a 1 360 10\na.dat 16q\n", "a.hea")), InputError);
}

}  // namespace
}  // namespace xingu::ecg
