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
#include "ecg/limb_electrodes.h"
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

  /// The same of `size` moments; neither allocates nor throws.
  /// @param at  (lead, moment) mV
  template <typename At>
  [[nodiscard]] bool is_pop(std::size_t size, At at) const noexcept {
    if (!can_tell_) {
      return false;
    }
    float all = 0.0F;
    for (std::size_t i = 0; i < size; ++i) {
      for (const Lead& lead : leads_) {
        all += at(lead.number, i) * at(lead.number, i);
      }
    }
    for (std::size_t limb = 0; limb < limb_electrodes.size(); ++limb) {
      if (is_of(limb, all, size, at)) {
        return true;
      }
    }
    return false;
  }

  /// Whether there are leads enough to tell.
  [[nodiscard]] bool can_tell() const noexcept { return can_tell_; }

 private:
  struct Lead {
    std::size_t number = 0;
    bool is_chest = false;
    std::array<float, 3> of_limbs{};  ///< of 1 mV on the electrode of each limb
  };
  // Energy and residues, of which a pop is told: own choices, the share between 0.83 and 0.9.
  static constexpr float least_share = 0.87F;
  static constexpr float largest_residue = 0.3F;  // of a lead's due energy

  /// @param all  energy of all leads
  template <typename At>
  [[nodiscard]] bool is_of(std::size_t limb, float all, std::size_t size, At at) const noexcept {
    float squares = 0.0F;  // of what the electrode makes in the leads
    for (const Lead& lead : leads_) {
      squares += lead.of_limbs[limb] * lead.of_limbs[limb];
    }
    const auto voltage = [&](std::size_t i) {
      float sum = 0.0F;
      for (const Lead& lead : leads_) {
        sum += lead.of_limbs[limb] * at(lead.number, i);
      }
      return sum / squares;
    };
    float explained = 0.0F;
    for (std::size_t i = 0; i < size; ++i) {
      const float v = voltage(i);
      explained += squares * v * v;
    }
    if (!(explained >= least_share * all) || all == 0.0F) {
      return false;
    }
    std::size_t num_limb = 0;
    std::size_t num_chest = 0;
    for (const Lead& lead : leads_) {
      float due = 0.0F;
      float residue = 0.0F;
      for (std::size_t i = 0; i < size; ++i) {
        const float x = lead.of_limbs[limb] * voltage(i);
        const float left = at(lead.number, i) - x;
        due += x * x;
        residue += left * left;
      }
      const bool shows = due > 0.0F && residue <= largest_residue * due;
      num_chest += shows && lead.is_chest ? 1 : 0;
      num_limb += shows && !lead.is_chest ? 1 : 0;
    }
    return num_limb >= fewest_limb_leads_to_tell && num_chest >= fewest_chest_leads_to_tell;
  }

  std::vector<Lead> leads_;  ///< standard ones
  bool can_tell_ = false;
};

/// A jolt on a complex makes it look like another: a ventricular, fusion or supraventricular beat whose difference from
/// the normal beats about it is one electrode's, of a limb or of the chest, has no type. Nor has a ventricular or
/// fusion beat that is the usual complex on all leads but one, which spans four usual complexes and more within a
/// second of it, however few the leads are. Cost O(such beats · leads · 180 ms · shifts).
/// @param beats  samples of the complexes
/// @param types  [beat]
void forget_types_of_jolted_beats(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                  std::vector<BeatType>& types);

}  // namespace xingu::ecg
