// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Electrodes that move and muscles that tense make a complex look like another, or are taken for one. A ventricular or
/// fusion beat has no type where a tenth or more of its energy (±0.1 s) is none that sources of this heart make
/// (HeartSpace of the other beats), and as much as a fifth of that goes on about it, from 0.5 to 0.15 s before and from
/// 0.5 to 0.8 s behind it, but for the waves of ectopic beats: a ventricle's own part outside of that space ends with
/// its wave. Nothing changes where there is no such space. Cost that of a HeartSpace where there are such beats,
/// nothing else.
/// @param signals  without stimuli
/// @param types    [beat]
/// @return the beats that have no type any more
std::vector<std::size_t> forget_types_of_moved_beats(const LeadSignals& signals, const SignalQuality& quality,
                                                     const QrsDetection& beats, std::vector<BeatType>& types);

}  // namespace xingu::ecg
