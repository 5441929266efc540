// SPDX-License-Identifier: Apache-2.0
// Ten seconds of MIT-BIH at a time: what its readers marked as ventricular tachycardia is said to be, or may be, one;
// and no wide-complex tachycardia is invented, six of the records having a bundle branch block or pacing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecg/beat_comparison.h"
#include "ecg/statements.h"
#include "ecg/wfdb_signal.h"
#include "support/test_paths.h"
#include "validation/ecg/mitdb_records.h"

namespace xingu::ecg::validation {
namespace {

constexpr double length_s = 10.0;

/// Of the beats within the stretch.
struct Truth {
  double ventricular_part = 0.0;
  double paced_part = 0.0;
  double rate_per_min = 0.0;
};

Truth truth_of(const ReferenceBeats& reference, double rate_hz, double from_s) {
  double num = 0.0, ventricular = 0.0, paced = 0.0;
  for (std::size_t b = 0; b < reference.sample.size(); ++b) {
    const double t = static_cast<double>(reference.sample[b]) / rate_hz;
    if (t >= from_s && t < from_s + length_s) {
      ++num;
      ventricular += reference.symbol[b] == 'V' || reference.symbol[b] == 'E' ? 1.0 : 0.0;
      paced += reference.symbol[b] == '/' || reference.symbol[b] == 'f' ? 1.0 : 0.0;
    }
  }
  return {ventricular / std::max(1.0, num), paced / std::max(1.0, num), 60.0 * num / length_s};
}

TEST(WideRhythm, is_told_in_tachycardias_of_mit_bih_and_not_invented) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const StatementThresholds thresholds =
      read_statement_thresholds(test::source_dir() / "data" / "ecg" / "statements.toml");
  int num_fast = 0, num_told = 0, num_others = 0, num_invented = 0;
  for (const char* const name : mitdb_records) {
    const std::filesystem::path file = ecg_dir() / "mitdb" / name;
    const LeadSignals signals = lead_signals(read_wfdb_record(file));
    const ReferenceBeats reference = reference_beats(file.string() + ".atr");
    for (double from_s = 2.0; from_s < 1790.0; from_s += length_s) {
      const Truth truth = truth_of(reference, signals.rate_hz, from_s);
      const bool is_tachycardia = truth.ventricular_part > 0.9 && truth.rate_per_min > 100.0;
      const bool is_looked_at = is_tachycardia || std::fmod(from_s - 2.0, 40.0) < 1.0;
      if (!is_looked_at) {
        continue;
      }
      const Analysis a = analyse(stretch(signals, from_s, length_s), {}, thresholds);
      const bool is_said = a.says("wide_complex_tachycardia") || a.says("ventricular_tachycardia");
      if (is_tachycardia) {
        ++num_fast;
        num_told += is_said || a.says("cannot_say_beats") ? 1 : 0;
        fmt::print("{} from {:.0f} s: {}\n", name, from_s, is_said ? "told" : a.statements.front().code);
      } else if (truth.ventricular_part < 0.1 && truth.paced_part < 0.5) {  // paced without a stimulus on record
        ++num_others;
        const bool is_invented = a.says("wide_complex_tachycardia") || a.says("wide_complex_rhythm");
        num_invented += is_invented ? 1 : 0;
        EXPECT_TRUE(!is_invented || truth.rate_per_min > 100.0) << name << " from " << from_s;
        if (is_invented) {
          fmt::print("{} from {:.0f} s: invented, {:.0f}/min\n", name, from_s, truth.rate_per_min);
        }
      }
    }
  }
  fmt::print("tachycardias told {} of {}, invented {} of {}\n", num_told, num_fast, num_invented, num_others);
  EXPECT_GE(num_fast, 3);
  EXPECT_EQ(num_told, num_fast);
  // Fibrillation and a supraventricular tachycardia with wide complexes of 203 and 207, which these two leads do not
  // tell from ventricular ones.
  EXPECT_LE(num_invented, 2);
}

}  // namespace
}  // namespace xingu::ecg::validation
