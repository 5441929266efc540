// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/limb_electrodes.h"

namespace xingu::ecg {

/// A voltage that the electrode of one limb has and the heart has not: a limb that trembles, or an electrode that is
/// shaken.
struct LimbTremor {
  Electrode electrode = Electrode::ra;  ///< of a limb
  double per_min = 0.0;                 ///< 0 where it keeps no rate
  double height_mv = 0.0;               ///< peak to peak, on the two of I, II and III that the electrode is in
  double part = 1.0;                    ///< of the recording that has it
};

/// Limits of the search; data/ecg/statements.toml, [tremor].
struct TremorRule {
  double least_share = 0.0;       ///< of what differs from beat to beat, explained by one arm's electrode
  double least_arms_share = 0.0;  ///< by both arms' electrodes together
  double least_leg_share = 0.0;   ///< by the leg's, of what the leads have in time with it: flutter is not unlike it
  double least_height_mv = 0.0;
};

/// Tremors and the voltages that they make.
struct FoundTremor {
  std::vector<LimbTremor> limbs;                 ///< the largest of the stretches of each limb, the largest first
  std::size_t factor = 1;                        ///< samples of the signals to one of the voltages
  std::array<std::vector<bool>, 3> is_shown;     ///< [electrode of a limb][lead]
  std::array<std::vector<float>, 3> voltage_mv;  ///< [electrode of a limb][time]; empty where it does not tremble
};

/// Finds a limb's tremor, stretch by stretch of about ten seconds, where one limb's electrode or both arms' explain
/// enough of what differs from the beats alike between 2 and 12 Hz (tremor has 3 to 7 Hz, its harmonics and shivering
/// more).
///
/// Each voltage is a sine and its second harmonic, whose amplitude and phase change from second to second. Trial
/// waves go through the same removal of the beats' averages as the signal, so least squares give what they would have
/// given with the mean beat among the unknowns (Frisch and Waugh, Econometrica 1 (1933) 387): the mean of ten beats
/// keeps a third of a tremor, and it goes too. What keeps the beats' time cannot be told from them and stays.
/// Cost O(leads · samples + samples · 44²).
/// @param beats  samples of the complexes
[[nodiscard]] std::optional<FoundTremor> find_limb_tremor(const LeadSignals& signals,
                                                          std::span<const std::int64_t> beats, const TremorRule& rule);

/// [second] whether a voltage is half as high there as the smallest that is told (TremorRule::least_height_mv), and a
/// tenth as high as within ten seconds about it; no second alone.
/// @param rate_hz  of the signals
[[nodiscard]] std::vector<bool> trembling_seconds(const FoundTremor& tremor, double rate_hz, std::size_t num_seconds,
                                                  const TremorRule& rule);

/// Whether a limb's electrode makes more in a lead than in the chest leads, in which a third of it stands.
[[nodiscard]] bool is_lead_of_limbs(std::string_view canonical_name, std::span<const LimbTremor> tremors);

/// Takes what a tremor makes of each lead out of it. Cost O(leads · samples).
void take_out(const FoundTremor& tremor, LeadSignals& signals);

}  // namespace xingu::ecg
