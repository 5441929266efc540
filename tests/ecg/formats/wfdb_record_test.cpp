// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/wfdb_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "ecg/wfdb_annotation.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

StoredSignal signal(const std::string& label, std::vector<std::int32_t> samples, int per_frame = 1) {
  StoredSignal result;
  result.label = label;
  result.samples = std::move(samples);
  result.samples_per_frame = per_frame;
  return result;
}

Recording small_recording() {
  Recording recording;
  recording.frame_rate_Hz = 250;
  recording.num_frames = 4;
  recording.start_date = "2002-11-25";
  recording.start_time = "11:05:30";
  recording.signals = {signal("II", {1, -2, invalid_sample, 4}), signal("V1", {0, 10, 20, 15}),
                       signal("resp", {1, 2, 3, 4, 5, 6, 7, 8}, 2)};
  recording.comments = {" 51 F"};
  recording.marks = {{1, "N"}, {3, "artefact, please ignore"}};
  return recording;
}

void write(const xingu::test::TemporaryFolder& folder, const std::string& name, const std::string& text) {
  write_file(folder.path() / name, text);
}

TEST(WfdbRecord, gives_back_every_number_it_wrote) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(small_recording(), folder.path() / "r.hea");
  const Recording back = read_wfdb(folder.path() / "r");
  ASSERT_EQ(back.signals.size(), 3U);
  for (std::size_t s = 0; s < 3; ++s) {
    EXPECT_EQ(back.signals[s].samples, small_recording().signals[s].samples);
    EXPECT_EQ(back.signals[s].gain, 200);
  }
  EXPECT_EQ(back.signals[2].samples_per_frame, 2);
  EXPECT_EQ(back.start_date, "2002-11-25");
  EXPECT_EQ(back.start_time, "11:05:30");
  EXPECT_EQ(back.subject.age_years, 51);
  EXPECT_TRUE(back.warnings.empty());
  ASSERT_EQ(back.marks.size(), 2U);
  EXPECT_EQ(back.marks[0].text, "N");
  EXPECT_EQ(back.marks[1].text, "artefact, please ignore");
}

TEST(WfdbRecord, writes_a_rhythm_as_a_rhythm_and_words_as_words) {
  const xingu::test::TemporaryFolder folder;
  Recording recording = small_recording();
  recording.marks = {{0, "+ (AFIB"}, {1, "A note"}, {2, "/ paced?"}, {2, "~"}, {3, "\" quoted"}};
  write_wfdb(recording, folder.path() / "r.hea");
  const std::vector<Annotation> written = read_annotations(folder.path() / "r.atr");
  ASSERT_EQ(written.size(), 5U);
  EXPECT_EQ(written[0].code, annotation_code('+'));
  EXPECT_EQ(written[0].text, "(AFIB");
  EXPECT_EQ(written[1].code, note_annotation);
  EXPECT_EQ(written[2].code, note_annotation);
  EXPECT_EQ(written[3].code, annotation_code('~'));
  const Recording back = read_wfdb(folder.path() / "r");
  for (std::size_t i = 0; i < recording.marks.size(); ++i) {
    EXPECT_EQ(back.marks[i].text, recording.marks[i].text);
  }
}

TEST(WfdbRecord, keeps_who_was_recorded_with_what_in_remarks_that_are_written_once) {
  Recording recording = small_recording();
  recording.comments = {" Smoker: no"};
  recording.subject = {"SBJ 1", "Müller^Ann", Sex::female, "1953-05-08", 49.5};
  recording.device = "cart 7";
  recording.start_time.clear();
  const xingu::test::TemporaryFolder folder;
  write_wfdb(recording, folder.path() / "r.hea");
  const Recording back = read_wfdb(folder.path() / "r");
  EXPECT_EQ(back.subject.id, "SBJ 1");
  EXPECT_EQ(back.subject.name, "Müller^Ann");
  EXPECT_EQ(back.subject.sex, Sex::female);
  EXPECT_EQ(back.subject.birth_date, "1953-05-08");
  EXPECT_EQ(back.subject.age_years, 49.5);
  EXPECT_EQ(back.device, "cart 7");
  EXPECT_EQ(back.start_date, "2002-11-25");
  EXPECT_EQ(back.comments, recording.comments);
  write_wfdb(back, folder.path() / "r2.hea");
  const auto remarks = [&](const char* name) {
    const std::string text = read_file(folder.path() / name);
    return text.substr(text.find('#'));
  };
  EXPECT_EQ(remarks("r2.hea"), remarks("r.hea"));
}

