// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace xingu::ecg {

/// The seconds into which a signal is cut. Second s holds the samples whose time, their number by the rate, is from s
/// up to s + 1: at 333.33 Hz 333 or 334 of them, so that its seconds are those of the clock however long it is. All
/// that is told by second, quality, rejected beats, tremor, is told by these. Rates are above 0.

/// The second of a sample, from 0 on.
[[nodiscard]] inline std::size_t second_of(std::int64_t sample, double rate_hz) noexcept {
  return static_cast<std::size_t>(static_cast<double>(sample) / rate_hz);
}

/// The first sample of a second: that of which second_of() gives it, to the last bit.
[[nodiscard]] std::int64_t begin_of_second(std::size_t second, double rate_hz) noexcept;

/// Seconds of which there is a sample at least.
[[nodiscard]] inline std::size_t num_seconds_begun(std::size_t num_samples, double rate_hz) noexcept {
  return num_samples == 0 ? 0 : second_of(static_cast<std::int64_t>(num_samples) - 1, rate_hz) + 1;
}

/// Seconds of which half or more is there.
[[nodiscard]] std::size_t num_seconds_half_there(std::size_t num_samples, double rate_hz) noexcept;

}  // namespace xingu::ecg
