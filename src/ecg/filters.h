// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace xingu::ecg {

/// A second-order section, direct form II transposed. Butterworth designs by the bilinear transform with the cut-off
/// frequency prewarped. Plain data; a NaN that enters stays, so fill gaps before.
class Biquad {
 public:
  [[nodiscard]] static Biquad low_pass(double cutoff_hz, double rate_hz);
  [[nodiscard]] static Biquad high_pass(double cutoff_hz, double rate_hz);

  [[nodiscard]] double step(double x) {
    const double y = b0_ * x + z1_;
    z1_ = b1_ * x - a1_ * y + z2_;
    z2_ = b2_ * x - a2_ * y;
    return y;
  }
  /// The state in which a constant input has lasted for ever: no start-up transient.
  void settle(double x);

 private:
  double b0_ = 1.0, b1_ = 0.0, b2_ = 0.0, a1_ = 0.0, a2_ = 0.0;
  double z1_ = 0.0, z2_ = 0.0;
};

/// Forward and backward: no phase shift, the attenuation twice, cut-off at −6 dB. In place. Cost O(n).
void filter_both_ways(std::span<float> signal, const Biquad& section);

/// Mean over a centred window of `width` samples (made odd), shorter at the ends. Cost O(n).
[[nodiscard]] std::vector<float> moving_mean(std::span<const float> signal, std::size_t width);

/// Median over a centred window of `width` values (made odd), shorter at the ends. Cost O(n·width).
[[nodiscard]] std::vector<float> moving_median(std::span<const float> signal, std::size_t width);

/// Subtracts the sinusoid of 50 Hz or 60 Hz, whichever is larger, that fits each four seconds best (least squares),
/// where its amplitude is above 8 µV. It rings at no complex, as a notch filter would. In place, mV. Cost O(n).
void remove_mains(std::span<float> signal, double rate_hz);

/// Holds the last valid value over NaN, the first valid one before it; 0 where nothing is valid.
void fill_gaps(std::span<float> signal);

/// The q-quantile, 0 ≤ q ≤ 1, of a copy; NaN for an empty set. Cost O(n).
[[nodiscard]] float quantile(std::vector<float> values, double q);

}  // namespace xingu::ecg
