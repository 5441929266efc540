// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Looks at each gap of more than 1.95 s between beats, and before the first and after the last, and settles whether
/// beats may be missing there, by what is between T wave and next complex (0.45 s after a beat to 0.25 s before one):
/// a gap is silent where on most of the leads that have complexes no slope over 20 ms reaches 0.35 of what
/// those usually have. The seconds of a silent gap are not rejected, however the detector, which measures noise by
/// complexes nearby, found them; those of another are. Where most leads lack samples (missing_samples.h) the seconds
/// are rejected, and what is left of the gap is settled for itself. Without any beat a second is silent where most
/// leads have a signal of a smaller range. P waves alone, as in a standstill of the ventricles, are silent.
/// A gap between two beats that is silent but for one disturbance of up to 1.2 s, from the first steep slope on half of
/// the leads to the last, is silent too where before or behind the disturbance no beat is for half as much again as the
/// median interval: a pause it is in any case. The disturbance is then told (QrsDetection::disturbances).
///
/// @param smallest_range_mv  of a second with a heart in it, top to bottom
/// @param quality  of these signals; leads without signal are not asked, and a gap in which most leads have none is
///                 not silent
/// @param beats  of these signals; `is_rejected` is changed, and lone complexes and `disturbances` are
///               added. Cost O(leads · (beats + samples in gaps)).
void settle_long_gaps(const LeadSignals& signals, const SignalQuality& quality, double smallest_range_mv,
                      QrsDetection& beats);

/// Time before the first and after the last beat, s; 0 where a second is rejected there.
struct SilentEnds {
  double before_s = 0.0;
  double after_s = 0.0;
};
/// @param end_s  where the recording ends
[[nodiscard]] SilentEnds silent_ends(std::span<const std::int64_t> beats, const std::vector<bool>& is_rejected,
                                     double rate_hz, double end_s);

}  // namespace xingu::ecg
