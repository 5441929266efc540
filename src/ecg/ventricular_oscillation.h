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

/// Below it a lead may fibrillate: Kuo and Dillman 1978, as compared by Jekova 2000, "Comparison of five algorithms for
/// the detection of ventricular fibrillation from the surface ECG", Physiol. Meas. 21: 429–439. The second is theirs
/// for waves no smaller than before.
inline constexpr float most_leakage = 0.406F;
inline constexpr float most_leakage_upheld = 0.625F;
/// A sine has 0.64, the sum of five of random phases over 4 s 0.27 and more in 95 of 100 (computed).
inline constexpr float least_crowding = 0.25F;
/// Ventricular flutter begins at 150 a minute, fibrillatory waves end at 500 (8.3 Hz).
inline constexpr float slowest_swing_hz = 2.5F;
inline constexpr float fastest_swing_hz = 9.0F;
/// 0.1 mV from top to bottom, below which it is asystole (Kerber et al. 1997, Circulation 95: 1677–1682): of a sine the
/// mean size is 1/π of that.
inline constexpr float least_mean_mv = 0.03F;

/// The lead swings as in ventricular fibrillation or flutter.
/// @param leakage_limit  most_leakage, or most_leakage_upheld where it did before
[[nodiscard]] bool is_swinging(const Oscillation& lead, float leakage_limit) noexcept;
/// The lead shows complexes apart: with more leakage than a fibrillating one can have, of 1/5 of the interval or less.
[[nodiscard]] bool has_complexes(const Oscillation& lead) noexcept;

}  // namespace xingu::ecg
