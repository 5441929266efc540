// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "bimodal_scp.h"
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

TEST(Scp, keeps_the_filters_that_all_leads_share_and_that_its_fields_hold) {
  const TemporaryFolder folder;
  Recording recording = microvolt_recording(10);
  const auto read_back = [&](const std::vector<std::string>& said) {
    for (std::size_t s = 0; s < recording.signals.size(); ++s) {
      recording.signals[s].prefilter = said[s % said.size()];
    }
    write_scp(recording, folder.path() / "r.scp");
    return read_scp(folder.path() / "r.scp").signals.back().prefilter;
  };
  EXPECT_EQ(read_back({"HP:0.05Hz LP:150Hz N:50Hz"}), "HP:0.05Hz LP:150Hz N:50Hz");
  EXPECT_EQ(read_back({"LP:40Hz N:60Hz"}), "LP:40Hz N:60Hz");
  EXPECT_EQ(read_back({"HP:0.67Hz"}), "HP:0.67Hz");
  EXPECT_EQ(read_back({""}), "");
  EXPECT_EQ(read_back({"HP:0.05Hz LP:150Hz", "HP:0.5Hz LP:150Hz"}), "") << "one for all leads";
  EXPECT_EQ(read_back({"HP:0.003Hz LP:0.4Hz N:16Hz"}), "") << "hundredths of Hz, whole Hz, 50 and 60 Hz";
}

TEST(Scp, gives_no_time_to_a_recording_without_one) {
  const TemporaryFolder folder;
  Recording recording = microvolt_recording(10);
  recording.start_date.clear();
  recording.start_time.clear();
  write_scp(recording, folder.path() / "r.scp");
  const Recording back = read_scp(folder.path() / "r.scp");
  EXPECT_EQ(back.start_date, "");
  EXPECT_EQ(back.start_time, "");
  recording.start_date = "2002-11-22";
  recording.start_time = "00:00:00";  // midnight
  write_scp(recording, folder.path() / "m.scp");
  EXPECT_EQ(read_scp(folder.path() / "m.scp").start_time, "00:00:00");
}

TEST(Scp, keeps_five_letters_of_a_device_and_long_comments) {
  const TemporaryFolder folder;
  Recording recording = microvolt_recording(10);
  recording.device = "ELI250";
  recording.comments = {std::string(900, 'x')};
  write_scp(recording, folder.path() / "r.scp");
  EXPECT_EQ(read_scp(folder.path() / "r.scp").device, "ELI25");
  EXPECT_EQ(read_scp(folder.path() / "r.scp").comments, recording.comments);
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

TEST(Scp, reads_bimodal_compression_exactly_where_it_is_protected_and_smoothly_between) {
  const TemporaryFolder folder;
  for (const int factor : {2, 4}) {
    test::BimodalEcg ecg = test::two_beats();
    ecg.factor = factor;
    test::write_bimodal(ecg, folder.path() / "r.scp");
    const Recording back = read_scp(folder.path() / "r.scp");
    EXPECT_EQ(back.frame_rate_Hz, 500);
    ASSERT_EQ(back.signals[0].samples.size(), ecg.samples.size());
    EXPECT_TRUE(std::ranges::any_of(back.warnings, [&](const std::string& warning) {
      return warning.find(fmt::format("one of {} samples", factor)) != std::string::npos;
    }));
    int next_edge = 1;
    std::vector<test::ScpZone> between;
    for (const test::ScpZone& zone : ecg.zones) {
      for (int number = zone.first; number <= zone.last; ++number) {
        const auto i = static_cast<std::size_t>(number) - 1;
        EXPECT_EQ(back.signals[0].samples[i], ecg.samples[i]) << number;
      }
      between.push_back({next_edge, zone.first - 1});
      next_edge = zone.last + 1;
    }
    between.push_back({next_edge, static_cast<int>(ecg.samples.size())});
    for (const test::ScpZone& stretch : between) {
      for (int number = stretch.first; number <= stretch.last; ++number) {
        const auto i = static_cast<std::size_t>(number) - 1;
        const bool is_at_end = number < stretch.first + factor || number > stretch.last - factor;
        const bool is_at_turn = std::abs(number - 500) <= factor;
        const double allowed = 1 + test::steepest * (is_at_end || is_at_turn ? 0.5 * factor : 0.5);
        EXPECT_NEAR(back.signals[0].samples[i], ecg.samples[i], allowed) << number;
      }
    }
  }
}

TEST(Scp, refuses_bimodal_compression_whose_storage_is_not_certain) {
  const TemporaryFolder folder;
  const auto refusal = [&](const test::BimodalEcg& ecg) -> std::string {
    test::write_bimodal(ecg, folder.path() / "r.scp");
    try {
      (void)read_scp(folder.path() / "r.scp");
    } catch (const InputError& error) {
      return error.what();
    }
    return "read";
  };
  EXPECT_EQ(refusal(test::two_beats()), "read");
  test::BimodalEcg ecg = test::two_beats();
  ecg.zones[0].first += 1;
  EXPECT_NE(refusal(ecg).find("part of a group"), std::string::npos);
  ecg = test::two_beats();
  ecg.factor = 3;
  EXPECT_NE(refusal(ecg).find("by 2 or 4 is read"), std::string::npos);
  ecg = test::two_beats();
  ecg.zones[1].first = 273;
  EXPECT_NE(refusal(ecg).find("overlap"), std::string::npos);
  ecg = test::two_beats();
  ecg.samples.pop_back();
  EXPECT_NE(refusal(ecg).find("part of a group"), std::string::npos);
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
