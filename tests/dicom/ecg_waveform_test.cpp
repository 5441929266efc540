// SPDX-License-Identifier: Apache-2.0
#include "dicom/ecg_waveform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "dicom/annotation_tags.h"
#include "dicom/dataset_writer.h"
#include "dicom/uid.h"
#include "dicom/write_modules.h"
#include "ecg/formats/sample_recording.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using ecg::Recording;

TEST(EcgWaveform, gives_back_every_sample_and_fact) {
  const test::TemporaryFolder folder;
  Recording recording = ecg::test::noise_recording(ecg::test::twelve_leads, 5000, 500, 16, 400);
  recording.signals[2].samples[17] = ecg::invalid_sample;
  recording.signals[3].baseline = 100;
  write_ecg_waveform(recording, folder.path() / "r.dcm");
  const Recording back = read_ecg_waveform(folder.path() / "r.dcm");
  EXPECT_EQ(ecg::test::samples_of(back), ecg::test::samples_of(recording));
  EXPECT_DOUBLE_EQ(back.signals[3].gain, 400);
  EXPECT_DOUBLE_EQ(back.signals[3].baseline, 100);
  EXPECT_EQ(back.signals[3].label, "aVR");
  EXPECT_EQ(back.signals[3].unit, "mV");
  EXPECT_EQ(back.subject.id, "SBJ-123");
  EXPECT_EQ(back.subject.age_years, 49);
  EXPECT_EQ(back.start_date, "2002-11-22");
  EXPECT_EQ(back.start_time, "09:10:00");
  EXPECT_EQ(back.device, "");
  recording.device = "ELI250";
  write_ecg_waveform(recording, folder.path() / "r.dcm");
  EXPECT_EQ(read_ecg_waveform(folder.path() / "r.dcm").device, "ELI250");
}

TEST(EcgWaveform, keeps_an_age_in_months_weeks_and_days_and_warns_of_another) {
  const test::TemporaryFolder folder;
  Recording recording = ecg::test::noise_recording({"I"}, 500, 500, 12);
  for (const auto& [count, unit, text] : {std::tuple{6, ecg::AgeUnit::months, "006M"},
                                          {3, ecg::AgeUnit::weeks, "003W"},
                                          {12, ecg::AgeUnit::days, "012D"},
                                          {0, ecg::AgeUnit::years, "000Y"}}) {
    recording.subject.age_years = ecg::years_of(count, unit);
    write_ecg_waveform(recording, folder.path() / "r.dcm");
    EXPECT_NE(read_file(folder.path() / "r.dcm", 1 << 20).find(text), std::string::npos) << text;
    EXPECT_EQ(read_ecg_waveform(folder.path() / "r.dcm").subject.age_years, recording.subject.age_years) << text;
  }
  std::string bytes = read_file(folder.path() / "r.dcm", 1 << 20);
  bytes.replace(bytes.find("000Y"), 4, "006Q");
  write_file(folder.path() / "r.dcm", bytes);
  const Recording back = read_ecg_waveform(folder.path() / "r.dcm");
  EXPECT_FALSE(back.subject.age_years);
  ASSERT_EQ(back.warnings.size(), 1U);
  EXPECT_NE(back.warnings.front().find("the age '006Q' has a unit that is not known"), std::string::npos);
}

TEST(EcgWaveform, warns_of_gains_that_contradict_einthoven) {
  const test::TemporaryFolder folder;
  Recording recording = ecg::test::noise_recording({"I", "II", "III"}, 500, 500, 12);
  for (std::size_t i = 0; i < 500; ++i) {
    recording.signals[1].samples[i] = recording.signals[0].samples[i] + recording.signals[2].samples[i];
  }
  write_ecg_waveform(recording, folder.path() / "right.dcm");
  EXPECT_TRUE(read_ecg_waveform(folder.path() / "right.dcm").warnings.empty());
  recording.signals[0].gain *= 2.0;
  write_ecg_waveform(recording, folder.path() / "wrong.dcm");
  const Recording back = read_ecg_waveform(folder.path() / "wrong.dcm");
  ASSERT_EQ(back.warnings.size(), 1U);
  EXPECT_NE(back.warnings.front().find("wrong.dcm: the gains are in doubt"), std::string::npos);
}