TEST(WfdbRecord, writes_differences_and_flac_too) {
  Recording recording = small_recording();
  recording.signals.pop_back();
  recording.signals[0].samples[2] = 3;
  for (const int format : {8, 508, 516, 524, 311}) {
    const xingu::test::TemporaryFolder folder;
    write_wfdb(recording, folder.path() / "r.hea", {*wfdb_format(format)});
    const Recording back = read_wfdb(folder.path() / "r");
    EXPECT_EQ(back.signals[0].samples, recording.signals[0].samples) << format;
    EXPECT_EQ(back.signals[1].samples, recording.signals[1].samples) << format;
    EXPECT_TRUE(back.warnings.empty()) << format;
  }
}

TEST(WfdbRecord, joins_segments_of_a_fixed_layout) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(small_recording(), folder.path() / "a.hea");
  write(folder, "all.hea", "all/3 3 250 10\na 4\n~ 2\na 4\n");
  const Recording all = read_wfdb(folder.path() / "all");
  EXPECT_EQ(all.num_frames, 10U);
  EXPECT_EQ(all.signals[1].samples,
            (std::vector<std::int32_t>{0, 10, 20, 15, invalid_sample, invalid_sample, 0, 10, 20, 15}));
  EXPECT_EQ(all.signals[2].samples.size(), 20U);
}

TEST(WfdbRecord, joins_segments_of_a_variable_layout_by_label_and_scale) {
  const xingu::test::TemporaryFolder folder;
  Recording first = small_recording();
  first.signals.resize(1);
  Recording second = small_recording();
  second.signals.erase(second.signals.begin());
  second.signals.resize(1);
  second.signals[0].gain = 100;
  write_wfdb(first, folder.path() / "s1.hea");
  write_wfdb(second, folder.path() / "s2.hea");
  write(folder, "layout.hea", "layout 2 250 0\n~ 0 200/mV 16 0 0 0 0 II\n~ 0 200/mV 16 0 0 0 0 V1\n");
  write(folder, "all.hea", "all/3 2 250 8\nlayout 0\ns1 4\ns2 4\n");
  const Recording all = read_wfdb(folder.path() / "all");
  const std::int32_t none = invalid_sample;
  EXPECT_EQ(all.signals[0].samples, (std::vector<std::int32_t>{1, -2, none, 4, none, none, none, none}));
  EXPECT_EQ(all.signals[1].samples, (std::vector<std::int32_t>{none, none, none, none, 0, 20, 40, 30}));
}

TEST(WfdbRecord, names_its_files_and_those_it_would_write) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(small_recording(), folder.path() / "a.hea");
  write(folder, "all.hea", "all/3 3 250 10\na 4\n~ 2\na 4\n");
  const auto files = wfdb_files(folder.path() / "all");
  for (const char* const name : {"all.hea", "a.hea", "a_1.dat", "a_2.dat"}) {
    const bool is_named = std::ranges::find(files, folder.path() / name) != files.end();
    EXPECT_EQ(is_named, std::filesystem::exists(folder.path() / name)) << name;
  }
  for (const char* const name : {"a.hea", "a.dat", "a.atr", "a_12.dat"}) {
    EXPECT_TRUE(may_be_written_as(name, "a.hea")) << name;
  }
  for (const char* const name : {"b.hea", "a_.dat", "a_x.dat", "ab.dat", "a.csv"}) {
    EXPECT_FALSE(may_be_written_as(name, "a.hea")) << name;
  }
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

/// A recording whose signals, all of one width and one sample a frame, share a file, and that nobody has marked.
Recording unmarked_recording() {
  Recording recording = small_recording();
  recording.signals.pop_back();
  recording.marks.clear();
  return recording;
}

Recording recording_of_several_files() {
  Recording recording = small_recording();
  recording.signals[1].samples[0] = 1'000'000;  // of another width than its neighbours
  return recording;
}

TEST(WfdbRecord, leaves_nothing_of_the_record_whose_place_it_takes) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(recording_of_several_files(), folder.path() / "r.hea");
  ASSERT_GT(files_in(folder.path()).size(), 3U);
  write_wfdb(unmarked_recording(), folder.path() / "r.hea");
  EXPECT_EQ(files_in(folder.path()), (std::vector<std::string>{"r.dat", "r.hea"}));
  EXPECT_TRUE(read_wfdb(folder.path() / "r").marks.empty());
}

TEST(WfdbRecord, takes_marks_away_that_stand_there_without_a_record) {
  const xingu::test::TemporaryFolder folder;
  write_annotations({{1, 1, 0, 0, 0, {}}}, folder.path() / "r.atr");
  write_wfdb(unmarked_recording(), folder.path() / "r.hea");
  EXPECT_TRUE(read_wfdb(folder.path() / "r").marks.empty());
}

