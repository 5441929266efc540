// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace xingu::ecg {

/// A second-order section, direct form II transposed: y = b0·x + …, causal, one sample a step.
class Biquad {
 public:
  /// Butterworth low-pass and high-pass of second order by the bilinear transform with the edge frequency (−3 dB) kept
  /// (Oppenheim & Schafer, Discrete-Time Signal Processing, 7.1). Edge in Hz, below rate_hz/2.
  [[nodiscard]] static Biquad low_pass(double edge_hz, double rate_hz);
  [[nodiscard]] static Biquad high_pass(double edge_hz, double rate_hz);

  [[nodiscard]] double step(double x) {
    const double y = b0_ * x + state1_;
    state1_ = b1_ * x + state2_ - a1_ * y;  // y is waited for last
    state2_ = b2_ * x - a2_ * y;
    return y;
  }
  /// The state in which a constant input `x` has always been there.
  void settle(double x);

 private:
  friend void filter_zero_phase(const Biquad& section, std::span<std::vector<float>> signals, std::size_t margin);
  friend std::vector<std::vector<float>> filtered_zero_phase(const Biquad& section,
                                                             std::span<const std::vector<float>> signals,
                                                             std::size_t margin);
  /// Forwards and backwards over signals of one length. @param filtered  of the same length; may be the signals
  void filter_all(std::span<const std::vector<float>> signals, std::span<std::vector<float>> filtered,
                  std::size_t margin) const;
  /// Up to Lanes of them at once.
  template <std::size_t Lanes>
  void filter_side_by_side(std::span<const std::vector<float>> signals, std::span<std::vector<float>> filtered,
                           std::size_t pad) const;
  Biquad(double b0, double b1, double b2, double a1, double a2) : b0_(b0), b1_(b1), b2_(b2), a1_(a1), a2_(a2) {}
  double b0_, b1_, b2_, a1_, a2_;
  double state1_ = 0.0;
  double state2_ = 0.0;
};

/// Runs a section over a signal forwards and then backwards, in place: no phase, the attenuation squared. The ends are
/// continued by point reflection over `margin` samples. Cost O(n).
void filter_zero_phase(Biquad section, std::span<float> signal, std::size_t margin);

/// The same for signals of one length, four, eight or twelve at a time, so that a processor has something to do while
/// it waits for the step before: the same bits, several times as fast.
void filter_zero_phase(const Biquad& section, std::span<std::vector<float>> signals, std::size_t margin);

/// The same with the signals left as they are.
[[nodiscard]] std::vector<std::vector<float>> filtered_zero_phase(const Biquad& section,
                                                                  std::span<const std::vector<float>> signals,
                                                                  std::size_t margin);

/// Two seconds of continuation: enough for edges down to 0.5 Hz.
[[nodiscard]] inline std::size_t filter_margin(double rate_hz) { return static_cast<std::size_t>(2 * rate_hz); }

/// Mean over `width` samples (made odd) around each one, fewer at the ends. Cost O(n).
[[nodiscard]] std::vector<float> moving_mean(std::span<const float> signal, std::size_t width);

/// Every `factor`-th sample of the signal after a mean over `factor` samples. NaN stay within their own sample.
[[nodiscard]] std::vector<float> decimate(std::span<const float> signal, std::size_t factor);

/// Whether a value is not a number. Cost O(n), 16 values at a time.
[[nodiscard]] bool has_gaps(std::span<const float> signal) noexcept;

/// The place of the first value that equals `value` from `from` on, the size where none does. Cost as has_gaps().
[[nodiscard]] std::size_t find_equal(std::span<const float> signal, std::size_t from, float value) noexcept;

/// The smallest and the largest value, what is not a number passed over; low > high where there is nothing.
struct ValueRange {
  float low = std::numeric_limits<float>::max();
  float high = std::numeric_limits<float>::lowest();
};
/// Cost as has_gaps().
[[nodiscard]] ValueRange value_range(std::span<const float> signal) noexcept;

/// Holds the last valid value over NaN, the first valid one before it; 0 where nothing is valid. Cost O(n).
void fill_gaps(std::span<float> signal);

/// Draws a line across NaN between valid samples where there are no more than `longest` in a row. Cost O(n).
void bridge_gaps(std::span<float> signal, std::size_t longest);

/// Largest |x[i + width] − x[i]| of samples within [from, until), which may reach beyond the signal; NaN is passed
/// over, 0 where there is nothing. How steep something is, whatever it stands on. Cost O(until − from).
[[nodiscard]] float largest_change(std::span<const float> x, std::int64_t from, std::int64_t until, std::int64_t width);

/// The q-quantile (0 … 1) of the values, which are reordered; 0 for none. Cost O(n).
[[nodiscard]] float quantile(std::span<float> values, double q);
[[nodiscard]] inline float quantile(std::vector<float>&& values, double q) { return quantile(std::span(values), q); }

/// The q-quantile of values of which none is negative or not a number, the same value as quantile() finds, without
/// reordering them: by counting their leading bits. Several times as fast from some 100 values on. Cost O(n).
[[nodiscard]] float quantile_of_sizes(std::span<const float> values, double q);

/// The same without allocating. @param scratch  at least as long; may be the values themselves, which are then lost
[[nodiscard]] float quantile_of_sizes(std::span<const float> values, double q, std::span<float> scratch);

/// The median, the mean of the middle two of an even number; 0 for none. The values are reordered. Cost O(n).
[[nodiscard]] float median(std::span<float> values);

}  // namespace xingu::ecg
