// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/beat_average.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// Where beats lie between the samples. A detector places a complex to some milliseconds, and what its places jitter by
/// would count as variability of the heart. Each beat is moved to where its complex (±80 ms, all leads that show it)
/// correlates best with the mean of its shape, or of the most frequent one where most leads show that, the maximum by
/// the parabola through three samples; the mean's own average over the leads is left out, so that neither an offset nor
/// a slope of the baseline moves it. A shape is anchored where its beats were placed on average. Cost some 2 µs per
/// beat and eight leads at 250 Hz.
///
/// @param signals  mV; a lead does not count for a beat of which a sample is NaN
/// @param beats    samples, ascending, and how they are aligned: `waves.beats` of delineate() of these signals and
/// beats
/// @return [beat] samples to add to `beats`, within ±30 ms; 0 where a complex is not like its shape
[[nodiscard]] std::vector<float> fine_offsets(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                              const AlignedBeats& aligned);

}  // namespace xingu::ecg
