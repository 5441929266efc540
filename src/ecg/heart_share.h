// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Energy of the leads between 1 and 30 Hz, mV² summed over leads and samples of HeartSpace::band(), and its
/// parts. Sums of several seconds tell more than one second does.
struct HeartShare {
  float all = 0.0F;        ///< 0: not known
  float of_heart = 0.0F;   ///< that sources in this heart can make (HeartSpace)
  float slow_rest = 0.0F;  ///< of the rest, what is slower than fibrillating ventricles (slowest_swing_hz)
};

/// How much of what the leads show in some seconds this heart can make. Fibrillating ventricles have a part outside of
/// its space too, which grows while they fibrillate (Meo et al. 2020), but it is as fast as they are. Cost that of a
/// HeartSpace where a second is asked for, nothing else.
/// @param signals     without stimuli
/// @param beats       with rejected seconds; those of other seconds make the space
/// @param is_asked    [second], as many as are to be told
/// @return [second] nothing known of seconds not asked for, nor where there is no HeartSpace
[[nodiscard]] std::vector<HeartShare> heart_shares(const LeadSignals& signals, const SignalQuality& quality,
                                                   const QrsDetection& beats, const std::vector<bool>& is_asked);

}  // namespace xingu::ecg
