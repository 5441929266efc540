// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace xingu::ecg {

/// Subtracts the sinusoid of 50 Hz or 60 Hz, whichever is larger, that fits each four seconds best (least squares),
/// where its amplitude is above 8 µV. It rings at no complex, as a notch filter would. In place, mV. Cost O(n).
void remove_mains(std::span<float> signal, double rate_hz);

/// Holds the last valid value over NaN, the first valid one before it; 0 where nothing is valid.
void fill_gaps(std::span<float> signal);

/// The value at rank ⌊q (n − 1)⌋ of a copy, q from 0 to 1: of an even number of values the median is the lower middle
/// one. 0 for none. Cost O(n).
[[nodiscard]] float lower_quantile(std::vector<float> values, double q);

}  // namespace xingu::ecg
