// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/electrodes.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// A voltage that the electrode of one limb has and the heart has not: a limb that trembles, or an electrode that is
/// shaken.
struct LimbTremor {
  Electrode electrode = Electrode::ra;  ///< of a limb
  double per_min = 0.0;                 ///< 0 where it keeps no rate
  double height_mv = 0.0;               ///< peak to peak, on the two of I, II and III that the electrode is in
  double part = 1.0;                    ///< of the recording that has it
};

/// "right arm".
[[nodiscard]] std::string_view limb_name(Electrode electrode) noexcept;

/// What 1 mV on a limb's electrode is in a lead, from I = LA − RA, II = LL − RA and chest leads from the limbs' mean
/// (Einthoven, Goldberger, Wilson): with RA −1 in I and II, 0 in III, +1 in aVR, −1/2 in aVL and aVF, −1/3 in chest
/// leads. Nothing for a name that is no standard lead's.
[[nodiscard]] std::optional<double> lead_of_electrode(std::string_view canonical_name, Electrode electrode) noexcept;

/// A limb's electrode and how much of some energy it explains.
struct ElectrodeShare {
  Electrode electrode = Electrode::ra;
  double share = 0.0;  ///< 0 … 1: 1 if the leads move as with that electrode's voltage and nothing else
};

/// Of the energy of waves that the leads show, the largest part that one limb's electrode explains: the sources of the
/// atria lie in the chest and give no chest lead alike.
/// @param waves  [part][lead] mV, of one moment or one phase each
/// @param names  [lead]
/// @return nothing where fewer than two limb and three chest leads are there: then an electrode cannot be told from a
///         heart
[[nodiscard]] std::optional<ElectrodeShare> electrode_share(std::span<const std::vector<float>> waves,
                                                            std::span<const std::string> names);

/// Limits of the search; data/ecg/statements.toml, [tremor].
struct TremorRule {
  double least_share = 0.0;      ///< of what differs from beat to beat, explained by one arm's electrode
  double least_leg_share = 0.0;  ///< by the leg's, of what the leads have in time with it: flutter is not unlike it
  double least_height_mv = 0.0;
};

/// A tremor and the voltages that it makes.
struct FoundTremor {
  LimbTremor largest;                            ///< of the stretches
  std::size_t factor = 1;                        ///< samples of the signals to one of the voltages
  std::array<std::vector<bool>, 3> is_shown;     ///< [electrode of a limb][lead]
  std::array<std::vector<float>, 3> voltage_mv;  ///< [electrode of a limb][time]; empty where it does not tremble
};

/// Finds a limb's tremor, stretch by stretch of about ten seconds, where one limb's electrode explains enough of what
/// differs from the beats alike between 2 and 12 Hz (tremor has 3 to 7 Hz, its harmonics and shivering more).
///
/// Its voltage is a sine and its second harmonic, whose amplitude and phase change from second to second. Trial
/// waves go through the same removal of the beats' averages as the signal, so least squares give what they would have
/// given with the mean beat among the unknowns (Frisch and Waugh, Econometrica 1 (1933) 387): the mean of ten beats
/// keeps a third of a tremor, and it goes too. What keeps the beats' time cannot be told from them and stays.
/// Cost O(leads · samples + samples · 44²).
/// @param beats  samples of the complexes
[[nodiscard]] std::optional<FoundTremor> find_limb_tremor(const LeadSignals& signals,
                                                          std::span<const std::int64_t> beats, const TremorRule& rule);

/// Takes what a tremor makes of each lead out of it. Cost O(leads · samples).
void take_out(const FoundTremor& tremor, LeadSignals& signals);

}  // namespace xingu::ecg
