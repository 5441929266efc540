// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ecg/live/limb_swings.h"
#include "ecg/live/live_lead.h"
#include "ecg/ventricular_oscillation.h"

namespace xingu::ecg {

/// Whether leads swing as in ventricular fibrillation and flutter, by the VF-filter over the last four seconds of each
/// lead in which nothing was wrong. It is possible where at least half of these leads swing and none shows complexes
/// apart, unless limbs swing over a heart that beats (LimbSwings); that stands for ten seconds after the last such
/// look, and is upheld by looser limits. All memory is taken by the constructor; step() neither allocates nor throws.
/// Cost of a look: O(leads × samples), 2 µs a lead, and five times as much where leads swing.
class FibrillationWatch {
 public:
  /// @param rate_hz  of the leads' band samples
  /// @param samples  LiveLead::swing_samples() of the leads
  /// @param names    [lead] canonical; none: electrodes cannot be told
  FibrillationWatch(double rate_hz, std::size_t samples, std::span<const std::string> names);

  /// To be called with each band sample; looks twice a second.
  void step(std::span<const LiveLead> leads) noexcept;
  [[nodiscard]] bool is_possible() const noexcept { return possible_for_ > 0; }

 private:
  [[nodiscard]] bool is_seen(std::span<const LiveLead> leads) noexcept;

  double rate_hz_;
  std::vector<float> scratch_;
  LimbSwings limb_swings_;
  std::uint64_t until_look_;
  std::uint64_t possible_for_ = 0;  // band samples
};

}  // namespace xingu::ecg
