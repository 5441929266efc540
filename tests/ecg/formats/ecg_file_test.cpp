// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/ecg_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "ecg/wfdb_annotation.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using testing::Contains;
using testing::HasSubstr;
using xingu::test::TemporaryFolder;

/// A recording in which everything is said.
Recording told_recording() {
  Recording recording = test::noise_recording({"I", "V1"}, 600, 500, 12);
  recording.subject = {"SBJ-1", "Müller", Sex::female, "1953-05-08", 49.0};
  recording.start_time = "09:10:00.25";
  recording.device = "cart 7";
  recording.comments = {" Smoker: no"};
  recording.marks = {{100, "N"}, {200, "artefact", 0.5}};
  return recording;
}

/// Which facts a recording that was written and read again does not have any more.
std::vector<std::string> missing_facts(const Recording& written, const Recording& read) {
  std::vector<std::string> missing;
  const auto look = [&](const char* name, bool is_there) {
    if (!is_there) {
      missing.emplace_back(name);
    }
  };
  look("id", read.subject.id == written.subject.id);
  look("name", read.subject.name == written.subject.name);
  look("sex", read.subject.sex == written.subject.sex);
  look("birth", read.subject.birth_date == written.subject.birth_date);
  look("age", age_at_recording(read) == written.subject.age_years);
  look("date", read.start_date == written.start_date);
  look("time", read.start_time.starts_with(written.start_time));
  look("device", read.device == written.device);
  look("comments", read.comments.size() == written.comments.size());
  look("marks", read.marks.size() == written.marks.size());
  look("durations", read.marks.size() == 2 && read.marks[1].duration_s == written.marks[1].duration_s);
  return missing;
}

TEST(FactsLost, are_named_for_every_format_and_no_other_is_lost) {
  const Recording recording = told_recording();
  const TemporaryFolder folder;
  const std::vector<std::tuple<const char*, std::vector<std::string>, std::vector<std::string>>> formats{
      {"r.hea", {"durations"}, {"the duration of 1 marks"}},
      {"r.edf", {"name", "time", "comments"}, {"'Mueller'", "part of a second", "1 lines of comment"}},
      {"r.bdf", {"name", "time", "comments"}, {"'Mueller'", "part of a second", "1 lines of comment"}},
      {"r.scp", {"time", "device", "marks", "durations"}, {"part of a second", "five letters", "2 marks"}},
      {"r.xml", {}, {}},
      {"r.csv", {}, {}}};
  for (const auto& [name, lost, phrases] : formats) {
    const EcgFormat format = format_for_name(name);
    write_recording(recording, folder.path() / name, format);
    EXPECT_EQ(missing_facts(recording, read_recording(folder.path() / name, format)), lost) << name;
    const std::vector<std::string> said = facts_lost_in(format, recording);
    EXPECT_EQ(said.size(), phrases.size()) << name << testing::PrintToString(said);
    for (const std::string& phrase : phrases) {
      EXPECT_THAT(said, Contains(HasSubstr(phrase))) << name;
    }
  }
  EXPECT_THAT(facts_lost_in(EcgFormat::dicom, recording), testing::IsEmpty());
}

TEST(FactsLost, name_a_mark_that_says_nothing_where_an_annotation_must) {
  Recording recording = test::noise_recording({"I"}, 600, 500, 12);
  recording.marks = {{100, "N"}, {200, " "}};
  EXPECT_THAT(facts_lost_in(EcgFormat::dicom, recording), testing::ElementsAre(HasSubstr("1 marks without a text")));
}

TEST(FactsLost, name_the_numbers_of_annotations_that_only_wfdb_has) {
  Recording recording = test::noise_recording({"I", "II"}, 600, 500, 12);
  const TemporaryFolder folder;
  recording.marks = {{100, "N"}, {200, "V"}, {300, "V"}, {400, "V"}};
  write_recording(recording, folder.path() / "r.hea", EcgFormat::wfdb);
  const auto lost_in = [&](EcgFormat format) {
    return facts_lost_in(format, read_recording(folder.path() / "r.hea", EcgFormat::wfdb));
  };
  EXPECT_THAT(lost_in(EcgFormat::csv), testing::IsEmpty());
  write_annotations({{100, 1, 0, 0, 0, {}}, {200, 5, 1, 0, 0, {}}, {300, 5, 0, 1, 0, {}}, {400, 5, 0, 0, 2, {}}},
                    folder.path() / "r.atr");
  for (const EcgFormat format : {EcgFormat::edf, EcgFormat::bdf, EcgFormat::aecg, EcgFormat::csv, EcgFormat::dicom}) {
    EXPECT_THAT(lost_in(format), Contains(HasSubstr("subtype, channel or number of 3 marks"))) << format_name(format);
  }
  EXPECT_THAT(lost_in(EcgFormat::scp), testing::Not(Contains(HasSubstr("subtype"))));  // it has no marks at all
  EXPECT_THAT(lost_in(EcgFormat::wfdb), testing::IsEmpty());
}

