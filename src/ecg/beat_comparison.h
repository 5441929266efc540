// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace xingu::ecg {

/// Counts of a beat-by-beat comparison and the two figures of ANSI/AAMI EC57.
struct BeatScore {
  std::size_t true_positive = 0;
  std::size_t false_negative = 0;
  std::size_t false_positive = 0;

  [[nodiscard]] double sensitivity_percent() const;            ///< TP / (TP + FN); 100 where nothing was to be found
  [[nodiscard]] double positive_predictivity_percent() const;  ///< TP / (TP + FP); 100 where nothing was said
  BeatScore& operator+=(const BeatScore& other);
};

/// Pairs of indices (reference, test) of beats that are the same, one to one.
using BeatPairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// Pairs beats as EC57 §4.3 does: in the order of time, each reference beat with the nearest test beat within
/// `window` samples (150 ms by the standard), unless that one lies nearer to the next reference beat. Both lists
/// ascend. Cost O(n).
[[nodiscard]] BeatPairs match_beats(std::span<const std::int64_t> reference, std::span<const std::int64_t> test,
                                    std::int64_t window);

/// Detection score of `test` against `reference` outside the `excluded` stretches [begin, end) (ventricular flutter).
[[nodiscard]] BeatScore compare_beats(std::span<const std::int64_t> reference, std::span<const std::int64_t> test,
                                      std::int64_t window,
                                      std::span<const std::pair<std::int64_t, std::int64_t>> excluded = {});

}  // namespace xingu::ecg
