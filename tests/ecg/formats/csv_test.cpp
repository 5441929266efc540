// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/csv.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using xingu::test::TemporaryFolder;

Recording read_text(const std::string& text) {
  const TemporaryFolder folder;
  write_file(folder.path() / "t.csv", text);
  return read_csv(folder.path() / "t.csv");
}

TEST(EcgCsv, gives_back_every_sample_of_any_width) {
  const TemporaryFolder folder;
  for (const int bits : {12, 16, 24, 32}) {
    Recording recording = test::noise_recording({"I", "V1"}, 500, 360, bits, 7247.3);
    recording.signals[1].baseline = 1024;
    recording.signals[1].unit = "uV";
    recording.signals[0].samples[3] = invalid_sample;
    write_csv(recording, folder.path() / "r.csv");
    const Recording back = read_csv(folder.path() / "r.csv");
    EXPECT_EQ(test::samples_of(back), test::samples_of(recording)) << bits;
    EXPECT_EQ(back.signals[1].unit, "uV");
    EXPECT_EQ(back.frame_rate_Hz, 360);
    EXPECT_EQ(back.subject.age_years, 49);
    EXPECT_EQ(back.start_date, "2002-11-22");
  }
}

TEST(EcgCsv, reads_tables_of_others) {
  const Recording table = read_text("time_ms;mdc_ecg_lead_ii (uV);aVR\n0;12.5;0.01\n2;-13;\n4;0;1e-3\n");
  EXPECT_EQ(table.frame_rate_Hz, 500);
  EXPECT_EQ(table.signals[0].label, "II");
  EXPECT_EQ(table.signals[0].unit, "uV");
  EXPECT_EQ(table.signals[0].gain, 10);
  EXPECT_EQ(table.signals[0].samples, (std::vector<std::int32_t>{125, -130, 0}));
  EXPECT_EQ(table.signals[1].unit, "mV");
  EXPECT_EQ(table.signals[1].samples, (std::vector<std::int32_t>{10, invalid_sample, 1}));
}

TEST(EcgCsv, refuses_tables_that_say_too_little) {
  EXPECT_THROW((void)read_text(""), InputError);
  EXPECT_THROW((void)read_text("0.1,0.2\n0.1,0.2\n"), InputError);
  EXPECT_THROW((void)read_text("I,II\n1,2\n"), InputError);
  EXPECT_THROW((void)read_text("time_s,I,II\n0,1,2\n0.1,1\n"), InputError);
  EXPECT_THROW((void)read_text("time_s,I\n0,one\n0.1,1\n"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
