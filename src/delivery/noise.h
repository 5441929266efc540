// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/philox.h"
#include "geometry/pose.h"

namespace xingu {

/// Normal random numbers of one source of noise, addressed by step: the same step gives the same number, whatever was
/// drawn before. Box and Muller 1958 on Philox. No allocation; safe to call concurrently.
class Noise {
 public:
  Noise(std::uint64_t seed, std::uint64_t stream) noexcept : random_(seed, stream) {}

  /// Standard normal; `channel` separates several numbers of one step, below 16.
  [[nodiscard]] double normal(std::uint64_t step, unsigned channel = 0) const noexcept {
    const auto words = random_.words((step << 4U) | channel);
    // (0, 1]: the logarithm must exist
    const double radius = std::sqrt(-2.0 * std::log((words[0] + 1.0) * 0x1.0p-32));
    return radius * std::cos(2.0 * std::numbers::pi * words[1] * 0x1.0p-32);
  }
  [[nodiscard]] Vec3 normal3(std::uint64_t step) const noexcept {
    return {normal(step, 0), normal(step, 1), normal(step, 2)};
  }
  [[nodiscard]] double uniform(std::uint64_t step) const noexcept { return random_.uniform(step); }

 private:
  Philox random_;
};

}  // namespace xingu
