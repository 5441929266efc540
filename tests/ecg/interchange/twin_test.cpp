// SPDX-License-Identifier: Apache-2.0
// One recording that others stored as SCP-ECG and as HL7 aECG: both say the same of every lead.
#include <gtest/gtest.h>

#include <algorithm>

#include "ecg/formats/aecg.h"
#include "ecg/formats/scp.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

TEST(EcgTwins, scp_and_aecg_hold_the_same_samples) {
  const fs::path folder = test::shared_dir() / "data" / "ecg" / "formats" / "ECGToolkit" / "examples";
  if (test::shared_dir().empty() || !fs::exists(folder)) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const Recording scp = read_scp(folder / "Example.scp");
  const Recording aecg = read_aecg(folder / "Example.xml");
  EXPECT_EQ(scp.frame_rate_Hz, aecg.frame_rate_Hz);
  EXPECT_EQ(scp.num_frames, aecg.num_frames);
  EXPECT_EQ(scp.subject.id, aecg.subject.id);
  EXPECT_EQ(scp.subject.birth_date, aecg.subject.birth_date);
  EXPECT_EQ(scp.start_date, aecg.start_date);
  EXPECT_EQ(scp.start_time, aecg.start_time.substr(0, 8));
  EXPECT_TRUE(scp.warnings.empty());
  std::size_t compared = 0;
  for (const StoredSignal& lead : aecg.signals) {
    const auto twin = std::ranges::find(scp.signals, lead.label, &StoredSignal::label);
    ASSERT_NE(twin, scp.signals.end()) << lead.label;
    EXPECT_DOUBLE_EQ(twin->gain, lead.gain);
    EXPECT_TRUE(twin->samples == lead.samples) << lead.label;
    ++compared;
  }
  EXPECT_EQ(compared, 12U);
}

}  // namespace
}  // namespace xingu::ecg
