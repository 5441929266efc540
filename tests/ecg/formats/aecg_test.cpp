// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/aecg.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using xingu::test::TemporaryFolder;

TEST(Aecg, gives_back_every_sample_and_fact) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording(test::twelve_leads, 700, 360, 24, 7247.3);
  recording.signals[1].baseline = 1024;
  recording.subject.name = "Müller & Söhne <x>";
  write_aecg(recording, folder.path() / "r.xml");
  const Recording back = read_aecg(folder.path() / "r.xml");
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
  EXPECT_NEAR(back.signals[0].gain, 7247.3, 1e-9);
  EXPECT_NEAR(back.signals[1].baseline, 1024, 1e-9);
  EXPECT_EQ(back.signals[3].label, "aVR");
  EXPECT_EQ(back.frame_rate_Hz, 360);
  EXPECT_EQ(back.subject.name, recording.subject.name);
  EXPECT_EQ(back.subject.birth_date, "1953-05-08");
  EXPECT_EQ(back.start_time, "09:10:00");
}

TEST(Aecg, refuses_what_is_no_annotated_ecg) {
  const TemporaryFolder folder;
  for (const char* text : {"", "<a>", "<a/>", "<AnnotatedECG/>",
                           "<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/passwd\">]><AnnotatedECG>&x;</AnnotatedECG>"}) {
    write_file(folder.path() / "r.xml", text);
    EXPECT_THROW((void)read_aecg(folder.path() / "r.xml"), InputError) << text;
  }
  Recording missing = test::noise_recording({"I"}, 10, 500, 12);
  missing.signals[0].samples[2] = invalid_sample;
  EXPECT_THROW(write_aecg(missing, folder.path() / "r.xml"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
