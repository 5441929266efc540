// SPDX-License-Identifier: Apache-2.0
#include "ecg/patient_age.h"

#include <gmock/gmock.h>

#include <cmath>

namespace xingu::ecg {
namespace {

using testing::HasSubstr;

TEST(PatientAge, is_read_in_years_months_weeks_days_and_hours) {
  const std::vector<std::pair<const char*, double>> ages{{"81", 81.0},
                                                         {"81,", 81.0},
                                                         {"81y", 81.0},
                                                         {"81 years old", 81.0},
                                                         {">89", 90.0},
                                                         {"0", 0.0},
                                                         {"6 months", 0.5},
                                                         {"6m", 0.5},
                                                         {"6 MO", 0.5},
                                                         {"1 year 3 months", 1.25},
                                                         {"1y6m", 1.5},
                                                         {"6 weeks", 42 / 365.25},
                                                         {"12 days", 12 / 365.25},
                                                         {"48 hours", 2 / 365.25}};
  for (const auto& [text, years] : ages) {
    const StatedAge age = parse_age(text);
    ASSERT_TRUE(age.years) << text << ": " << age.doubt;
    EXPECT_NEAR(*age.years, years, 1e-12) << text;
    EXPECT_TRUE(age.doubt.empty()) << text;
  }
}

TEST(PatientAge, is_not_used_where_it_is_not_understood_and_that_is_said) {
  for (const auto& [text, why] : {std::pair{"6 Monate", "unit"},
                                  {"6x", "unit"},
                                  {"1 year 3", "unit"},
                                  {"6 m", "male"},
                                  {"-3", "no age"},
                                  {"1950", "no age"},
                                  {"130", "no age"},
                                  {"2000 months", "no age"},
                                  {"old", "no number"},
                                  {"nan 3", "no"}}) {
    EXPECT_FALSE(parse_age(text).years) << text;
    EXPECT_THAT(parse_age(text).doubt, HasSubstr(why)) << text;
  }
  for (const char* const text : {"", " ", "n/a", "unknown", "?", "NaN"}) {
    EXPECT_FALSE(parse_age(text).years) << text;
    EXPECT_TRUE(parse_age(text).doubt.empty()) << text;
  }
}

TEST(PatientAge, comes_back_from_its_count_in_the_unit_it_had) {
  for (const AgeUnit unit : {AgeUnit::years, AgeUnit::months, AgeUnit::weeks, AgeUnit::days}) {
    for (int count = 0; count < 100; ++count) {
      const double years = years_of(count, unit);
      const CountedAge counted = counted_age(years);
      EXPECT_NEAR(years_of(counted.count, counted.unit), years, 1e-9) << count;
    }
  }
}

TEST(PatientAge, that_is_no_whole_number_of_a_unit_becomes_no_more_than_it_was) {
  for (double years = 0.0003; years < 129.0; years *= 1.07) {
    const CountedAge counted = counted_age(years);
    const double back = years_of(counted.count, counted.unit);
    EXPECT_LE(counted.count, 999);
    EXPECT_LE(back, years + 1e-8);
    EXPECT_LT(years - back, years < 2.0 ? 1.01 / 365.25 : years < 83.0 ? 1.01 / 12 : 1.0) << years;
  }
}

TEST(PatientAge, is_told_in_months_or_days_below_two_years_and_never_rounded_up) {
  EXPECT_EQ(age_words(0.5), "6 months");
  EXPECT_EQ(age_words(years_of(12, AgeUnit::days)), "12 days");
  EXPECT_EQ(age_words(years_of(1, AgeUnit::months)), "1 month");
  EXPECT_EQ(age_words(0.0), "0 years");
  EXPECT_EQ(age_words(15.9), "15 years");
  EXPECT_EQ(age_words_chinese(0.25), "3 个月");
  EXPECT_EQ(age_words_chinese(49.0), "49 岁");
}

}  // namespace
}  // namespace xingu::ecg
