// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// Beats aligned to each other to the sample, and grouped by the shape of their QRS complex on all leads.
struct AlignedBeats {
  std::vector<std::int64_t> samples;  ///< [beat] the same point of the complex in all beats of one shape
  std::vector<std::size_t> shape;     ///< [beat] number of the shape; 0 is the most frequent
  std::size_t num_shapes = 0;
};

/// Shifts each beat by up to ±40 ms to where it correlates best with its shape's average (±100 ms, all leads, QRS
/// band), and gives it a shape of its own if no average correlates at 0.9. Cost O(beats · shapes · leads).
/// @param qrs  [lead][time] mV, low-passed and free of baseline and NaN
[[nodiscard]] AlignedBeats align_beats(const std::vector<std::vector<float>>& qrs, double rate_hz,
                                       std::span<const std::int64_t> beats);

/// The beat itself and the beats of its shape among the 3·neighbours nearest, up to `neighbours` on each side.
[[nodiscard]] std::vector<std::size_t> alike_beats(const AlignedBeats& beats, std::size_t beat, std::size_t neighbours);

/// Mean of one lead about a beat over beats that are alike (alike_beats): noise falls by the root of their number
/// while slow changes of the waves stay. Samples outside the signal are left out.
/// @param before, after  samples about the beat; the result has before + after + 1 values
[[nodiscard]] std::vector<float> local_average(const std::vector<float>& lead, const AlignedBeats& beats,
                                               std::span<const std::size_t> alike, std::size_t before,
                                               std::size_t after);

}  // namespace xingu::ecg
