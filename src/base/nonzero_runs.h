// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_message.h"

namespace xingu {

/// An array that is zero in most places, as its runs of other values, without loss: 4 bytes a value and 8 a run.
struct NonzeroRuns {
  struct Run {
    std::uint32_t begin;
    std::uint32_t size;
  };
  std::vector<Run> runs;      ///< ascending, apart
  std::vector<float> values;  ///< of all runs, one behind the other; zeros only where a gap is too short to pay

  /// @param array  fewer than 2³² values
  static NonzeroRuns of(std::span<const float> array);
  /// @throws BrokenPromise for bytes that are none of ours
  static NonzeroRuns from_bytes(std::span<const std::byte> bytes);
  [[nodiscard]] Bytes to_bytes() const;

  /// visit(index, value) for every value in a run, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const float* value = values.data();
    for (const Run& run : runs) {
      for (std::uint32_t k = 0; k < run.size; ++k) {
        visit(static_cast<std::size_t>(run.begin) + k, *value++);
      }
    }
  }
};

}  // namespace xingu
