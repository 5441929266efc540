// SPDX-License-Identifier: Apache-2.0
#include "ecg/wfdb_header.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace xingu::ecg {
namespace {

TEST(WfdbHeader, reads_gain_baseline_unit_and_patient) {
  const WfdbHeader header = parse_wfdb_header(
      "100 2 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n100.dat 212 200(5)/uV 11 1024 1011 20052 0 V5\n"
      "# 69 M 1085 1629 x1\n",
      "100.hea");
  EXPECT_EQ(header.info.name, "100");
  EXPECT_DOUBLE_EQ(header.info.rate_hz, 360);
  EXPECT_EQ(header.info.num_samples, 650000);
  ASSERT_EQ(header.info.channels.size(), 2U);
  EXPECT_EQ(header.info.channels[0].name, "MLII");
  EXPECT_DOUBLE_EQ(header.info.channels[0].baseline, 1024);
  EXPECT_EQ(header.info.channels[0].unit, "mV");
  EXPECT_DOUBLE_EQ(header.info.channels[1].baseline, 5);
  EXPECT_EQ(header.info.channels[1].unit, "uV");
  EXPECT_EQ(header.signals[1].format, 212);
  EXPECT_EQ(header.info.patient.age_years, 69);
  EXPECT_EQ(header.info.patient.sex, Sex::male);
}

TEST(WfdbHeader, takes_counter_frequency_skew_and_offset) {
  const WfdbHeader header = parse_wfdb_header("s 1 250/360 9\ns.dat 16x2:3+512 0 12 0 0 0 0 ECG 1\n", "s.hea");
  EXPECT_DOUBLE_EQ(header.info.rate_hz, 250);
  EXPECT_EQ(header.signals[0].samples_per_frame, 2);
  EXPECT_EQ(header.signals[0].skew, 3);
  EXPECT_EQ(header.signals[0].byte_offset, 512);
  EXPECT_DOUBLE_EQ(header.info.channels[0].gain, 200);
  EXPECT_EQ(header.info.channels[0].name, "ECG 1");
}

TEST(WfdbHeader, does_not_take_an_unknown_age_of_minus_one) {
  EXPECT_FALSE(parse_wfdb_header("s 0 250\n# -1 M 742\n", "s.hea").info.patient.age_years.has_value());
  EXPECT_EQ(parse_wfdb_header("s 0 250\n#<age>: 51  <sex>: F\n", "s.hea").info.patient.age_years, 51);
}

PatientFacts patient_of(const std::string& remark) {
  return parse_wfdb_header("s 0 250\n" + remark + "\n", "s.hea").info.patient;
}

TEST(WfdbHeader, takes_the_age_of_a_newborn_and_one_that_is_hidden) {
  EXPECT_EQ(parse_wfdb_header("s 0 250\n#<age>: 0  <sex>: F\n", "s.hea").info.patient.age_years, 0);
  EXPECT_EQ(parse_wfdb_header("s 0 250\n#<age>: >89  <sex>: F\n", "s.hea").info.patient.age_years, 90);
  EXPECT_FALSE(parse_wfdb_header("s 0 250\n#<age>: 130  <sex>: F\n", "s.hea").info.patient.age_years);
}

TEST(WfdbHeader, takes_age_and_sex_in_every_custom_whatever_the_letters_case) {
  for (const char* const remark :
       {"# age: 81\n# sex: female", "# Age: 81\n# Sex: F", "#<age>: 81  <sex>: F  <diagnoses> no", "# age: 81 <sex>: F",
        "#Age: 81  Sex: f", "# sex: Female, age: 81", "# 81 F 1085 x1", "#AGE: 81y\n# GENDER: FEMALE"}) {
    EXPECT_EQ(patient_of(remark).age_years, 81) << remark;
    EXPECT_EQ(patient_of(remark).sex, Sex::female) << remark;
  }
  EXPECT_EQ(patient_of("# sex: male").sex, Sex::male);
  for (const char* const remark : {"# Maternal age: 34", "# age: n/a", "# sex: n/a", "# 34 weeks", "# dosage: 30 mg"}) {
    EXPECT_FALSE(patient_of(remark).age_years) << remark;
    EXPECT_FALSE(patient_of(remark).sex) << remark;
  }
}

TEST(WfdbHeader, takes_an_age_in_its_unit_and_no_sex_for_one) {
  EXPECT_EQ(patient_of("# age: 6 months").age_years, 0.5);
  EXPECT_EQ(patient_of("# age: 6 months, sex: F").sex, Sex::female);
  EXPECT_EQ(patient_of("#<age>: 3 months  <sex>: F").age_years, 0.25);
  EXPECT_EQ(patient_of("# age: 69 F").age_years, 69);
  EXPECT_FALSE(patient_of("# age: 6 lunes").age_years);
  EXPECT_FALSE(patient_of("# age: 6 M").age_years);
}

TEST(WfdbHeader, keeps_apart_the_remarks_that_say_more_than_the_patients_facts) {
  const WfdbHeader header =
      parse_wfdb_header("s 0 250\n# age: 81\n# id: S 1\n# age: n/a\n#75 F 12\n# Smoker: no\n", "s");
  EXPECT_EQ(header.remarks.id, "S 1");
  EXPECT_EQ(header.remarks.others, (std::vector<std::string>{" age: n/a", "75 F 12", " Smoker: no"}));
  EXPECT_EQ(header.info.comments.size(), 5U);
}

TEST(WfdbHeader, refuses_what_is_none) {
  try {
    (void)parse_wfdb_header("", "f");
    ADD_FAILURE() << "an empty header";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("the header is empty"), std::string::npos) << error.what();
  }
  EXPECT_THROW((void)parse_wfdb_header("r 2 360 10\nr.dat 16\n", "f"), InputError);
  EXPECT_THROW((void)parse_wfdb_header("r 99999 360 10\n", "f"), InputError);
  EXPECT_THROW((void)parse_wfdb_header("r 1 -5 10\nr.dat 16\n", "f"), InputError);
  EXPECT_THROW((void)parse_wfdb_header("r/3 1 360 10\na 10\n", "f"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
