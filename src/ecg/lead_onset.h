// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace xingu::ecg {

/// Where a complex lies on a lead's averaged beat: indices of the curve.
struct ComplexPlace {
  std::ptrdiff_t first = 0;     ///< that belongs to this beat and to no neighbour
  std::ptrdiff_t onset = 0;     ///< as all leads together have it
  std::ptrdiff_t offset = 0;    ///< the same; not beyond the curve
  std::ptrdiff_t steepest = 0;  ///< of this lead
  double rate_hz = 0.0;
};

/// What readers of one lead's trace go by when they mark where its complex begins.
///
/// A flank is the monotone run that carries the trace past a share of its greatest departure from the level before the
/// complex; it is seen to begin where it has a quarter of its greatest slope. A small first wave that a larger one of
/// the other sign follows is often passed over by readers: the later flanks tell where the larger one begins.
enum class OnsetSign {
  slight_flank,  ///< past 12 % of the departure: where it is seen to begin
  flank,         ///< past 30 %
  main_turn,     ///< where the flank past 65 % begins
  steepest       ///< where the trace is steepest
};
inline constexpr std::size_t num_onset_signs = 4;
using OnsetSigns = std::array<float, num_onset_signs>;

/// Samples after the common onset. They do not depend on the lead's gain.
/// @param curve  a beat averaged on one lead, any unit
/// Cost O(length of the complex).
[[nodiscard]] OnsetSigns onset_signs(std::span<const float> curve, const ComplexPlace& place);

}  // namespace xingu::ecg
