// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace xingu {

/// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
/// A stream is named by its key, for example (seed, beam) and (history, draw); any thread may draw any number of any
/// stream, so results do not depend on the number of threads. Plain data, no allocation.
class Philox {
 public:
  Philox(std::uint64_t seed, std::uint64_t stream) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}, stream_(stream) {}

  /// Four independent 32-bit words for draw number `index` of this stream.
  [[nodiscard]] std::array<std::uint32_t, 4> words(std::uint64_t index) const noexcept {
    std::array<std::uint32_t, 4> c{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                                   static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)};
    std::array<std::uint32_t, 2> k = key_;
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t{0xD2511F53U} * c[0];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * c[2];
      c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(b),
           static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(a)};
      k[0] += 0x9E3779B9U;
      k[1] += 0xBB67AE85U;
    }
    return c;
  }

  /// The words of draws first, first + 1, … side by side, out[word][lane]: the same numbers as words(), in a form that
  /// compilers turn into vector instructions.
  template <std::size_t Lanes>
  void words_of(std::uint64_t first, std::array<std::array<std::uint32_t, Lanes>, 4>& out) const noexcept {
    for (std::size_t i = 0; i < Lanes; ++i) {
      out[0][i] = static_cast<std::uint32_t>(first + i);
      out[1][i] = static_cast<std::uint32_t>((first + i) >> 32);
      out[2][i] = static_cast<std::uint32_t>(stream_);
      out[3][i] = static_cast<std::uint32_t>(stream_ >> 32);
    }
    std::array<std::uint32_t, 2> k = key_;
    for (int round = 0; round < 10; ++round) {
      for (std::size_t i = 0; i < Lanes; ++i) {
        const std::uint64_t a = std::uint64_t{0xD2511F53U} * out[0][i];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * out[2][i];
        out[0][i] = static_cast<std::uint32_t>(b >> 32) ^ out[1][i] ^ k[0];
        out[1][i] = static_cast<std::uint32_t>(b);
        out[2][i] = static_cast<std::uint32_t>(a >> 32) ^ out[3][i] ^ k[1];
        out[3][i] = static_cast<std::uint32_t>(a);
      }
      k[0] += 0x9E3779B9U;
      k[1] += 0xBB67AE85U;
    }
  }

  /// Uniform in [0, 1), 53 bits.
  [[nodiscard]] double uniform(std::uint64_t index) const noexcept {
    const auto w = words(index);
    const std::uint64_t bits = (std::uint64_t{w[0]} << 32) | w[1];
    return static_cast<double>(bits >> 11) * 0x1.0p-53;
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint64_t stream_;
};

}  // namespace xingu
