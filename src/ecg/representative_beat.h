// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/delineation.h"
#include "ecg/lead_signals.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Bounds of a wave as indices of the representative beat.
struct WaveIndices {
  std::size_t onset = 0;
  std::size_t offset = 0;
};

/// The mean beat of a recording's most frequent shape, and where its waves begin and end on all leads together.
struct RepresentativeBeat {
  double rate_hz = 0.0;
  std::vector<std::size_t> beats;                 ///< numbers of those averaged, ascending
  std::vector<std::vector<float>> leads;          ///< [lead][time] mV; zeros where nothing could be measured
  std::vector<bool> is_measured;                  ///< [lead]
  std::vector<std::vector<std::int64_t>> starts;  ///< [lead] first samples of the beats that it is the mean of
  std::vector<float> level;                       ///< [lead] mV just before QRS onset, from which amplitudes count
  WaveIndices qrs;
  std::optional<WaveIndices> p;
  std::optional<WaveIndices> t;
  bool is_t_cut = false;  ///< the next complex begins before or as T ends: T is not known
};

/// Averages the beats of the most frequent shape that were delineated, from 0.45 s before QRS onset on, baseline
/// removed (zero-phase 0.25 Hz, as IEC 60601-2-25 allows for a filter without phase) and nothing else filtered.
///
/// Bounds start from the medians of the beats' bounds, and are refined on the mean beat, whose noise is low. A complex
/// or a wave extends to where the leads' root mean square departure from the level outside stays above the larger of 4
/// µV and three times the noise there. A bound stays where it would move outward by more than 6 ms (into slopes that
/// are no part of the wave) or inward by more than 12 ms. P or T whose bounds cross has nothing above the noise and is
/// absent; a complex keeps its medians.
/// A lead's mean is of the beats in whose seconds it has no fault; samples that were lost have no part in it. Muscle
/// and baseline average out: beats that have them count too where fewer than half are without, and the lead is measured
/// if the standard error of its mean is then below 20 µV. Mains do not (a heart may keep their time), nor do the other
/// faults. A lead without such beats is not measured.
///
/// Where most beats of that shape are ventricular, as with an extrasystole behind every beat, and others are normal or
/// supraventricular, it is the most frequent shape of those: conduction, ST and QT are the conducted beats'. Paced
/// beats that are fewer than half of it are left out: their stimulus moves their bounds.
///
/// T is that of the beats behind whose T wave there are 60 ms at least before the next complex, if three are so. Where
/// fewer are, and most are not, the next complex cuts it: an early beat behind each makes no short QT.
///
/// @param quality      of these signals; none: every beat counts
/// @param types        [beat] of the same beats; none: all are normal
/// Disturbed beats have no part either, under the same condition.
/// @param is_left_out  [beat] has no part in the mean where as many as three others that are to be measured are there
/// @return nothing if no beat was delineated, or if no lead can be measured
[[nodiscard]] std::optional<RepresentativeBeat> representative_beat(const LeadSignals& signals,
                                                                    const Delineation& delineation,
                                                                    const SignalQuality& quality = {},
                                                                    std::span<const BeatType> types = {},
                                                                    const std::vector<bool>& is_left_out = {});

}  // namespace xingu::ecg
