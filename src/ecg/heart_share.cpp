// SPDX-License-Identifier: Apache-2.0
#include "ecg/heart_share.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "ecg/filters.h"
#include "ecg/heart_space.h"
#include "ecg/seconds.h"
#include "ecg/ventricular_oscillation.h"

namespace xingu::ecg {
namespace {

/// What of the leads is slower than fibrillating ventricles.
HeartSpace::Leads slow_part(const HeartSpace& space) {
  HeartSpace::Leads out = space.band();
  const std::size_t margin = filter_margin(space.rate_hz());
  for (Eigen::Index lead = 0; lead < out.cols(); ++lead) {
    filter_zero_phase(Biquad::low_pass(slowest_swing_hz, space.rate_hz()),
                      std::span(out.col(lead).data(), static_cast<std::size_t>(out.rows())), margin);
  }
  return out;
}

}  // namespace

std::vector<HeartShare> heart_shares(const LeadSignals& signals, const SignalQuality& quality,
                                     const QrsDetection& beats, const std::vector<bool>& is_asked) {
  std::vector<HeartShare> out(is_asked.size());
  if (std::ranges::find(is_asked, true) == is_asked.end()) {
    return out;
  }
  const auto space = HeartSpace::of(signals, quality, beats, [](std::size_t) { return true; });
  if (!space) {
    return out;
  }
  const HeartSpace::Leads slow = slow_part(*space);
  for (std::size_t s = 0; s < out.size(); ++s) {
    const auto first = static_cast<Eigen::Index>(begin_of_second(s, space->rate_hz()));
    const auto end = std::min(slow.rows(), static_cast<Eigen::Index>(begin_of_second(s + 1, space->rate_hz())));
    if (is_asked[s] && first < end) {
      const auto all = space->band().middleRows(first, end - first);
      const auto slow_all = slow.middleRows(first, end - first);
      out[s] = {all.squaredNorm(), space->energy_within(all), slow_all.squaredNorm() - space->energy_within(slow_all)};
    }
  }
  return out;
}

}  // namespace xingu::ecg
