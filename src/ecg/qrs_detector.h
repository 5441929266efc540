// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_feature.h"

namespace xingu::ecg {

/// A short disturbance in a pause, in which a complex may be hidden: samples [from, until).
struct GapDisturbance {
  std::int64_t from = 0;
  std::int64_t until = 0;
};

/// Where the ventricles were depolarised.
struct QrsDetection {
  std::vector<std::int64_t> sample;  ///< of the signal, ascending: the middle of the complex's energy
  std::vector<float> confidence;     ///< 0 … 1 each
  /// Seconds in which noise is so large beside the complexes that beats may be missed or invented, or in which no lead
  /// has a signal: no rate is to be given from them.
  std::vector<bool> is_rejected;
  std::vector<std::int64_t>
      tall_t;  ///< samples of T waves as tall as complexes, taken out of the beats (tall_t_waves.h)
  std::vector<std::int64_t> jolts;  ///< samples of what one limb's electrode made, which is no beat (electrode_pops.h)
  std::vector<GapDisturbance> disturbances{};  ///< in gaps that are otherwise silent (long_gaps.h), ascending
};

/// Whether no second between two times is rejected, so that no beat may be missing there.
[[nodiscard]] bool is_heard(const std::vector<bool>& is_rejected, double from_s, double until_s);
/// Intervals between successive beats where none can be missing between them, s. `rate_hz` is that of their samples.
[[nodiscard]] std::vector<float> clear_intervals(const QrsDetection& beats, double rate_hz);

/// QRS complexes of a recording that is there as a whole, on all its leads together, in two passes: clear complexes
/// first, then those that the clear ones' heights, distances and shapes make likely. docs/methods/ecg-qrs.md gives the
/// rules. Cost O(leads · samples).
[[nodiscard]] QrsDetection detect_qrs(const LeadSignals& signals);
[[nodiscard]] QrsDetection detect_qrs(const QrsFeature& feature);

}  // namespace xingu::ecg
