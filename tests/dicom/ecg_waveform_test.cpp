// SPDX-License-Identifier: Apache-2.0
#include "dicom/ecg_waveform.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
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