TEST(EcgFile, leaves_out_marks_behind_the_end_and_says_so) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I"}, 600, 500, 12);
  recording.subject.age_years.reset();
  for (const char* name : {"r.hea", "r.edf", "r.xml", "r.csv"}) {
    const EcgFormat format = format_for_name(name);
    recording.marks = {{100, "N"}, {600, "the end"}, {601, "V"}, {90'000, "V"}};
    write_recording(recording, folder.path() / name, format);
    const Recording back = read_recording(folder.path() / name, format);
    EXPECT_EQ(back.marks.size(), 2U) << name;
    EXPECT_THAT(back.warnings,
                testing::ElementsAre(testing::AllOf(HasSubstr((folder.path() / name).string() + ": 2 of its 4 marks"),
                                                    HasSubstr("left out"))))
        << name;
    recording.marks.resize(2);
    write_recording(recording, folder.path() / name, format);
    EXPECT_THAT(read_recording(folder.path() / name, format).warnings, testing::IsEmpty()) << name;
  }
}

TEST(FactsLost, name_what_a_table_calls_otherwise) {
  Recording recording = test::noise_recording({"ECG", "ii", "ECG"}, 600, 500, 12);
  EXPECT_THAT(facts_lost_in(EcgFormat::csv, recording),
              testing::ElementsAre(HasSubstr("two signals of one name ('ECG' is written as 'ECG (2)')")));
  recording.signals[2].label = "V1";
  recording.signals[0].prefilter = "LP:40Hz";
  EXPECT_THAT(facts_lost_in(EcgFormat::csv, recording), testing::IsEmpty());
  EXPECT_THAT(facts_lost_in(EcgFormat::wfdb, recording), testing::ElementsAre(HasSubstr("transducers and filters")));
}

TEST(FactsLost, name_filters_only_where_a_format_does_not_hold_them) {
  Recording recording = test::noise_recording({"I", "II"}, 600, 500, 12);
  for (StoredSignal& signal : recording.signals) {
    signal.prefilter = "HP:0.05Hz LP:150Hz N:50Hz";
  }
  for (const EcgFormat format : {EcgFormat::scp, EcgFormat::aecg, EcgFormat::dicom, EcgFormat::csv}) {
    EXPECT_THAT(facts_lost_in(format, recording), testing::IsEmpty()) << format_name(format);
  }
  recording.signals[0].prefilter = "HP:0.003Hz LP:150Hz";
  EXPECT_THAT(facts_lost_in(EcgFormat::dicom, recording), testing::IsEmpty());
  for (const EcgFormat format : {EcgFormat::scp, EcgFormat::aecg}) {
    EXPECT_THAT(facts_lost_in(format, recording), testing::ElementsAre(HasSubstr("filters"))) << "one for all leads";
  }
  recording.signals[1].prefilter = recording.signals[0].prefilter;
  EXPECT_THAT(facts_lost_in(EcgFormat::aecg, recording), testing::IsEmpty());
  EXPECT_THAT(facts_lost_in(EcgFormat::scp, recording), testing::ElementsAre(HasSubstr("filters")));
}

TEST(FactsLost, name_an_age_that_only_a_date_of_birth_could_say) {
  Recording recording = test::noise_recording({"I"}, 600, 500, 12);
  recording.subject = {"SBJ-1", "Clark", Sex::male, "", 49.0};
  for (const EcgFormat format : {EcgFormat::edf, EcgFormat::bdf, EcgFormat::aecg}) {
    EXPECT_THAT(facts_lost_in(format, recording), testing::ElementsAre(HasSubstr("the age of 49 years")));
  }
  for (const EcgFormat format : {EcgFormat::wfdb, EcgFormat::scp, EcgFormat::csv, EcgFormat::dicom}) {
    EXPECT_THAT(facts_lost_in(format, recording), testing::IsEmpty());
  }
  recording.subject.birth_date = "1953-05-08";
  EXPECT_THAT(facts_lost_in(EcgFormat::edf, recording), testing::IsEmpty());
}

TEST(EcgFile, keeps_the_age_of_an_infant_in_months_weeks_and_days) {
  const TemporaryFolder folder;
  for (const double age : {0.5, 0.25, years_of(6, AgeUnit::weeks), years_of(12, AgeUnit::days), 0.0, 1.5}) {
    Recording recording = test::noise_recording({"I"}, 600, 500, 12);
    recording.subject = {"SBJ-1", "Clark", Sex::male, "", age};
    for (const char* const name : {"r.hea", "r.scp", "r.csv"}) {
      const EcgFormat format = format_for_name(name);
      EXPECT_THAT(facts_lost_in(format, recording), testing::IsEmpty()) << name;
      write_recording(recording, folder.path() / name, format);
      const auto back = age_at_recording(read_recording(folder.path() / name, format));
      ASSERT_TRUE(back) << name << " of " << age;
      EXPECT_NEAR(*back, age, 1e-9) << name;
    }
  }
}

TEST(EcgFile, takes_the_age_of_an_infant_from_the_date_of_birth) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I"}, 600, 500, 12);
  for (const auto& [born, age] : {std::pair{"2002-05-22", 0.5},
                                  {"2002-11-10", years_of(12, AgeUnit::days)},
                                  {"2001-11-23", 11.0 / 12},
                                  {"2001-11-22", 1.0},
                                  {"1999-11-23", 2.0},
                                  {"2002-11-22", 0.0}}) {
    recording.subject = {"SBJ-1", "Clark", Sex::male, born, std::nullopt};
    for (const char* const name : {"r.edf", "r.xml", "r.hea"}) {
      const EcgFormat format = format_for_name(name);
      write_recording(recording, folder.path() / name, format);
      const auto back = age_at_recording(read_recording(folder.path() / name, format));
      ASSERT_TRUE(back) << name << " born " << born;
      EXPECT_NEAR(*back, age, 1e-9) << name << " born " << born;
    }
  }
  recording.subject.birth_date = "2003-01-01";  // after the recording
  EXPECT_FALSE(age_at_recording(recording));
}

