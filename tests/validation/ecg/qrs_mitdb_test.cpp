// SPDX-License-Identifier: Apache-2.0
// QRS detection on 24 records of the MIT-BIH Arrhythmia Database, scored beat by beat as ANSI/AAMI EC57 says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ecg/beat_comparison.h"
#include "ecg/qrs_detector.h"
#include "ecg/wfdb_signal.h"
#include "mitdb_records.h"

namespace xingu::ecg::validation {
namespace {

TEST(QrsDetection, finds_the_beats_of_the_mit_bih_records) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  BeatScore gross;
  double worst_percent = 100.0;
  for (const char* const name : mitdb_records) {
    const std::filesystem::path record = ecg_dir() / "mitdb" / name;
    const LeadSignals signals = lead_signals(read_wfdb_record(record));
    const ReferenceBeats reference = reference_beats(record.string() + ".atr");
    const BeatScore score =
        compare_beats(reference.sample, detect_qrs(signals).sample, mitdb_window, reference.flutter);
    fmt::print("{:>4}  Se {:6.2f}  +P {:6.2f}  missed {:4}  invented {:4}\n", name, score.sensitivity_percent(),
               score.positive_predictivity_percent(), score.false_negative, score.false_positive);
    gross += score;
    worst_percent = std::min({worst_percent, score.sensitivity_percent(), score.positive_predictivity_percent()});
  }
  fmt::print("gross Se {:6.3f}  +P {:6.3f}  missed {}  invented {}  worst {:.2f}\n", gross.sensitivity_percent(),
             gross.positive_predictivity_percent(), gross.false_negative, gross.false_positive, worst_percent);
  EXPECT_GE(gross.sensitivity_percent(), 99.90);
  EXPECT_GE(gross.positive_predictivity_percent(), 99.92);
  EXPECT_GE(worst_percent, 98.5);
}

}  // namespace
}  // namespace xingu::ecg::validation
