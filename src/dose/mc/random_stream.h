// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "base/philox.h"

namespace xingu::mc {

/// The random numbers of one history, in the order in which they are asked for: blocks of Philox keyed by (seed,
/// history). Any thread that runs the history draws the same numbers. Plain data.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t history) noexcept : philox_(seed, history) {}

  /// Uniform in (0, 1), never 0 or 1: 23 bits, so that the half that keeps off 0 does not round up to 1.
  [[nodiscard]] float uniform() noexcept {
    if (used_ == 4) {
      block_ = philox_.words(next_++);
      used_ = 0;
    }
    return to_uniform(block_[used_++]);
  }

  /// Four words for each of `num` lanes at once: words[w][lane].
  template <std::size_t Lanes>
  void lanes(std::array<std::array<std::uint32_t, Lanes>, 4>& words) noexcept {
    philox_.template words_of<Lanes>(next_, words);
    next_ += Lanes;
  }

  [[nodiscard]] static float to_uniform(std::uint32_t word) noexcept {
    return (static_cast<float>(word >> 9) + 0.5F) * 0x1.0p-23F;
  }

 private:
  Philox philox_;
  std::uint64_t next_ = 0;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace xingu::mc
