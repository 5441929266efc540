// SPDX-License-Identifier: Apache-2.0
#include "base/uid.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/files.h"

namespace xingu {
namespace {

/// A 128-bit number in decimal, by long division of its 32-bit words.
std::string decimal(std::uint64_t high, std::uint64_t low) {
  std::array<std::uint32_t, 4> words{static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
                                     static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low)};
  std::string digits;
  do {
    std::uint64_t remainder = 0;
    for (std::uint32_t& word : words) {
      const std::uint64_t value = (remainder << 32) | word;
      word = static_cast<std::uint32_t>(value / 10);
      remainder = value % 10;
    }
    digits += static_cast<char>('0' + remainder);
  } while (std::ranges::any_of(words, [](std::uint32_t word) { return word != 0; }));
  std::ranges::reverse(digits);
  return digits;
}

/// Mixes FNV-1a's output so that seeds that differ in one letter differ in all bits (the finaliser of splitmix64).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::string make_uid(std::string_view seed) {
  const std::uint64_t forward = hash_text(seed);
  const std::uint64_t again = hash_text(seed, mixed(forward) | 1);
  std::uint64_t high = mixed(forward);
  std::uint64_t low = mixed(again);
  high = (high & ~0xf000ULL) | 0x8000ULL;                       // version 8
  low = (low & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;  // RFC 9562 variant
  return "2.25." + decimal(high, low);
}

}  // namespace xingu
