// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ecg/beat_average.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What a beat is compared by. RR is divided by the local usual interval; "usual" beats are those of the shape that
/// leads the recording.
enum class BeatFeature : std::uint8_t {
  rr_before,       ///< ln of the interval before
  rr_after,        ///< ln of the interval after
  rr_step,         ///< ln of the interval before over the one before that
  pause,           ///< ln of both intervals over two usual ones: 0 for a compensatory pause
  early,           ///< how much earlier than usual, in units of the rhythm's own unrest: 0 … 4
  late_part,       ///< how much later than usual: max(0, rr_before)
  unrest,          ///< median |change of ln RR| among the neighbours
  likeness,        ///< correlation with the usual beat over ±100 ms, all leads
  worst_likeness,  ///< the smallest one by lead
  departure,       ///< ln of the energy of the difference from the usual beat over the usual beat's
  size,            ///< ln of the energy over the usual beat's
  width,           ///< ln of the spread of the steepness in time over 40 ms
  width_change,    ///< the same over the usual beat's
  steepness,       ///< ln of the greatest steepness over the usual beat's
  repolarisation,  ///< correlation of ST and T, 120 … 360 ms, with the usual beat's
  p_likeness,      ///< how much of the usual P wave stands where it should, 0 … 1.5
  p_region,        ///< ln of the energy before the complex over the usual one
  shape_rarity,    ///< ln of the part of all beats that have this shape
  shape_rr,        ///< mean rr_before of the beats of this shape
  shape_likeness,  ///< mean likeness of the beats of this shape
  rr_long,         ///< ln of the interval before over what is usual among ±250 beats: runs that last stay early
  shape_size,      ///< means over the beats of this shape
  shape_width_change,
  shape_steepness,
  shape_repolarisation,
  shape_p,
  p_departure,            ///< ln of the energy of the difference from the usual P wave's region over the usual one
  nearby_p,               ///< mean p_likeness of the beat and up to 8 on each side: runs of another focus
  nearby_repolarisation,  ///< the same of repolarisation: early P waves fall into the T waves before them
  num_features
};
inline constexpr auto num_beat_features = static_cast<std::size_t>(BeatFeature::num_features);
/// Names as the model's file gives them, in the enumeration's order.
inline constexpr std::array<std::string_view, num_beat_features> beat_feature_names{"rr_before",
                                                                                    "rr_after",
                                                                                    "rr_step",
                                                                                    "pause",
                                                                                    "early",
                                                                                    "late_part",
                                                                                    "unrest",
                                                                                    "likeness",
                                                                                    "worst_likeness",
                                                                                    "departure",
                                                                                    "size",
                                                                                    "width",
                                                                                    "width_change",
                                                                                    "steepness",
                                                                                    "repolarisation",
                                                                                    "p_likeness",
                                                                                    "p_region",
                                                                                    "shape_rarity",
                                                                                    "shape_rr",
                                                                                    "shape_likeness",
                                                                                    "rr_long",
                                                                                    "shape_size",
                                                                                    "shape_width_change",
                                                                                    "shape_steepness",
                                                                                    "shape_repolarisation",
                                                                                    "shape_p",
                                                                                    "p_departure",
                                                                                    "nearby_p",
                                                                                    "nearby_repolarisation"};

using BeatFeatures = std::array<float, num_beat_features>;

/// Beats compared with the usual one, and what their timing was found from.
struct ComparedBeats {
  std::vector<BeatFeatures> features;  ///< [beat]
  AlignedBeats aligned;                ///< the same beats by shape
  std::vector<std::int64_t> samples;   ///< [beat] at the rate at which shapes are compared
  std::size_t usual_shape = 0;
};

/// Features of every beat, finite whatever the signal. Leads are freed of baseline (0.5 Hz) and low-passed
/// (40 Hz) without phase at 120–250 Hz. Beats are grouped by shape (align_beats); the usual shape is that of the most
/// time which is not mostly premature or much wider than another frequent one, and the usual beat its running mean.
/// @param beats  samples of the QRS complexes, ascending
/// Cost O(leads · samples + beats · shapes · leads).
[[nodiscard]] ComparedBeats compare_beats(const LeadSignals& signals, std::span<const std::int64_t> beats);
/// [beat] their features alone.
[[nodiscard]] std::vector<BeatFeatures> beat_features(const LeadSignals& signals, std::span<const std::int64_t> beats);

/// Gives the features of timing anew as if some beats were not there, which have two neighbours each that are: the
/// interval before or after a beat is that to the next one that counts. A beat that does not count keeps its own
/// intervals. Cost O(beats).
void time_without(const std::vector<bool>& is_left_out, ComparedBeats& beats);

}  // namespace xingu::ecg
