// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/statements.h"

namespace xingu::ecg {

/// What is said where good leads show no beat: `no_beats_in_good_leads` of a whole recording, `no_beats_for` of three
/// seconds and more at its beginning or end (between two beats that is a pause); and where they show so much that beats
/// cannot be told apart, long enough (keep_told_stretches()), `beats_untold_for`: fibrillation of the ventricles looks
/// like this.
/// @param analysis  of these signals, with quality and beats, whose long gaps are settled (long_gaps.h)
void say_silences(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis);

/// `possible_ventricular_fibrillation` where leads swing as it makes them (`swinging` of the analysis).
void say_possible_fibrillation(const LeadSignals& signals, Analysis& analysis);

/// Whether a recording with too few beats for any statement is one without beats rather than one without signal.
[[nodiscard]] bool is_silent(const LeadSignals& signals, const StatementThresholds& thresholds,
                             const Analysis& analysis);

/// [second] rejected although most leads are good there: what moves may be fibrillation of the ventricles.
[[nodiscard]] std::vector<bool> untold_seconds(const SignalQuality& quality, const std::vector<bool>& is_rejected,
                                               const StatementThresholds& thresholds);

/// Takes out of `is_untold`, into `is_moving`, stretches of which this heart makes too little, the rest being
/// slow (heart_shares()): electrodes move there. Stretches that may be fibrillation by how they swing are none of these
/// (tell_swinging_seconds()).
void set_moving_electrodes_aside(BeatSequence& beats, const StatementThresholds& thresholds);

/// Adds to `is_untold` the up to 3 s between two of its stretches that hold no beat but ventricular ones: waves without
/// order now and then look like one.
/// @pre as many types as samples
void bridge_untold_seconds(BeatSequence& beats);

/// A last second alone is not `is_untold` if it holds a beat that is not ventricular.
/// @pre as many types as samples
void drop_last_second_with_beat(BeatSequence& beats);

/// Takes out of untold_seconds() what is too short to be told: below 5 s, below 2 s in a recording of up to a minute,
/// whose every second somebody reads, and below 1 s where it is how the recording ends, unless the second before it is
/// rejected too: then noise or losses go on.
/// @param is_rejected  [second]
void keep_told_stretches(const std::vector<bool>& is_rejected, std::vector<bool>& is_untold,
                         const StatementThresholds& thresholds);

/// The four above in their order: what is left of `is_untold` is told by statements and episodes alike, and of
/// `is_moving` what is as long.
/// @pre as many types as samples
void settle_untold_seconds(BeatSequence& beats, const StatementThresholds& thresholds);

/// "; 0.8 s of it disturbed, where a beat may be hidden": of the pause that begins at a time; empty where it is silent
/// throughout (QrsDetection::disturbances).
[[nodiscard]] std::string disturbed_text(double from_s, double length_s, const Analysis& analysis);

}  // namespace xingu::ecg
