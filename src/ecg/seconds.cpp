// SPDX-License-Identifier: Apache-2.0
#include "ecg/seconds.h"

#include <cmath>

namespace xingu::ecg {

std::int64_t begin_of_second(std::size_t second, double rate_hz) noexcept {
  auto begin = static_cast<std::int64_t>(std::ceil(static_cast<double>(second) * rate_hz));
  // The product is rounded, and so is the quotient that says where a sample is: they may differ by a sample.
  while (begin > 0 && second_of(begin - 1, rate_hz) >= second) {
    --begin;
  }
  while (second_of(begin, rate_hz) < second) {
    ++begin;
  }
  return begin;
}

std::size_t num_seconds_half_there(std::size_t num_samples, double rate_hz) noexcept {
  const auto end = static_cast<std::int64_t>(num_samples);
  const std::size_t whole = second_of(end, rate_hz);
  const std::int64_t begin = begin_of_second(whole, rate_hz);
  const std::int64_t next = begin_of_second(whole + 1, rate_hz);
  return whole + (2 * (end - begin) >= next - begin ? 1 : 0);
}

}  // namespace xingu::ecg
