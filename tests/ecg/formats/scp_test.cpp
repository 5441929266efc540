// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using xingu::test::TemporaryFolder;

Recording microvolt_recording(int bits) {
  Recording recording = test::noise_recording(test::twelve_leads, 2500, 500, bits);
  for (StoredSignal& signal : recording.signals) {
    signal.unit = "uV";
    signal.gain = 0.4;  // 2.5 µV a step
  }
  return recording;
}

TEST(Scp, gives_back_every_sample_and_fact) {
  const TemporaryFolder folder;
  for (const int bits : {10, 14, 16}) {  // second differences, first differences, samples as they are
    const Recording recording = microvolt_recording(bits);
    write_scp(recording, folder.path() / "r.scp");
    const Recording back = read_scp(folder.path() / "r.scp");
    EXPECT_EQ(test::samples_of(back), test::samples_of(recording)) << bits;
    EXPECT_TRUE(back.warnings.empty());
    EXPECT_DOUBLE_EQ(back.signals[0].gain, 0.4);
    EXPECT_EQ(back.frame_rate_Hz, 500);
    EXPECT_EQ(back.signals[11].label, "V6");
    EXPECT_EQ(back.subject.id, "SBJ-123");
    EXPECT_EQ(back.subject.name, "Clark");
    EXPECT_EQ(back.subject.birth_date, "1953-05-08");
    EXPECT_EQ(back.subject.age_years, 49);
    EXPECT_EQ(back.subject.sex, Sex::male);
    EXPECT_EQ(back.start_date, "2002-11-22");
    EXPECT_EQ(back.start_time, "09:10:00");
  }
}

TEST(Scp, writes_the_same_bytes_from_what_it_read) {
  const TemporaryFolder folder;
  write_scp(microvolt_recording(12), folder.path() / "a.scp");
  write_scp(read_scp(folder.path() / "a.scp"), folder.path() / "b.scp");
  EXPECT_EQ(read_file(folder.path() / "a.scp"), read_file(folder.path() / "b.scp"));
}

TEST(Scp, stores_leads_of_different_steps_to_half_a_step) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I", "V1"}, 500, 500, 10, 200);
  recording.signals[1].gain = 733.3;
  write_scp(recording, folder.path() / "r.scp");
  const Recording back = read_scp(folder.path() / "r.scp");
  for (std::size_t i = 0; i < 500; ++i) {
    EXPECT_NEAR(physical_value(back.signals[1], back.signals[1].samples[i]) * 1e-3,
                physical_value(recording.signals[1], recording.signals[1].samples[i]), 0.51 / 733.3);
  }
}

TEST(Scp, refuses_damage_and_what_the_format_cannot_say) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_scp(test::noise_recording({"I"}, 500, 360, 10), folder.path() / "r.scp"), InputError);
  EXPECT_THROW(write_scp(test::noise_recording({"PLETH"}, 500, 500, 10), folder.path() / "r.scp"), InputError);
  write_scp(microvolt_recording(10), folder.path() / "r.scp");
  std::string content = read_file(folder.path() / "r.scp");
  write_file(folder.path() / "cut.scp", content.substr(0, content.size() / 2));
  EXPECT_THROW((void)read_scp(folder.path() / "cut.scp"), InputError);
  content.back() = static_cast<char>(content.back() ^ 1);
  write_file(folder.path() / "odd.scp", content);
  EXPECT_EQ(read_scp(folder.path() / "odd.scp").warnings.size(), 1U);
}

}  // namespace
}  // namespace xingu::ecg
