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
  std::vector<bool> is_disturbed{};  ///< [beat] averaged with no other; empty: none
};

/// Shifts each beat by up to ±40 ms to where it correlates best with its shape's average (±100 ms, all leads, QRS
/// band), and gives it a shape of its own if no average correlates at 0.9. Cost O(beats · shapes · leads).
/// @param qrs  [lead][time] mV, low-passed and free of baseline and NaN
[[nodiscard]] AlignedBeats align_beats(const std::vector<std::vector<float>>& qrs, double rate_hz,
                                       std::span<const std::int64_t> beats);

/// The beat itself and the beats of its shape among the 3·neighbours nearest, up to `neighbours` on each side; none
/// that is disturbed.
[[nodiscard]] std::vector<std::size_t> alike_beats(const AlignedBeats& beats, std::size_t beat, std::size_t neighbours);

/// [beat] whether a jolt lies where its P, QRS and T waves are, from 0.6 s before to 0.6 s behind it: the electrode's
/// voltage falls off for some tenths of a second; empty where it is
/// so in half of the beats, of which enough are to be averaged.
/// @param jolts  samples, ascending
[[nodiscard]] std::vector<bool> disturbed_beats(std::span<const std::int64_t> beats,
                                                const std::vector<std::int64_t>& jolts, double rate_hz);

/// Mean of one lead about a beat over beats that are alike (alike_beats): noise falls by the root of their number
/// while slow changes of the waves stay. Samples outside the signal are left out.
/// @param before, after  samples about the beat; the result has before + after + 1 values
[[nodiscard]] std::vector<float> local_average(const std::vector<float>& lead, const AlignedBeats& beats,
                                               std::span<const std::size_t> alike, std::size_t before,
                                               std::size_t after);

/// The same for as many leads as one likes, and without what belongs to other beats: where a neighbour's own next or
/// previous beat is nearer than the beat's, its complex would lie on the beat's T or P wave. A neighbour fades out on
/// its way there; the beat itself counts throughout.
class OwnAverage {
 public:
  /// @param alike   as alike_beats() gives them, the beat itself first
  /// @param length  of the leads, samples
  OwnAverage(const AlignedBeats& beats, std::span<const std::size_t> alike, std::size_t before, std::size_t after,
             std::int64_t length, double rate_hz);
  /// before + after + 1 values about the beat
  [[nodiscard]] std::vector<float> of(const std::vector<float>& lead) const;

 private:
  /// Where one beat is averaged in: indices of the result.
  struct Part {
    std::int64_t origin = 0;                ///< sample of index 0
    std::int64_t first = 0, rises_to = 0;   ///< its weight rises from 0 to 1
    std::int64_t falls_from = 0, last = 0;  ///< and falls again
    std::size_t ramps = 0;                  ///< where its weights begin in ramps_, the rising ones first
  };
  static void add_weighted(const float* x, const Part& part, const float* ramps, float* sums);
  std::int64_t width_;
  std::vector<Part> parts_;
  std::vector<float> ramps_;  ///< weights that are neither 0 nor 1
  std::vector<float> share_;  ///< [index] 1 / sum of the weights
};

}  // namespace xingu::ecg