TEST(WfdbRecord, leaves_what_belongs_to_other_records) {
  const xingu::test::TemporaryFolder folder;
  Recording other = unmarked_recording();
  write_wfdb(other, folder.path() / "r_2.hea");
  write(folder, "notes.dat", "of somebody else");
  write(folder, "r.hea", "r 2 250 4\nr_2.dat 212 200/mV 12 0 1 0 0 II\nnotes.dat 16 200/mV 16 0 1 0 0 V1\n");
  write_wfdb(unmarked_recording(), folder.path() / "r.hea");
  EXPECT_EQ(files_in(folder.path()), (std::vector<std::string>{"notes.dat", "r.dat", "r.hea", "r_2.dat", "r_2.hea"}));
}

TEST(WfdbRecord, takes_no_other_records_signals_for_its_own) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(unmarked_recording(), folder.path() / "r_2.hea");
  const Recording before = read_wfdb(folder.path() / "r_2");
  EXPECT_THROW(write_wfdb(recording_of_several_files(), folder.path() / "r.hea"), InputError);
  EXPECT_EQ(files_in(folder.path()), (std::vector<std::string>{"r_2.dat", "r_2.hea"}));
  EXPECT_EQ(read_wfdb(folder.path() / "r_2").signals.front().samples, before.signals.front().samples);
}

TEST(WfdbRecord, keeps_the_record_that_was_there_where_the_new_one_cannot_be_written) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(recording_of_several_files(), folder.path() / "r.hea");
  const std::vector<std::string> names = files_in(folder.path());
  const std::string header = read_file(folder.path() / "r.hea");
  const std::string marks = read_file(folder.path() / "r.atr");
  std::filesystem::create_directories(folder.path() / "r.dat" / "in the way");
  EXPECT_THROW(write_wfdb(unmarked_recording(), folder.path() / "r.hea"), EnvironmentError);
  EXPECT_EQ(read_file(folder.path() / "r.hea"), header);
  EXPECT_EQ(read_file(folder.path() / "r.atr"), marks);
  std::filesystem::remove_all(folder.path() / "r.dat");
  EXPECT_EQ(files_in(folder.path()), names);
}

TEST(WfdbRecord, gives_back_every_annotation_as_it_was) {
  const xingu::test::TemporaryFolder folder;
  const std::vector<Annotation> told{{0, annotation_code('+'), 0, 0, 0, "(AFIB"},
                                     {0, annotation_code('N'), 3, 0, 0, {}},
                                     {1, annotation_code('~'), -1, 2, 0, {}},
                                     {1, annotation_code('V'), 0, 1, -4, "couplet"},
                                     {1, note_annotation, 0, 1, 0, "N"},
                                     {2, note_annotation, 2, 0, 0, "+ in words"},
                                     {2, note_annotation, 0, 0, 0, {}},
                                     {3, 45, 0, 0, 7, "of a code without a symbol"},
                                     {3, 46, 0, 0, 0, {}},
                                     {3, annotation_code('N'), 0, 0, 0, std::string(255, 'x')}};
  write_wfdb(unmarked_recording(), folder.path() / "r.hea");
  write_annotations(told, folder.path() / "r.atr");
  write_wfdb(read_wfdb(folder.path() / "r"), folder.path() / "again.hea");
  EXPECT_EQ(read_annotations(folder.path() / "again.atr"), told);
}

TEST(WfdbRecord, warns_of_a_short_file_and_a_wrong_checksum) {
  const xingu::test::TemporaryFolder folder;
  write(folder, "r.dat", std::string("\1\0\2\0\3\0", 6));
  write(folder, "r.hea", "r 1 250 5\nr.dat 16 200/mV 16 0 1 7 0 II\n");
  const Recording recording = read_wfdb(folder.path() / "r");
  EXPECT_EQ(recording.num_frames, 3U);
  EXPECT_EQ(recording.warnings.size(), 2U);
}

TEST(WfdbRecord, refuses_files_elsewhere_and_nested_segments) {
  const xingu::test::TemporaryFolder folder;
  write(folder, "r.hea", "r 1 250 5\n../r.dat 16 200/mV 16 0 1 7 0 II\n");
  EXPECT_THROW((void)read_wfdb(folder.path() / "r"), InputError);
  write(folder, "c.hea", std::string("c 1 250 5\nc") + '\0' + ".dat 16 200/mV 16 0 1 7 0 II\n");
  EXPECT_THROW((void)read_wfdb(folder.path() / "c"), InputError);
  write(folder, "n.hea", "n/1 1 250 5\nn 5\n");
  EXPECT_THROW((void)read_wfdb(folder.path() / "n"), InputError);
  write(folder, "l.hea", "l/1 1 250 9000000000\n~ 9000000000\n");
  EXPECT_THROW((void)read_wfdb(folder.path() / "l"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