TEST(EcgFile, warns_once_of_an_age_that_is_not_used) {
  const TemporaryFolder folder;
  write_recording(test::noise_recording({"I"}, 600, 500, 12), folder.path() / "r.hea", EcgFormat::wfdb);
  const std::string header = read_file(folder.path() / "r.hea", 1 << 20);
  for (const char* const age : {"6 Monate", "1950", "-3", "6 m"}) {
    std::string text = header;
    text.replace(text.find("# age: 49"), 9, std::string("# age: ") + age);
    write_file(folder.path() / "r.hea", text);
    const Recording recording = read_recording(folder.path() / "r.hea", EcgFormat::wfdb);
    EXPECT_FALSE(recording.subject.age_years) << age;
    EXPECT_THAT(recording.warnings, testing::ElementsAre(HasSubstr(std::string("the age '") + age + "'"))) << age;
    write_file(folder.path() / "r.csv", std::string("# rate_Hz: 500\n# age: ") + age + "\nI [mV]\n0.1\n0.2\n");
    EXPECT_THAT(read_recording(folder.path() / "r.csv", EcgFormat::csv).warnings,
                testing::ElementsAre(HasSubstr(std::string("the age '") + age + "'")))
        << age;
  }
}

TEST(EcgFile, warns_of_two_leads_of_one_name) {
  const TemporaryFolder folder;
  write_recording(test::noise_recording({"II", "V1", "II"}, 600, 500, 12), folder.path() / "r.edf", EcgFormat::edf);
  EXPECT_THAT(read_recording(folder.path() / "r.edf", EcgFormat::edf).warnings,
              testing::ElementsAre(HasSubstr("two signals are named 'II'")));
}

TEST(EcgFile, takes_an_edf_without_units_for_millivolts_only_where_it_can_be) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I", "II"}, 600, 500, 10);
  recording.signals[0].unit = recording.signals[1].unit = "";
  write_recording(recording, folder.path() / "mv.edf", EcgFormat::edf);
  const Recording taken = read_recording(folder.path() / "mv.edf", EcgFormat::edf);
  EXPECT_EQ(taken.signals[1].unit, "mV");
  EXPECT_THAT(taken.warnings, testing::ElementsAre(HasSubstr("no unit of 'I', 'II'")));
  recording.signals[1].gain = 0.2;
  write_recording(recording, folder.path() / "uv.edf", EcgFormat::edf);
  const Recording left = read_recording(folder.path() / "uv.edf", EcgFormat::edf);
  EXPECT_EQ(left.signals[1].unit, "");
  EXPECT_TRUE(ecg_signals(left).empty());
}

}  // namespace
}  // namespace xingu::ecg
