// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/lead_signals.h"
#include "ecg/qrs_feature.h"

namespace xingu::ecg {

/// Tells waves that one limb's electrode makes alone, when it is pulled, knocked or its contact changes, from
/// complexes: their voltage is in all chest leads alike, a third of what it is in the limb leads, and in no more than
/// two of I, II and III. Of the complexes of LUDB 1–200 no electrode explains more than 0.69 of the energy, of modelled
/// ventricular beats none more than 0.83, of a jolt beside a complex at most all but a tenth.
class ElectrodePops {
 public:
  /// @param names  [lead] canonical
  explicit ElectrodePops(std::span<const std::string> names);

  /// Whether one limb's electrode explains what the leads show 90 ms to each side of a moment; never where fewer than
  /// two limb and three chest leads show it. Cost O(leads · 180 ms).
  /// @param feature  of these leads
  /// @param at       sample of the feature
  [[nodiscard]] bool is_pop(const QrsFeature& feature, std::int64_t at) const;

  /// The same of waves.
  /// @param waves  [lead][time] mV, all of one length
  [[nodiscard]] bool is_pop(std::span<const std::vector<float>> waves) const;

  /// Whether there are leads enough to tell.
  [[nodiscard]] bool can_tell() const noexcept { return can_tell_; }

 private:
  struct Lead {
    std::size_t number = 0;
    bool is_chest = false;
    std::array<float, 3> of_limbs{};  ///< of 1 mV on the electrode of each limb
  };
  [[nodiscard]] bool is_of_any(std::span<const std::vector<float>> waves, std::size_t first, std::size_t last) const;
  [[nodiscard]] bool is_of(std::size_t limb, std::span<const std::vector<float>> waves, std::size_t first,
                           std::size_t last) const;

  std::vector<Lead> leads_;  ///< standard ones
  bool can_tell_ = false;
};

/// A jolt on a complex makes it look like another: a ventricular, fusion or supraventricular beat whose difference from
/// the normal beats about it is one electrode's has no type. Cost O(such beats · leads · 180 ms · shifts).
/// @param beats  samples of the complexes
/// @param types  [beat]
void forget_types_of_jolted_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                  std::vector<BeatType>& types);

}  // namespace xingu::ecg
