// SPDX-License-Identifier: Apache-2.0
#include "ecg/ventricular_oscillation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xingu::ecg {
namespace {

constexpr float crowding_of_complexes = 0.2F;

}  // namespace

Oscillation measure_oscillation(std::span<const float> x, double rate_hz) noexcept {
  double size = 0.0;
  double change = 0.0;
  float largest = 0.0F;
  for (std::size_t i = 1; i < x.size(); ++i) {
    size += std::abs(x[i]);
    change += std::abs(x[i] - x[i - 1]);
    largest = std::max(largest, std::abs(x[i]));
  }
  Oscillation result;
  if (!(change > 0) || !std::isfinite(size + change)) {
    return result;
  }
  const double period = 2 * std::numbers::pi * size / change;  // samples
  if (!(period > 0)) {
    return result;
  }
  result.frequency_hz = static_cast<float>(rate_hz / period);
  result.mean_mv = static_cast<float>(size / static_cast<double>(x.size() - 1));
  result.crowding = result.mean_mv / largest;
  const double half = period / 2;
  if (half + 2 > static_cast<double>(x.size())) {
    return result;
  }
  const auto whole = static_cast<std::size_t>(half);
  const auto part = static_cast<float>(half - static_cast<double>(whole));
  double left = 0.0;
  double all = 0.0;
  for (std::size_t i = whole + 1; i < x.size(); ++i) {
    const float delayed = x[i - whole] + part * (x[i - whole - 1] - x[i - whole]);
    left += std::abs(x[i] + delayed);
    all += std::abs(x[i]) + std::abs(delayed);
  }
  result.leakage = all > 0 ? static_cast<float>(left / all) : 1.0F;
  return result;
}

bool is_swinging(const Oscillation& lead, float leakage_limit) noexcept {
  return lead.leakage < leakage_limit && lead.crowding > least_crowding && lead.mean_mv > least_mean_mv &&
         lead.frequency_hz > slowest_swing_hz && lead.frequency_hz < fastest_swing_hz;
}

bool has_complexes(const Oscillation& lead) noexcept {
  return lead.leakage > most_leakage_upheld && lead.crowding < crowding_of_complexes && lead.mean_mv > least_mean_mv;
}

}  // namespace xingu::ecg