TEST(EcgWaveform, writes_the_same_bytes_from_what_it_read) {
  const test::TemporaryFolder folder;
  write_ecg_waveform(ecg::test::noise_recording({"I", "PLETH"}, 20000, 360, 16), folder.path() / "a.dcm");
  write_ecg_waveform(read_ecg_waveform(folder.path() / "a.dcm"), folder.path() / "b.dcm");
  EXPECT_TRUE(read_file(folder.path() / "a.dcm") == read_file(folder.path() / "b.dcm"));
}

TEST(EcgWaveform, gives_back_every_mark_and_comment) {
  const test::TemporaryFolder folder;
  for (const double rate_Hz : {360.0, 500.0}) {
    Recording recording = ecg::test::noise_recording({"I", "V1"}, 700, rate_Hz, 12);
    recording.marks = ecg::test::told_marks();
    recording.comments = {"Smoker: no", "as told by the patient"};
    write_ecg_waveform(recording, folder.path() / "a.dcm");
    const Recording back = read_ecg_waveform(folder.path() / "a.dcm");
    EXPECT_TRUE(ecg::test::have_same_marks(back, recording)) << rate_Hz;
    EXPECT_EQ(back.comments, recording.comments);
    EXPECT_TRUE(back.warnings.empty());
    write_ecg_waveform(back, folder.path() / "b.dcm");
    write_ecg_waveform(read_ecg_waveform(folder.path() / "b.dcm"), folder.path() / "c.dcm");
    EXPECT_TRUE(read_file(folder.path() / "b.dcm") == read_file(folder.path() / "c.dcm"));
  }
}

/// A waveform of two channels of ten samples at 100 Hz, with one annotation that `annotate` fills.
Recording read_with_annotation(const std::function<void(ItemWriter)>& annotate) {
  const test::TemporaryFolder folder;
  DicomFileWriter writer(sop_class::general_ecg, "1.2.3");
  ItemWriter group = writer.root().add_item(tag::waveforms);
  group.put(tag::number_of_samples, 10);
  group.put(tag::sampling_frequency, 100);
  for (const char* name : {"I", "V1"}) {
    ItemWriter channel = group.add_item(tag::channel_definitions);
    channel.put(tag::channel_label, name);
    channel.put(tag::channel_sensitivity, 1.0);
  }
  group.put(tag::waveform_bits_allocated, 16);
  group.put(tag::sample_interpretation, "SS");
  group.put_words(tag::waveform_data, std::vector<std::uint16_t>(20));
  annotate(writer.root().add_item(tag::waveform_annotations));
  writer.save(folder.path() / "r.dcm", WriteEncoding::explicit_little);
  return read_ecg_waveform(folder.path() / "r.dcm");
}

TEST(EcgWaveform, takes_what_others_noted_at_a_moment_for_marks) {
  const Recording back = read_with_annotation([](ItemWriter annotation) {
    annotation.put(tag::referenced_channels, std::array<double, 2>{1, 2});
    write_code(annotation.add_item(tag::concept_name), {"10:1024", "MDC", "T wave"});
    annotation.put(tag::temporal_range, "MULTISEGMENT");
    annotation.put(tag::referenced_positions, std::array<double, 4>{2, 5, 7, 9});
  });
  ASSERT_EQ(back.marks.size(), 2U);
  EXPECT_EQ(back.marks[1].sample, 6U);
  EXPECT_EQ(back.marks[1].text, "T wave in V1");
  EXPECT_DOUBLE_EQ(back.marks[1].duration_s, 0.02);
  const Recording measured = read_with_annotation([](ItemWriter annotation) {
    annotation.put(tag::referenced_channels, std::array<double, 2>{1, 0});
    write_code(annotation.add_item(tag::concept_name), {"5.10.2", "SCPECG", "RR interval"});
    annotation.put(tag::numeric_value, 800);
    write_code(annotation.add_item(tag::measurement_units), {"ms", "UCUM", "millisecond"});
    annotation.put(tag::temporal_range, "POINT");
    annotation.put(tag::referenced_offsets, 0.05);
  });
  ASSERT_EQ(measured.marks.size(), 1U);
  EXPECT_EQ(measured.marks[0].text, "RR interval 800 ms");
  EXPECT_EQ(measured.marks[0].sample, 5U);
}

