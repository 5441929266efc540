// SPDX-License-Identifier: Apache-2.0
// No blocked P wave is invented: none of the 24 MIT-BIH records has a block of the second or third degree. Nor is
// flutter: only 203 has some, within fibrillation, and no train of waves is clear there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ecg/statements.h"
#include "ecg/wfdb_signal.h"
#include "support/test_paths.h"
#include "validation/ecg/mitdb_records.h"

namespace xingu::ecg::validation {
namespace {

TEST(AvBlock, is_not_invented_in_minutes_of_mit_bih_nor_is_flutter) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const StatementThresholds thresholds =
      read_statement_thresholds(test::source_dir() / "data" / "ecg" / "statements.toml");
  int num_decided = 0;
  for (const char* const name : mitdb_records) {
    const LeadSignals signals = lead_signals(read_wfdb_record(ecg_dir() / "mitdb" / name));
    for (double from_s = 0.0; from_s < 1700.0; from_s += 240.0) {  // every fourth minute
      const Analysis analysis = analyse(stretch(signals, from_s, 60.0), {}, thresholds);
      EXPECT_FALSE(analysis.has_blocked_p()) << name << " from " << from_s << " s";
      EXPECT_EQ(analysis.flutter.conduction, FlutterConduction::absent) << name << " from " << from_s << " s";
      num_decided += analysis.av_block.conduction == AvConduction::all ? 1 : 0;
    }
  }
  EXPECT_GE(num_decided, 3) << "where there was cause to look and P waves were clear";
}

}  // namespace
}  // namespace xingu::ecg::validation
