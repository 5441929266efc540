// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/fibrillation_watch.h"

#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double look_every_s = 0.5;
constexpr double stands_for_s = 10.0;
constexpr std::size_t fewest_clear_seconds = 4;

}  // namespace

FibrillationWatch::FibrillationWatch(double rate_hz, std::size_t samples, std::span<const std::string> names)
    : rate_hz_(rate_hz),
      scratch_(samples),
      limb_swings_(rate_hz, samples, names),
      until_look_(static_cast<std::uint64_t>(look_every_s * rate_hz)) {}

void FibrillationWatch::step(std::span<const LiveLead> leads) noexcept {
  possible_for_ -= possible_for_ > 0 ? 1 : 0;
  if (--until_look_ > 0) {
    return;
  }
  until_look_ = static_cast<std::uint64_t>(look_every_s * rate_hz_);
  if (is_seen(leads)) {
    possible_for_ = static_cast<std::uint64_t>(std::ceil(stands_for_s * rate_hz_));
  }
}

bool FibrillationWatch::is_seen(std::span<const LiveLead> leads) noexcept {
  std::size_t num_usable = 0;
  std::size_t num_swinging = 0;
  limb_swings_.begin();
  for (std::size_t l = 0; l < leads.size(); ++l) {
    const LiveLead& lead = leads[l];
    if (!lead.has_contact() || lead.clear_seconds() < fewest_clear_seconds || !lead.copy_swing(scratch_)) {
      continue;
    }
    limb_swings_.use(l);
    const Oscillation oscillation = measure_oscillation(scratch_, rate_hz_);
    if (has_complexes(oscillation)) {
      return false;
    }
    ++num_usable;
    num_swinging += is_swinging(oscillation, is_possible() ? most_leakage_upheld : most_leakage) ? 1U : 0U;
  }
  return num_usable > 0 && 2 * num_swinging >= num_usable && !limb_swings_.are_over_a_beating_heart(leads);
}

}  // namespace xingu::ecg