TEST(EcgWaveform, leaves_out_annotations_it_cannot_place_and_says_so_where_they_have_a_moment) {
  const auto noted = [](std::string_view range, double group, const std::vector<double>& offsets) {
    return read_with_annotation([&](ItemWriter annotation) {
      annotation.put(tag::referenced_channels, std::array<double, 2>{group, 0});
      annotation.put(tag::unformatted_text, "note");
      if (!range.empty()) {
        annotation.put(tag::temporal_range, range);
      }
      if (!offsets.empty()) {
        annotation.put(tag::referenced_offsets, offsets);
      }
    });
  };
  EXPECT_EQ(noted("POINT", 1, {0.05}).marks.size(), 1U);
  const Recording elsewhere = noted("POINT", 2, {0.05});
  EXPECT_TRUE(elsewhere.marks.empty() && elsewhere.comments.empty() && elsewhere.warnings.empty());
  EXPECT_EQ(noted("", 1, {}).comments, std::vector<std::string>{"note"});
  for (const auto& [range, offsets] : {std::pair<const char*, std::vector<double>>{"POINT", {}},
                                       {"POINT", {-1.0}},
                                       {"POINT", {1e200}},
                                       {"SEGMENT", {0.01}}}) {
    const Recording odd = noted(range, 1, offsets);
    EXPECT_TRUE(odd.marks.empty());
    ASSERT_EQ(odd.warnings.size(), 1U);
    EXPECT_NE(odd.warnings.front().find("1 annotations"), std::string::npos);
  }
}

TEST(EcgWaveform, leaves_out_marks_behind_the_end_and_says_so) {
  const test::TemporaryFolder folder;
  Recording recording = ecg::test::noise_recording({"I"}, 600, 500, 12);
  recording.marks = {{100, "N"}, {600, "the end"}, {601, "V"}, {90'000, "V"}};
  write_ecg_waveform(recording, folder.path() / "r.dcm");
  const Recording back = read_ecg_waveform(folder.path() / "r.dcm");
  EXPECT_EQ(back.marks.size(), 2U);
  ASSERT_EQ(back.warnings.size(), 1U);
  EXPECT_NE(back.warnings[0].find("r.dcm: 2 of its 4 marks lie behind its end"), std::string::npos) << back.warnings[0];
}

TEST(EcgWaveform, leaves_an_unknown_start_unknown) {
  const test::TemporaryFolder folder;
  Recording recording = ecg::test::noise_recording({"II"}, 100, 500, 16);
  recording.start_date.clear();
  recording.start_time.clear();
  write_ecg_waveform(recording, folder.path() / "r.dcm");
  EXPECT_EQ(read_ecg_waveform(folder.path() / "r.dcm").start_date, "");
}

TEST(EcgWaveform, refuses_what_dicom_cannot_hold_and_what_is_no_waveform) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(write_ecg_waveform(ecg::test::noise_recording({"I"}, 100, 500, 24), folder.path() / "r.dcm"),
               InputError);
  EXPECT_THROW(write_ecg_waveform(ecg::test::noise_recording({"I"}, 100, 2000, 16), folder.path() / "r.dcm"),
               InputError);
  write_file(folder.path() / "n.dcm", "no DICOM at all");
  EXPECT_THROW((void)read_ecg_waveform(folder.path() / "n.dcm"), InputError);
}

}  // namespace
}  // namespace xingu
