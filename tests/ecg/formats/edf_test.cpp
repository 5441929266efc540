// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/edf.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using xingu::test::TemporaryFolder;

TEST(Edf, reads_a_micro_sign_in_one_byte_as_many_programs_write_it) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"II", "V1"}, 500, 500, 12);
  recording.signals[0].unit = recording.signals[1].unit = "uV";
  recording.signals[1].label = "ux";
  write_edf(recording, folder.path() / "r.edf", EdfKind::edf);
  std::string text = read_file(folder.path() / "r.edf");
  for (const std::string word : {"uV ", "ux "}) {
    for (std::size_t at = text.find(word); at < 1024; at = text.find(word)) {
      text[at] = '\xb5';
    }
  }
  write_file(folder.path() / "r.edf", text);
  const Recording back = read_edf(folder.path() / "r.edf");
  EXPECT_EQ(back.signals[0].unit, "µV");
  EXPECT_EQ(back.signals[1].label, "µx");
  write_edf(back, folder.path() / "again.edf", EdfKind::edf);
  EXPECT_EQ(read_edf(folder.path() / "again.edf").signals[0].unit, "uV");
}

TEST(Edf, gives_back_every_sample_and_fact) {
  const TemporaryFolder folder;
  for (const EdfKind kind : {EdfKind::edf, EdfKind::bdf}) {
    // 1234 frames at 360 Hz do not fill the last record; a second rate stands in the same frames
    Recording recording = test::noise_recording(test::twelve_leads, 1234, 360, kind == EdfKind::edf ? 16 : 23);
    recording.signals[3].samples.resize(2468, 7);
    recording.signals[3].samples_per_frame = 2;
    recording.marks = {{100, "N"}, {1200, "artefact", 0.5}};
    write_edf(recording, folder.path() / "r.edf", kind);
    const Recording back = read_edf(folder.path() / "r.edf");
    EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
    EXPECT_EQ(back.frame_rate_Hz, 360);
    EXPECT_EQ(back.num_frames, 1234U);
    EXPECT_EQ(back.signals[0].label, "I");
    EXPECT_EQ(back.signals[3].samples_per_frame, 2);
    EXPECT_NEAR(back.signals[0].gain, 200.0, 1e-6);
    EXPECT_NEAR(back.signals[0].baseline, 0.0, 0.01);
    EXPECT_EQ(back.start_date, "2002-11-22");
    EXPECT_EQ(back.start_time, "09:10:00");
    EXPECT_EQ(back.subject.id, "SBJ-123");
    EXPECT_EQ(back.subject.sex, Sex::male);
    EXPECT_EQ(back.subject.birth_date, "1953-05-08");
    ASSERT_EQ(back.marks.size(), 2U);
    EXPECT_EQ(back.marks[1].sample, 1200U);
    EXPECT_EQ(back.marks[1].text, "artefact");
    EXPECT_EQ(back.marks[1].duration_s, 0.5);
    EXPECT_TRUE(back.warnings.empty());
  }
}

TEST(Edf, writes_the_same_bytes_from_what_it_read) {
  const TemporaryFolder folder;
  write_edf(test::noise_recording({"I", "II"}, 1000, 500, 14, 409.6), folder.path() / "a.edf", EdfKind::edf);
  write_edf(read_edf(folder.path() / "a.edf"), folder.path() / "b.edf", EdfKind::edf);
  EXPECT_EQ(read_file(folder.path() / "a.edf"), read_file(folder.path() / "b.edf"));
}

TEST(Edf, keeps_the_gaps_of_an_interrupted_file_empty) {
  const TemporaryFolder folder;
  write_edf(test::noise_recording({"II"}, 200, 100, 12), folder.path() / "r.edf", EdfKind::edf);
  std::string content = read_file(folder.path() / "r.edf");
  content.replace(content.find("EDF+C"), 5, "EDF+D");
  content.replace(content.rfind("+1\x14"), 2, "+3");
  write_file(folder.path() / "d.edf", content);
  const Recording gapped = read_edf(folder.path() / "d.edf");
  EXPECT_EQ(gapped.num_frames, 400U);
  EXPECT_EQ(std::ranges::count(gapped.signals[0].samples, invalid_sample), 200);
}

TEST(Edf, places_marks_by_the_samples_of_the_leads_beside_a_slow_signal) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"II", "SpO2"}, 1000, 500, 12);
  recording.frame_rate_Hz = 1;
  recording.num_frames = 2;
  recording.signals[0].samples_per_frame = 500;
  recording.signals[1].samples.resize(2);
  recording.marks = {{1, "N", 0.0, 0.25}};
  write_edf(recording, folder.path() / "r.edf", EdfKind::edf);
  const Recording back = read_edf(folder.path() / "r.edf");
  ASSERT_EQ(back.marks.size(), 1U);
  EXPECT_EQ(back.marks[0].sample, 1U);
  EXPECT_NEAR(back.marks[0].part, 0.25, 1e-9);
  const Recording lead = with_signals(back, {0});
  EXPECT_EQ(lead.frame_rate_Hz, 500);
  EXPECT_EQ(lead.num_frames, 1000U);
  EXPECT_EQ(lead.signals[0].samples_per_frame, 1);
  EXPECT_EQ(lead.marks[0].sample, 625U);
  EXPECT_EQ(lead.marks[0].part, 0.0);
  require_consistent(lead, "lead");
}

TEST(Edf, invents_no_date_where_none_is_known) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"II"}, 200, 100, 12);
  recording.start_date.clear();
  recording.start_time.clear();
  write_edf(recording, folder.path() / "r.edf", EdfKind::edf);
  EXPECT_EQ(read_edf(folder.path() / "r.edf").start_date, "");
  EXPECT_EQ(read_edf(folder.path() / "r.edf").start_time, "");
}

TEST(Edf, writes_names_in_ascii) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"II"}, 200, 100, 12);
  recording.subject.name = "Müller^Zoë";
  write_edf(recording, folder.path() / "r.edf", EdfKind::edf);
  EXPECT_EQ(read_edf(folder.path() / "r.edf").subject.name, "Mueller^Zoe");
}

TEST(Edf, refuses_damage_and_what_the_format_cannot_hold) {
  const TemporaryFolder folder;
  const Recording recording = test::noise_recording({"II"}, 200, 100, 24);
  EXPECT_THROW(write_edf(recording, folder.path() / "r.edf", EdfKind::edf), InputError);
  Recording missing = test::noise_recording({"II"}, 200, 100, 12);
  missing.signals[0].samples[5] = invalid_sample;
  EXPECT_THROW(write_edf(missing, folder.path() / "r.edf", EdfKind::edf), InputError);
  write_edf(recording, folder.path() / "r.bdf", EdfKind::bdf);
  const std::string content = read_file(folder.path() / "r.bdf");
  write_file(folder.path() / "cut.bdf", content.substr(0, 300));
  EXPECT_THROW((void)read_edf(folder.path() / "cut.bdf"), InputError);
  write_file(folder.path() / "cut.bdf", content.substr(0, content.size() - 10));
  EXPECT_EQ(read_edf(folder.path() / "cut.bdf").warnings.size(), 1U);
}

}  // namespace
}  // namespace xingu::ecg
