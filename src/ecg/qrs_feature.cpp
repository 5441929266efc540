// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_feature.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double lowest_rate_hz = 125.0;
constexpr double band_low_hz = 5.0;
constexpr double band_high_hz = 22.0;
constexpr double energy_window_s = 0.09;
constexpr double block_s = 0.5;
constexpr std::size_t blocks_of_peak = 3;     // one complex is in 1.5 s at 40/min and above
constexpr std::size_t blocks_of_median = 30;  // to each side: 30 s in all
constexpr float least_of_large = 0.45F;
constexpr float smallest_complex_mv = 0.02F;  // rms in the band; below it there is no signal

/// The last valid sample in place of invalid ones; zeros if none is valid. Gives which half-second blocks are valid.
std::vector<bool> fill_gaps(std::vector<float>& x, std::size_t block) {
  std::vector<bool> is_valid(x.size() / block + 1, true);
  if (!has_gaps(x)) {
    return is_valid;
  }
  float last = 0.0F;
  for (const float value : x) {
    if (!std::isnan(value)) {
      last = value;
      break;
    }
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) {
      x[i] = last;
      is_valid[i / block] = false;
    }
    last = x[i];
  }
  return is_valid;
}

std::vector<float> root_mean_square(const std::vector<float>& x, std::size_t width) {
  std::vector<float> square(x.size());
  std::transform(x.begin(), x.end(), square.begin(), [](float v) { return v * v; });
  std::vector<float> result = moving_mean(square, width);
  for (float& v : result) {
    v = std::sqrt(std::max(v, 0.0F));
  }
  return result;
}

/// What is typical of a value per block over the blocks around, every block: the median, but at least `least_of_large`
/// of the 90th percentile. Below 40/min the median alone would be that of the T waves.
std::vector<float> running_level(const std::vector<float>& x, std::size_t half) {
  std::vector<float> result(x.size());
  std::vector<float> sorted;  // the blocks around
  const auto place_of = [&](float value) { return std::ranges::lower_bound(sorted, value); };
  for (std::size_t i = 0; i < std::min(half, x.size()); ++i) {
    sorted.insert(place_of(x[i]), x[i]);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i + half < x.size()) {
      sorted.insert(place_of(x[i + half]), x[i + half]);
    }
    if (i > half) {
      sorted.erase(std::min(place_of(x[i - half - 1]), std::prev(sorted.end())));
    }
    const auto at = [&](double q) {
      return sorted[static_cast<std::size_t>(std::lround(q * static_cast<double>(sorted.size() - 1)))];
    };
    result[i] = std::max(at(0.5), least_of_large * at(0.9));
  }
  return result;
}

struct BlockLevels {
  std::vector<float> peak;        ///< largest value in the three blocks around
  std::vector<float> background;  ///< the 40th percentile in the same
};

BlockLevels block_levels(const std::vector<float>& energy, std::size_t block) {
  const std::size_t num_blocks = energy.size() / block + 1;
  BlockLevels levels{std::vector<float>(num_blocks), std::vector<float>(num_blocks)};
  for (std::size_t b = 0; b < num_blocks; ++b) {
    const std::size_t begin = (b > blocks_of_peak / 2 ? b - blocks_of_peak / 2 : 0) * block;
    const std::size_t end = std::min((b + blocks_of_peak / 2 + 1) * block, energy.size());
    const auto window = std::span(energy).subspan(std::min(begin, end), end - std::min(begin, end));
    levels.background[b] = quantile_of_sizes(window, 0.4);
    levels.peak[b] = window.empty() ? 0.0F : *std::max_element(window.begin(), window.end());
  }
  return levels;
}

}  // namespace

QrsFeature compute_qrs_feature(const LeadSignals& signals) {
  QrsFeature feature;
  feature.factor = std::max<std::size_t>(1, static_cast<std::size_t>(signals.rate_hz / lowest_rate_hz));
  feature.rate_hz = signals.rate_hz / static_cast<double>(feature.factor);
  const auto block = static_cast<std::size_t>(block_s * feature.rate_hz);
  const auto margin = static_cast<std::size_t>(feature.rate_hz);
  const std::size_t size = signals.num_samples() / feature.factor;
  feature.names = signals.names;
  feature.height.assign(size, 0.0F);
  std::vector<float> weight_sum(size / block + 1, 0.0F);
  std::vector<std::vector<bool>> are_valid;
  for (const std::vector<float>& lead : signals.mv) {
    feature.band.push_back(decimate(lead, feature.factor));
    are_valid.push_back(fill_gaps(feature.band.back(), block));
  }
  filter_zero_phase(Biquad::high_pass(band_low_hz, feature.rate_hz), feature.band, margin);
  filter_zero_phase(Biquad::low_pass(band_high_hz, feature.rate_hz), feature.band, margin);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const std::vector<float>& x = feature.band[lead];
    const std::vector<bool>& is_valid = are_valid[lead];
    const std::vector<float> energy = root_mean_square(x, static_cast<std::size_t>(energy_window_s * feature.rate_hz));
    const BlockLevels levels = block_levels(energy, block);
    const std::vector<float> typical = running_level(levels.peak, blocks_of_median);
    std::vector<float> weight(typical.size(), 0.0F);
    for (std::size_t b = 0; b < weight.size(); ++b) {
      if (is_valid[b] && typical[b] > smallest_complex_mv) {
        const float contrast = levels.peak[b] / std::max(levels.background[b], 0.1F * smallest_complex_mv);
        const float excess = std::clamp(contrast - 1.5F, 0.05F, 12.0F);
        const float burst = std::min(1.0F, 2.5F * typical[b] / std::max(levels.peak[b], 1e-6F));
        weight[b] = excess * excess * burst * burst;
      }
    }
    for (std::size_t b = 0; b < weight.size(); ++b) {
      if (weight[b] > 0) {
        for (std::size_t i = b * block; i < std::min((b + 1) * block, size); ++i) {
          feature.height[i] += weight[b] * energy[i] / typical[b];
        }
      }
    }
    for (std::size_t b = 0; b < weight.size(); ++b) {
      weight_sum[b] += weight[b];
    }
    feature.weight.push_back(std::move(weight));
  }
  for (std::size_t b = 0; b < weight_sum.size(); ++b) {
    for (std::size_t i = b * block; i < std::min((b + 1) * block, size); ++i) {
      feature.height[i] = weight_sum[b] > 0 ? feature.height[i] / weight_sum[b] : 0.0F;
    }
  }
  return feature;
}

}  // namespace xingu::ecg
