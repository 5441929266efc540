// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"
#include "ecg/rhythm_episodes.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// A stretch in which the leads swing without a pause, as in fibrillation and flutter of the ventricles.
struct SwingingStretch {
  std::int64_t from = 0;  ///< sample
  std::int64_t until = 0;
  float frequency_hz = 0.0F;         ///< median of its windows and the leads that swing in them
  std::vector<std::size_t> leads{};  ///< that swing in half of its windows or more
  std::size_t num_asked = 0;         ///< leads that could: measured, with a say (leads_with_a_say())
  /// One wave is like the next on all leads: a fast tachycardia or flutter, in which beats can be told.
  bool has_one_shape = false;
};

/// The VF-filter (measure_oscillation()) over windows of 1.5 s at every quarter of a second. A window swings where two
/// thirds of the leads do, or of six leads and more five of six by the looser limit and a quarter by the stricter one,
/// none shows complexes apart, and seven tenths of the leads are free of faults but mains, and
/// electrodes of limbs do not explain what they show (LeadMoves, arms that tremble); the
/// limits of a single lead are those of the live detector (ventricular_oscillation.h), which looks at 4 s and asks half
/// of the leads. III, aVR, aVL and aVF are sums of I and II and not asked where those are. Windows that overlap make a
/// stretch; beside one that swings, half of the leads and the looser limit are enough, as in the live detector. Cost
/// O(leads · samples), and in windows that may swing as much again.
/// @param signals  without stimuli; NaN where nothing was measured
[[nodiscard]] std::vector<SwingingStretch> find_swinging_stretches(const LeadSignals& signals,
                                                                   const SignalQuality& quality);

/// [second] at least half of which lies in one of the stretches.
/// @param end  of the recording, sample
[[nodiscard]] std::vector<bool> swinging_seconds(std::span<const SwingingStretch> stretches, double rate_hz,
                                                 std::int64_t end, std::size_t num_seconds);

/// What was found in stretches without one shape are no beats: they go, and the seconds are rejected.
/// @param end  of the recording, sample
void take_out_swinging_beats(std::span<const SwingingStretch> stretches, double rate_hz, std::int64_t end,
                             QrsDetection& beats);

/// Takes out of the stretches what is shorter, unless the recording ends so.
/// @param end  of the recording, sample
void drop_short_stretches(double shortest_s, double rate_hz, std::int64_t end, std::vector<SwingingStretch>& stretches);

/// Takes out of the stretches those of one shape that have a name of their own: told for at least half of their time as
/// a run of ventricular beats above 100 per minute or a stretch of is_wide.
void keep_untold_stretches(const BeatSequence& beats, double tachycardia_above_per_min,
                           std::vector<SwingingStretch>& stretches);

/// Seconds of is_swinging are rejected and untold, however short they are, and beats in them have no class.
/// @pre as many types as samples
void tell_swinging_seconds(BeatSequence& beats);

}  // namespace xingu::ecg
