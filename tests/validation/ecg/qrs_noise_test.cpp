// SPDX-License-Identifier: Apache-2.0
// QRS detection in electrode-motion noise, mixed into clean records as the Noise Stress Test Database was made.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ecg/beat_comparison.h"
#include "ecg/qrs_detector.h"
#include "ecg/wfdb_signal.h"
#include "mitdb_records.h"
#include "noise_stress.h"

namespace xingu::ecg::validation {
namespace {

constexpr std::size_t rate = mitdb_rate;

struct NoiseCase {
  double snr_db;
  double least_sensitivity;
  double least_predictivity;
};

class QrsInNoise : public testing::TestWithParam<NoiseCase> {};

TEST_P(QrsInNoise, finds_the_beats) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const LeadSignals noise = lead_signals(read_wfdb_record(ecg_dir() / "noise" / "em"));
  BeatScore all;
  BeatScore accepted;  // without the seconds that the detector rejects
  std::size_t num_rejected = 0;
  for (const char* const name : {"118", "119"}) {
    const std::filesystem::path record = ecg_dir() / "mitdb" / name;
    LeadSignals signals = lead_signals(read_wfdb_record(record));
    ReferenceBeats beats = reference_beats(record.string() + ".atr");
    for (std::size_t l = 0; l < signals.num_leads(); ++l) {
      mix_noise(signals.mv[l], beats, noise.mv[l], GetParam().snr_db);
    }
    const QrsDetection found = detect_qrs(signals);
    // The first five minutes are for learning and are not scored (EC57 §4.3).
    const std::pair<std::int64_t, std::int64_t> learning{0, 300 * rate};
    const BeatScore score = compare_beats(beats.sample, found.sample, mitdb_window, {&learning, 1});
    fmt::print("{} {:4.0f} dB  Se {:6.2f}  +P {:6.2f}\n", name, GetParam().snr_db, score.sensitivity_percent(),
               score.positive_predictivity_percent());
    all += score;
    std::vector<std::pair<std::int64_t, std::int64_t>> left_out{learning};
    for (std::size_t s = 0; s < found.is_rejected.size(); ++s) {
      if (found.is_rejected[s]) {
        left_out.emplace_back(s * rate, (s + 1) * rate);
      }
    }
    accepted += compare_beats(beats.sample, found.sample, mitdb_window, left_out);
    num_rejected += left_out.size() - 1;
  }
  fmt::print("both {:4.0f} dB  Se {:6.2f}  +P {:6.2f}\n", GetParam().snr_db, all.sensitivity_percent(),
             all.positive_predictivity_percent());
  fmt::print("accepted seconds only: Se {:6.2f}  +P {:6.2f}, {} of 3000 s rejected\n", accepted.sensitivity_percent(),
             accepted.positive_predictivity_percent(), num_rejected);
  EXPECT_GE(accepted.sensitivity_percent(), 98.5);
  EXPECT_GE(accepted.positive_predictivity_percent(), 91);
  EXPECT_GE(all.sensitivity_percent(), GetParam().least_sensitivity);
  EXPECT_GE(all.positive_predictivity_percent(), GetParam().least_predictivity);
}

INSTANTIATE_TEST_SUITE_P(ElectrodeMotion, QrsInNoise,
                         testing::Values(NoiseCase{12, 99, 97}, NoiseCase{6, 95, 88}, NoiseCase{0, 88, 75}),
                         [](const auto& c) { return fmt::format("at_{:.0f}_dB", c.param.snr_db); });

}  // namespace
}  // namespace xingu::ecg::validation
