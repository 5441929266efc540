// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace xingu {

/// A figure for people's JSON: to a millionth, beyond which degrees made of radians only carry rounding (-185 would
/// read -185.00000000000003). Zero has no sign.
[[nodiscard]] inline double shown_number(double value) {
  return std::abs(value) < 1e9 ? std::round(value * 1e6) / 1e6 + 0.0 : value;
}

}  // namespace xingu
