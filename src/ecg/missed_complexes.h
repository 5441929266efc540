// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ecg/qrs_feature.h"

namespace xingu::ecg {

/// What may be a complex.
struct ComplexCandidate {
  std::int64_t at = 0;   ///< sample of the feature
  float height = 0.0F;   ///< part of the complexes about it
  bool is_quiet = true;  ///< what lies about it is no noise
};

/// Complexes that the best sequence leaves out because they are seen once only and come at a time of their own, as an
/// extrasystole between two sinus beats or on a T wave does. Such a one stands alone between two beats or behind the
/// last, in quiet surroundings, on two leads of three with a quarter of the energy and an eighth of the steepness of
/// that lead's own complexes; it is 0.35 times as high as the complexes about it (0.55 within 0.3 s of the one before),
/// three times as high as what stands so long behind the other beats and, up to 0.3 s before the next beat, so long
/// before the others, where T and P waves are, and 2.5 times as high as whatever else is no complex within 5 s.
/// A recording of one lead gives none. docs/methods/ecg-qrs.md.
///
/// @param candidates  ascending
/// @param beats  numbers of those that are beats, ascending
/// @return `beats` with them. Cost O(candidates · (beats nearby + candidates)).
[[nodiscard]] std::vector<std::size_t> with_missed_complexes(const QrsFeature& feature,
                                                             const std::vector<ComplexCandidate>& candidates,
                                                             const std::vector<std::size_t>& beats);

}  // namespace xingu::ecg
