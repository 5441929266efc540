// SPDX-License-Identifier: Apache-2.0
#include "ecg/noise_stress.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace xingu::ecg {
namespace {

constexpr double segment_s = 120.0;
constexpr double trimmed_share = 0.05;
constexpr double qrs_reach_s = 0.05;

double trimmed_mean(std::vector<double> values) {
  std::ranges::sort(values);
  const auto cut = static_cast<std::size_t>(trimmed_share * static_cast<double>(values.size()));
  double sum = 0.0;
  for (std::size_t i = cut; i + cut < values.size(); ++i) {
    sum += values[i];
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, values.size() - 2 * cut));
}

double signal_power(const std::vector<float>& signal, double rate_hz, std::span<const std::int64_t> beats) {
  const auto reach = static_cast<std::int64_t>(qrs_reach_s * rate_hz);
  std::vector<double> sizes;
  for (const std::int64_t beat : beats) {
    if (beat < reach || beat + reach >= static_cast<std::int64_t>(signal.size()) ||
        static_cast<double>(beat) > noise_start_s * rate_hz) {
      continue;
    }
    const auto [low, high] = std::minmax_element(signal.begin() + (beat - reach), signal.begin() + (beat + reach + 1));
    sizes.push_back(*high - *low);
  }
  const double size = trimmed_mean(sizes);
  return size * size / 8.0;
}

double noise_power(const std::vector<float>& noise, double rate_hz) {
  const auto window = static_cast<std::size_t>(rate_hz);
  std::vector<double> rms;
  for (std::size_t begin = 0; begin + window <= noise.size(); begin += window) {
    double mean = 0.0;
    for (std::size_t i = begin; i < begin + window; ++i) {
      mean += noise[i];
    }
    mean /= static_cast<double>(window);
    double squares = 0.0;
    for (std::size_t i = begin; i < begin + window; ++i) {
      squares += (noise[i] - mean) * (noise[i] - mean);
    }
    rms.push_back(std::sqrt(squares / static_cast<double>(window)));
  }
  const double typical = trimmed_mean(rms);
  return typical * typical;
}

}  // namespace

bool is_noisy_time(double time_s) {
  return time_s >= noise_start_s && static_cast<std::int64_t>((time_s - noise_start_s) / segment_s) % 2 == 0;
}

EcgRecord with_noise(const EcgRecord& clean, const EcgRecord& noise, double snr_db,
                     std::span<const std::int64_t> beats) {
  XINGU_REQUIRE(noise.samples.size() >= clean.samples.size() && noise.num_samples() > 0,
                "{}: {} channels of noise for {} of signal (each lead needs its own noise); give another noise record",
                noise.info.name, noise.samples.size(), clean.samples.size());
  EcgRecord mixed = clean;
  const double rate = clean.info.sample_rate_hz;
  for (std::size_t c = 0; c < clean.samples.size(); ++c) {
    const std::vector<float> added = noise.millivolts(c);
    const double gain = std::sqrt(signal_power(clean.millivolts(c), rate, beats) /
                                  (noise_power(added, noise.info.sample_rate_hz) * std::pow(10.0, snr_db / 10.0)));
    for (std::size_t i = 0; i < mixed.samples[c].size(); ++i) {
      const double time = static_cast<double>(i) / rate;
      if (!is_noisy_time(time) || mixed.samples[c][i] == invalid_sample) {
        continue;
      }
      const auto j = static_cast<std::size_t>((time - noise_start_s) * noise.info.sample_rate_hz) % added.size();
      mixed.samples[c][i] += static_cast<std::int32_t>(std::lround(gain * added[j] * clean.info.channels[c].gain));
    }
  }
  return mixed;
}

}  // namespace xingu::ecg
