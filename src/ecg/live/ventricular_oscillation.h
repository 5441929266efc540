// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace xingu::ecg {

/// How far a stretch of one lead is a single oscillation that never rests, as in ventricular fibrillation and flutter.
struct Oscillation {
  float leakage = 1.0F;       ///< what half a mean period's delay does not cancel, 0 (a sine) … 1 (lone complexes)
  float frequency_hz = 0.0F;  ///< from the mean steepness
  float mean_mv = 0.0F;       ///< mean size
  float crowding = 0.0F;  ///< mean size over the largest of the stretch: a sine 0.64, a heart's complexes 0.1 to 0.25
};

/// The VF-filter of Kuo and Dillman 1978, "Computer detection of ventricular fibrillation" (Computers in Cardiology
/// 347–349): with T = 2π Σ|x_i| / Σ|x_i − x_(i−1)| the leakage is Σ|x_i + x_(i−T/2)| / Σ(|x_i| + |x_(i−T/2)|). T/2 is
/// taken between samples.
///
/// @param x  [sample] mV without baseline, two samples at least; oldest first
/// @return   leakage 1 and no frequency where nothing moves
/// Cost O(samples); neither allocates nor throws.
[[nodiscard]] Oscillation measure_oscillation(std::span<const float> x, double rate_hz) noexcept;

}  // namespace xingu::ecg
