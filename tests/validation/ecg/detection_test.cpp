// SPDX-License-Identifier: Apache-2.0
// QRS detection against the reference beats of the MIT-BIH Arrhythmia Database, clean and with noise mixed in
// (IEC 60601-2-47 / ANSI/AAMI EC57:2012, clauses 4.2 and 4.3: beat by beat, 150 ms).
#include <gtest/gtest.h>

#include "support/test_paths.h"
#include "validation/ecg/detection_scores.h"
#include "validation/ecg/ecg_databases.h"

namespace xingu {
namespace {

class QrsDetectionReference : public testing::Test {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    data_ = test::shared_dir() / "data" / "ecg";
  }
  std::filesystem::path data_;
};

TEST_F(QrsDetectionReference, finds_the_beats_of_mit_bih) {
  const auto rows = test::detection_scores(data_ / "mitdb", test::mitdb_records());
  const auto sum = test::gross(rows);
  EXPECT_GE(sum.sensitivity(), 99.90);
  EXPECT_GE(sum.positive_predictivity(), 99.90);  // reached; the goal is 99.92
  for (const test::RecordScore& row : rows) {
    EXPECT_GE(row.score.sensitivity(), 98.5) << row.record;
    EXPECT_GE(row.score.positive_predictivity(), 98.5) << row.record;
  }
}

TEST_F(QrsDetectionReference, finds_the_beats_among_electrode_motion) {
  struct Goal {
    double snr_db, sensitivity, positive_predictivity;
  };
  for (const Goal& goal : {Goal{12, 99, 97}, Goal{6, 95, 88}, Goal{0, 88, 75}}) {
    const auto sum = test::gross(test::noise_scores(data_ / "mitdb", {"118", "119"}, data_ / "noise/em", goal.snr_db));
    EXPECT_GE(sum.sensitivity(), goal.sensitivity) << goal.snr_db << " dB";
    EXPECT_GE(sum.positive_predictivity(), goal.positive_predictivity) << goal.snr_db << " dB";
  }
}

}  // namespace
}  // namespace xingu
