// SPDX-License-Identifier: Apache-2.0
#include "ecg/amplitude_step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace xingu::ecg {
namespace {

constexpr double rounding_mv = 1e-5;  // what float numbers of one value may differ by
constexpr double another_size = 1.5;  // times the smallest change

}  // namespace

double amplitude_step_mv(std::span<const float> lead) {
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0.0;
  for (std::size_t i = 1; i < lead.size(); ++i) {
    const double change = std::abs(static_cast<double>(lead[i]) - static_cast<double>(lead[i - 1]));
    if (change > rounding_mv) {  // false for NaN
      smallest = std::min(smallest, change);
      largest = std::max(largest, change);
    }
  }
  return largest > another_size * smallest ? smallest : 0.0;
}

double amplitude_step_mv(const LeadSignals& signals) {
  double coarsest = 0.0;
  for (const std::vector<float>& lead : signals.mv) {
    coarsest = std::max(coarsest, amplitude_step_mv(std::span(lead)));
  }
  return coarsest;
}

}  // namespace xingu::ecg
