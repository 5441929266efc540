// SPDX-License-Identifier: Apache-2.0
#include "ecg/amplitude_step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "ecg/quads.h"

namespace xingu::ecg {
namespace {

constexpr float rounding_mv = 1e-5F;  // what float numbers of one value may differ by
constexpr double another_size = 1.5;  // times the smallest change

}  // namespace

double amplitude_step_mv(std::span<const float> lead) {
  constexpr float infinite = std::numeric_limits<float>::infinity();
  FloatQuad smallest = FloatQuad{} + infinite;
  FloatQuad largest{};
  const auto include = [&](const FloatQuad& change) {
    const FloatQuad size = change < 0.0F ? -change : change;
    const FloatQuad counted = size > rounding_mv ? size : infinite;  // false for NaN
    smallest = counted < smallest ? counted : smallest;
    largest = size > largest ? size : largest;
  };
  std::size_t i = 1;
  for (; i + quad_lanes <= lead.size(); i += quad_lanes) {
    include(quad_at(&lead[i]) - quad_at(&lead[i - 1]));
  }
  for (; i < lead.size(); ++i) {
    include(FloatQuad{} + (lead[i] - lead[i - 1]));
  }
  double smallest_mv = smallest[0];
  double largest_mv = largest[0];
  for (std::size_t l = 1; l < quad_lanes; ++l) {
    smallest_mv = std::min<double>(smallest_mv, smallest[l]);
    largest_mv = std::max<double>(largest_mv, largest[l]);
  }
  return largest_mv > another_size * smallest_mv ? smallest_mv : 0.0;
}

double amplitude_step_mv(const LeadSignals& signals) {
  double coarsest = 0.0;
  for (const std::vector<float>& lead : signals.mv) {
    coarsest = std::max(coarsest, amplitude_step_mv(std::span(lead)));
  }
  return coarsest;
}

}  // namespace xingu::ecg
