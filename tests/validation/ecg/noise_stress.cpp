// SPDX-License-Identifier: Apache-2.0
#include "noise_stress.h"

#include <algorithm>
#include <cmath>

namespace xingu::ecg::validation {
namespace {

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
  for (std::size_t w = 0; w < 300 && (w + 1) * mitdb_rate <= noise.size(); ++w) {
    double mean = 0.0;
    double square = 0.0;
    for (std::size_t i = w * mitdb_rate; i < (w + 1) * mitdb_rate; ++i) {
      mean += noise[i] / static_cast<double>(mitdb_rate);
      square += static_cast<double>(noise[i]) * noise[i] / static_cast<double>(mitdb_rate);
    }
    levels.push_back(std::sqrt(std::max(0.0, square - mean * mean)));
  }
  const double level = trimmed_mean(std::move(levels));
  return level * level;
}

}  // namespace

void mix_noise(std::vector<float>& lead, const ReferenceBeats& beats, const std::vector<float>& noise, double snr_db) {
  const double ratio = signal_power(lead, beats) / noise_power(noise);
  const auto gain = static_cast<float>(std::sqrt(ratio * std::pow(10.0, -snr_db / 10)));
  for (std::size_t i = 300 * mitdb_rate; i < lead.size(); ++i) {
    if ((i - 300 * mitdb_rate) / (120 * mitdb_rate) % 2 == 0) {
      lead[i] += gain * noise[i % noise.size()];
    }
  }
}

}  // namespace xingu::ecg::validation
