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

}  // namespace
}  // namespace xingu::ecg
