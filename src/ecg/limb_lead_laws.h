// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

inline constexpr std::size_t num_limb_leads = 6;

/// [I, II, III, aVR, aVL, aVF] of a stretch: whether a lead is in doubt.
using DoubtfulLimbLeads = std::array<bool, num_limb_leads>;

/// Two differences of electrodes give all six limb leads: II = I + III (Einthoven), aVR = −(I + II)/2, aVL = I − II/2,
/// aVF = II − I/2 (Goldberger), and so any two of them each other. Such a law between three leads is broken where its
/// sides, each without its mean, differ by more than half of the smaller one, 0.05 mV at least and 0.2 mV at most
/// (rms): as by a wrong gain or sign. In doubt is the lead without which the others keep the laws, or, where several
/// may be it, each of them. Where II = I + III holds to a tenth, if III is there, and the augmented leads that were
/// measured, two at least, are what these give times one factor below 0.8 or above 1.25 (Wilson's leads, which are not
/// augmented, have 2/3), those are in doubt whatever the height of the complexes. A lead that was computed from I and
/// II is no witness, and doubtful if they are.
///
/// @param begin, end  samples; those leads take part that have all of them. Cost O(end − begin).
[[nodiscard]] DoubtfulLimbLeads doubtful_limb_leads(const LeadSignals& signals, std::size_t begin, std::size_t end);

/// Their names, in the order of DoubtfulLimbLeads.
inline constexpr std::array<const char*, num_limb_leads> limb_lead_names{"I", "II", "III", "aVR", "aVL", "aVF"};

}  // namespace xingu::ecg
