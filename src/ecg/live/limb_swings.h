// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ecg/limb_electrodes.h"
#include "ecg/live/live_lead.h"

namespace xingu::ecg {

/// Whether leads swing because limbs do, as of somebody who brushes teeth or trembles, over a heart whose complexes the
/// chest leads go on showing. The voltages of both arms' electrodes, or of the leg's, are fitted to the leads moment by
/// moment by least squares and taken out of the chest leads. It is so where they explain two thirds of all leads'
/// energy and two thirds of the chest leads then show complexes apart and none swings: fibrillation gives no two chest
/// leads alike, and what is left of them swings as they did. All memory is taken by the constructor; nothing else
/// allocates or throws.
class LimbSwings {
 public:
  /// @param samples  LiveLead::swing_samples() of the leads
  /// @param names    [lead] canonical
  LimbSwings(double rate_hz, std::size_t samples, std::span<const std::string> names);

  /// Forgets what leads were to be used.
  void begin() noexcept;
  /// A lead in which nothing was wrong. @pre copy_swing() gives something
  void use(std::size_t lead) noexcept { leads_[lead].is_used = true; }
  /// Never where fewer than two of I, II and III or fewer than three chest leads are used. Cost O(leads · samples).
  [[nodiscard]] bool are_over_a_beating_heart(std::span<const LiveLead> leads) noexcept;

 private:
  struct Lead {
    bool is_limb = false;  ///< I, II or III
    bool is_chest = false;
    bool is_used = false;
    std::array<float, 3> of_limbs{};  ///< of 1 mV on the electrode of each limb
  };

  [[nodiscard]] bool can_tell() const noexcept;
  /// @param electrodes  one limb's or two limbs'
  [[nodiscard]] bool are_of(std::span<const Electrode> electrodes, std::span<const LiveLead> leads) noexcept;
  /// Fits the electrodes' voltages.
  void fit(std::span<const Electrode> electrodes, std::span<const LiveLead> leads) noexcept;
  /// Takes what the fitted voltages make in a lead out of it. @param x  [time] of the lead
  void take_out(std::span<const Electrode> electrodes, std::size_t lead, std::span<float> x) const noexcept;

  double rate_hz_;
  std::vector<Lead> leads_;
  std::vector<float> scratch_;
  std::array<std::vector<float>, 2> voltages_;
};

}  // namespace xingu::ecg
