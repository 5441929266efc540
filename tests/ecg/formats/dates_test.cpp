// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/dates.h"

#include <gtest/gtest.h>

namespace xingu::ecg {
namespace {

TEST(Dates, change_their_spelling_and_not_their_day) {
  EXPECT_EQ(edf_date("1953-05-08"), "08-MAY-1953");
  EXPECT_EQ(iso_from_edf("08-may-1953"), "1953-05-08");
  EXPECT_EQ(iso_date_from_digits("20021122091000.250"), "2002-11-22");
  EXPECT_EQ(iso_time_from_digits("20021122091000.250"), "09:10:00.250");
  EXPECT_EQ(digits_of("2002-11-22", "09:10:00"), "20021122091000");
  EXPECT_EQ(iso_time_from_digits("20021122"), "");
}

TEST(Dates, that_are_none_stay_empty) {
  EXPECT_EQ(iso_date({2002, 13, 1}), "");
  EXPECT_EQ(iso_from_edf("08-FOO-1953"), "");
  EXPECT_EQ(edf_date("yesterday"), "");
  EXPECT_FALSE(parse_iso_date("2002/11/22").has_value());
}

TEST(Dates, leave_a_zone_out_of_the_parts_of_a_second) {
  EXPECT_EQ(iso_time_from_digits("20021122091000.250-0500"), "09:10:00.250");
  EXPECT_EQ(iso_time_from_digits("20021122091000-0500"), "09:10:00");
}

TEST(Dates, count_seconds_over_midnight_and_over_zones) {
  EXPECT_EQ(seconds_between("20021122091000.250", "20021122091001"), 0.75);
  EXPECT_EQ(seconds_between("20001231235959", "20010102000001.5"), 86402.5);
  EXPECT_EQ(seconds_between("20021122091000-0500", "20021122151000+0100"), 0.0);
  EXPECT_EQ(seconds_between("20021122091000-0500", "20021122091001"), 1.0);
  EXPECT_FALSE(seconds_between("20021122", "soon").has_value());
  EXPECT_EQ(digits_after("20021231235959.5", 0.75), "20030101000000.250");
  EXPECT_EQ(digits_after("20040228235959", 1 - 1e-12), "20040229000000.000");
  EXPECT_EQ(digits_after("20021122091000", 1.0 / 3.0), "20021122091000.333333333");
  EXPECT_EQ(digits_after("20030101000000", -0.25), "20021231235959.750");
  EXPECT_EQ(digits_after("99991231235959", 10.0), "");
  EXPECT_EQ(digits_after("never", 0.0), "");
}

}  // namespace
}  // namespace xingu::ecg
