// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Energy of the leads between 1 and 30 Hz, mV² summed over leads and samples at 125 Hz or a little more, and its
/// parts. Sums of several seconds tell more than one second does.
struct HeartShare {
  float all = 0.0F;        ///< 0: not known
  float of_heart = 0.0F;   ///< that sources in this heart can make
  float slow_rest = 0.0F;  ///< of the rest, what is slower than fibrillating ventricles (slowest_swing_hz)
};

/// Leads with a say (leads_with_a_say()) of which none is a sum of others: without III, aVR, aVL and aVF where I and II
/// are among them.
[[nodiscard]] std::vector<std::size_t> independent_leads(std::span<const std::string> names,
                                                         const SignalQuality& quality);

/// How much of what the leads show in some seconds the sources of this heart can make. Wherever in the heart a wave
/// runs, it reaches the electrodes by the same torso: to first order it is a dipole, seen by each lead through a vector
/// that stays the same (Burger and van Milaan 1946), so that the leads keep to a space of three dimensions, that of the
/// beats found. Electrodes that move do not: each moves by itself. Fibrillating ventricles have a part outside of
/// this space too, which grows while they fibrillate (Meo et al. 2020), but it is as fast as they are.
/// Cost O(leads² · samples) where a second is asked for, nothing else.
/// @param signals     without stimuli
/// @param beats       with rejected seconds; those of other seconds make the space
/// @param is_asked    [second]
/// @return [second] nothing known of seconds not asked for, of fewer than six independent leads, of fewer than three
/// beats
[[nodiscard]] std::vector<HeartShare> heart_shares(const LeadSignals& signals, const SignalQuality& quality,
                                                   const QrsDetection& beats, const std::vector<bool>& is_asked);

}  // namespace xingu::ecg
