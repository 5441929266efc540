// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/fibrillation_watch.h"

#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double look_every_s = 0.5;
constexpr double stands_for_s = 10.0;
constexpr std::size_t fewest_clear_seconds = 4;
// Kuo and Dillman 1978, as compared by Jekova 2000, "Comparison of five algorithms for the detection of ventricular
// fibrillation from the surface ECG", Physiol. Meas. 21: 429–439. The second is theirs for waves no smaller than
// before.
constexpr float most_leakage = 0.406F;
constexpr float most_leakage_upheld = 0.625F;
// Ventricular flutter begins at 150 a minute, fibrillatory waves end at 500 (8.3 Hz).
constexpr float slowest_hz = 2.5F;
constexpr float fastest_hz = 9.0F;
// 0.1 mV from top to bottom, below which it is asystole (Kerber et al. 1997, Circulation 95: 1677–1682): of a sine the
// mean size is 1/π of that.
constexpr float least_mean_mv = 0.03F;
// A sine has 0.64, the sum of five of random phases over 4 s 0.27 and more in 95 of 100 (computed).
constexpr float least_crowding = 0.25F;
// With more leakage than a fibrillating lead can have, complexes that are this lonely: of 1/5 of the interval or less.
constexpr float crowding_of_complexes = 0.2F;

bool swings(const Oscillation& lead, float leakage_limit) noexcept {
  return lead.leakage < leakage_limit && lead.crowding > least_crowding && lead.mean_mv > least_mean_mv &&
         lead.frequency_hz > slowest_hz && lead.frequency_hz < fastest_hz;
}

bool has_complexes(const Oscillation& lead) noexcept {
  return lead.leakage > most_leakage_upheld && lead.crowding < crowding_of_complexes && lead.mean_mv > least_mean_mv;
}

}  // namespace

FibrillationWatch::FibrillationWatch(double rate_hz, std::size_t samples)
    : rate_hz_(rate_hz), scratch_(samples), until_look_(static_cast<std::uint64_t>(look_every_s * rate_hz)) {}

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
  for (const LiveLead& lead : leads) {
    if (!lead.has_contact() || lead.clear_seconds() < fewest_clear_seconds || !lead.copy_swing(scratch_)) {
      continue;
    }
    const Oscillation oscillation = measure_oscillation(scratch_, rate_hz_);
    if (has_complexes(oscillation)) {
      return false;
    }
    ++num_usable;
    num_swinging += swings(oscillation, is_possible() ? most_leakage_upheld : most_leakage) ? 1U : 0U;
  }
  return num_usable > 0 && 2 * num_swinging >= num_usable;
}

}  // namespace xingu::ecg
