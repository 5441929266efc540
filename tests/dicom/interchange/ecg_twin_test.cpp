// SPDX-License-Identifier: Apache-2.0
// ECG waveforms of others as we read them, and ours as the validator dciodvfy (dicom3tools) reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/error.h"
#include "dicom/ecg_waveform.h"
#include "ecg/formats/sample_recording.h"
#include "ecg/formats/scp.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

TEST(EcgTwins, dicom_and_scp_hold_the_same_samples) {
  const fs::path folder = test::shared_dir() / "data" / "ecg" / "formats" / "ECGToolkit" / "examples";
  if (test::shared_dir().empty() || !fs::exists(folder)) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const ecg::Recording scp = ecg::read_scp(folder / "Example.scp");
  const ecg::Recording dicom = read_ecg_waveform(folder / "Example.dcm");
  EXPECT_EQ(dicom.frame_rate_Hz, scp.frame_rate_Hz);
  EXPECT_EQ(dicom.subject.id, scp.subject.id);
  EXPECT_EQ(dicom.subject.birth_date, scp.subject.birth_date);
  EXPECT_EQ(dicom.start_date, scp.start_date);
  EXPECT_EQ(dicom.start_time, scp.start_time);
  ASSERT_EQ(dicom.signals.size(), 12U);
  for (const ecg::StoredSignal& lead : dicom.signals) {
    const auto twin = std::ranges::find_if(scp.signals, [&](const auto& signal) { return signal.label == lead.label; });
    ASSERT_NE(twin, scp.signals.end()) << lead.label;
    EXPECT_DOUBLE_EQ(twin->gain, lead.gain);
    EXPECT_TRUE(twin->samples == lead.samples) << lead.label;
  }
}

TEST(EcgValidity, twelve_lead_general_and_ambulatory_objects_are_valid) {
  if (std::system("dciodvfy -help >/dev/null 2>&1; test $? -ne 127") != 0) {
    GTEST_SKIP() << "dciodvfy is not installed (package dicom3tools)";
  }
  const test::TemporaryFolder folder;
  struct Case {
    std::vector<std::string> leads;
    std::uint64_t frames;
    double rate_Hz;
    const char* iod;
  };
  for (const Case& one :
       {Case{ecg::test::twelve_leads, 5000, 500, "TwelveLeadECG"}, Case{{"II", "V5"}, 20000, 360, "GeneralECG"},
        Case{{"II", "V5"}, 5000, 128, "AmbulatoryECG"}}) {
    write_ecg_waveform(ecg::test::noise_recording(one.leads, one.frames, one.rate_Hz, 16), folder.path() / "r.dcm");
    FILE* pipe = popen(fmt::format("dciodvfy -new '{}' 2>&1", (folder.path() / "r.dcm").string()).c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string output;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
      output.append(buffer.data(), got);
    }
    pclose(pipe);
    EXPECT_THAT(output, testing::HasSubstr(one.iod));
    EXPECT_THAT(output, testing::Not(testing::HasSubstr("Error"))) << output;
  }
}

}  // namespace
}  // namespace xingu
