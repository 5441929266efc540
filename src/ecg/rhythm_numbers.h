// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "ecg/statements.h"

namespace xingu::ecg {

/// Numbers of a rhythm, of which statements are made. Cost O(beats) each.

/// Part of the beats, of those whose waves were sought, that can be told apart and are not ectopic, that have a P wave.
[[nodiscard]] double p_share(const Analysis& analysis);

/// Irregularity of the intervals between beats that are not ectopic. Where those are too few to follow each other, of
/// the intervals from one such beat to the next across ectopic ones: each is compared with the last across as many.
/// Nothing where these, too, are too few.
[[nodiscard]] std::optional<double> rhythm_irregularity(const Analysis& analysis);

/// What a longer interval between beats is a pause from, s: of the usual one, the median, which a pause does not move.
[[nodiscard]] double longest_usual_interval_s(const BeatSequence& beats, const StatementThresholds& thresholds);

/// Mean rate of the intervals between two beats that follow each other and are not ectopic: the rhythm's own, which
/// pauses and the intervals about an early beat are not. The mean rate of all where there are fewer than three.
struct OwnRate {
  double per_min = 0.0;
  std::optional<double> least_per_min;  ///< from one beat that is not ectopic to the next, where all are counted
  bool is_without_ectopic = false;      ///< of intervals between beats that are not ectopic alone
};
/// @pre a rate is measured
[[nodiscard]] OwnRate own_rate(const StatementThresholds& thresholds, const Analysis& analysis);

/// Standard deviation over mean of the intervals between two beats that follow each other, neither of the ventricles; 0
/// where there are fewer than three. Without P waves an early beat is told by its time alone, as fibrillation has it.
[[nodiscard]] double own_spread(const BeatSequence& beats);

/// Beats that can be told apart.
struct ToldBeats {
  std::size_t all = 0;
  std::size_t ectopic = 0;
};
[[nodiscard]] ToldBeats told_beats(const BeatSequence& beats);

}  // namespace xingu::ecg
