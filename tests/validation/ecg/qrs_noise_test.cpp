// SPDX-License-Identifier: Apache-2.0
// QRS detection in electrode-motion noise, mixed into clean records as the Noise Stress Test Database was made.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecg/beat_comparison.h"
#include "ecg/qrs_detector.h"
#include "ecg/wfdb_signal.h"
#include "mitdb_records.h"

namespace xingu::ecg::validation {
namespace {

constexpr std::size_t rate = 360;

double trimmed_mean(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t cut = values.size() / 20;
  double sum = 0.0;
  for (std::size_t i = cut; i < values.size() - cut; ++i) {
    sum += values[i];
  }
  return sum / static_cast<double>(values.size() - 2 * cut);
}

/// Signal power of a lead as the WFDB program nst defines it: the mean peak-to-peak size of the first 300 complexes
/// over R ± 50 ms without the largest and smallest 5 %, squared, over 8.
double signal_power(const std::vector<float>& lead, const ReferenceBeats& beats) {
  std::vector<double> sizes;
  for (std::size_t i = 0; i < beats.sample.size() && sizes.size() < 300; ++i) {
    const auto at = static_cast<std::size_t>(beats.sample[i]);
    if (at < 18 || at + 18 >= lead.size()) {
      continue;
    }
    const auto [low, high] = std::minmax_element(lead.begin() + static_cast<std::ptrdiff_t>(at - 18),
                                                 lead.begin() + static_cast<std::ptrdiff_t>(at + 19));
    sizes.push_back(*high - *low);
  }
  const double size = trimmed_mean(std::move(sizes));
  return size * size / 8;
}

/// Noise power: the mean over 300 windows of 1 s of the rms about the window's mean, trimmed alike, squared.
double noise_power(const std::vector<float>& noise) {
  std::vector<double> levels;
  for (std::size_t w = 0; w < 300 && (w + 1) * rate <= noise.size(); ++w) {
    double mean = 0.0;
    double square = 0.0;
    for (std::size_t i = w * rate; i < (w + 1) * rate; ++i) {
      mean += noise[i] / static_cast<double>(rate);
      square += static_cast<double>(noise[i]) * noise[i] / static_cast<double>(rate);
    }
    levels.push_back(std::sqrt(std::max(0.0, square - mean * mean)));
  }
  const double level = trimmed_mean(std::move(levels));
  return level * level;
}

/// Noise from the fifth minute on, two minutes with and two without in turn.
void mix(std::vector<float>& lead, const std::vector<float>& noise, double gain) {
  for (std::size_t i = 300 * rate; i < lead.size(); ++i) {
    if ((i - 300 * rate) / (120 * rate) % 2 == 0) {
      lead[i] += static_cast<float>(gain) * noise[i % noise.size()];
    }
  }
}

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
      const double ratio = signal_power(signals.mv[l], beats) / noise_power(noise.mv[l]);
      mix(signals.mv[l], noise.mv[l], std::sqrt(ratio * std::pow(10.0, -GetParam().snr_db / 10)));
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
