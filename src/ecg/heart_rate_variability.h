// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/rhythm_episodes.h"

namespace xingu::ecg {

/// An interval between two neighbouring normal beats.
struct NormalInterval {
  double end_s = 0.0;  ///< time of the second beat
  double nn_ms = 0.0;
};

/// Intervals between neighbouring normal beats: none across an ectopic beat, a rejected second, or a gap above 3 s.
/// @param fine_offsets  [beat] samples to add to `beats`; none where it is empty
[[nodiscard]] std::vector<NormalInterval> normal_intervals(std::span<const std::int64_t> beats,
                                                           std::span<const BeatType> types,
                                                           const std::vector<bool>& is_rejected, double rate_hz,
                                                           std::span<const float> fine_offsets = {});
/// The same without the beats about which the atria fibrillate: no sinus node paces them, and what their intervals vary
/// by is none of its variability.
/// @param fine_offsets  [beat] samples to add to the places of the beats (fine_offsets()); none where it is empty
[[nodiscard]] std::vector<NormalInterval> normal_intervals(const BeatSequence& beats,
                                                           std::span<const Fibrillation> states,
                                                           std::span<const float> fine_offsets = {});

/// Heart rate variability in the time domain (Task Force of the ESC and NASPE, Circulation 93 (1996) 1043, table 1). A
/// value that the recording is too short for is absent.
struct TimeVariability {
  std::size_t num_intervals = 0;
  double mean_nn_ms = 0.0;
  double sdnn_ms = 0.0;                    ///< standard deviation of all NN intervals
  std::optional<double> sdann_ms;          ///< standard deviation of the means of 5-min stretches; from 3 stretches on
  std::optional<double> sdnn_index_ms;     ///< mean of the standard deviations of 5-min stretches
  double rmssd_ms = 0.0;                   ///< root mean square of successive differences
  double sdsd_ms = 0.0;                    ///< standard deviation of successive differences
  std::size_t nn50 = 0;                    ///< number of successive differences above 50 ms
  double pnn50_percent = 0.0;              ///< their part
  std::optional<double> triangular_index;  ///< number over the height of the histogram, 1/128 s bins; from 20 min on
  std::optional<double> tinn_ms;  ///< base of the triangle that fits that histogram's peak best; from 20 min on
};

/// Power of NN intervals by frequency, ms² (table 2 there): mean over the 5-min stretches, each with its mean removed.
struct SpectralVariability {
  std::size_t num_stretches = 0;
  double vlf_ms2 = 0.0;  ///< 0.003 … 0.04 Hz
  double lf_ms2 = 0.0;   ///< 0.04 … 0.15 Hz
  double hf_ms2 = 0.0;   ///< 0.15 … 0.4 Hz

  [[nodiscard]] double total_ms2() const { return vlf_ms2 + lf_ms2 + hf_ms2; }
  [[nodiscard]] double lf_to_hf() const { return lf_ms2 / hf_ms2; }
  /// Normalised units: of the power without the very low frequencies; HF is the rest of 100 %.
  [[nodiscard]] double lf_normalised_percent() const { return 100.0 * lf_ms2 / (lf_ms2 + hf_ms2); }
  [[nodiscard]] double hf_normalised_percent() const { return 100.0 * hf_ms2 / (lf_ms2 + hf_ms2); }
};

/// What only a whole day shows (table 2 there).
struct DayVariability {
  double ulf_ms2 = 0.0;  ///< power up to 0.003 Hz
  double slope = 0.0;    ///< of log power by log frequency, 10⁻⁴ to 10⁻² Hz: −1 where power falls as 1/f
};

/// @return nothing for fewer than 10 intervals
[[nodiscard]] std::optional<TimeVariability> time_variability(std::span<const NormalInterval> intervals);

/// Spectrum by the periodogram for uneven times of Lomb (Astrophys. Space Sci. 39 (1976) 447, eq. 13) and Scargle,
/// which needs no interpolation over left-out beats: S(f) = 2 T/N · P(f), so that a sinusoid of amplitude A gives A²/2.
/// A stretch counts if its NN intervals fill four fifths of it. Cost O(intervals · 200).
/// @return nothing if no stretch counts
[[nodiscard]] std::optional<SpectralVariability> spectral_variability(std::span<const NormalInterval> intervals);

/// By the same periodogram over the whole recording, of means of 20 s (their loss of power is made good). The slope is
/// the least squares over 20 bands that are equally wide by the logarithm, each with the mean power of its frequencies
/// and their number as weight. Cost O((recording / 20 s)² / 5).
/// @return nothing under 20 h, or where normal intervals fill less than half of it
[[nodiscard]] std::optional<DayVariability> day_variability(std::span<const NormalInterval> intervals);

}  // namespace xingu::ecg
