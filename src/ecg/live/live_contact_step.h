// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "ecg/live/sample_ring.h"

namespace xingu::ecg {

/// A jump of a lead's level, as an electrode whose contact changes makes it, told while the signal runs: the causal
/// counterpart of find_contact_steps(). By 0.8 mV or more within 4 ms; the lead stays on its new level (medians over
/// 0.12 and 0.6 s before, and each sample of the last 0.04 s, within 30 % of the jump), and nothing since, nor in the
/// half second before, is half as steep. All memory is taken by the constructor. Cost of a sample O(1), of one that is
/// asked about a step some µs.
class LiveContactStep {
 public:
  explicit LiveContactStep(double rate_hz);

  void take(float mv) noexcept;
  /// Nothing before now is known any more.
  void clear() noexcept;
  /// Whether there was a step so lately (0.2 s) that the band of the complexes still shows it.
  [[nodiscard]] bool is_recent() const noexcept;

 private:
  /// Keeps the largest changes of the half second before what may belong to a step.
  void remember(float size) noexcept;
  [[nodiscard]] float largest_before() const noexcept;
  /// Of the `count` samples that ended `age` samples ago.
  [[nodiscard]] float level(std::size_t age, std::size_t count) noexcept;

  std::size_t width_, calm_, shown_, short_level_, long_level_, least_level_, now_level_;  // samples
  SampleRing levels_;
  SampleRing sizes_;   // of the newest changes, which may belong to a step
  SampleRing blocks_;  // largest change of each 0.05 s
  float block_peak_ = 0.0F;
  std::size_t in_block_ = 0;
  std::vector<float> scratch_;
  float jump_mv_ = 0.0F;    // the last steep one; 0 where there is none within the calm time
  float before_mv_ = 0.0F;  // the level before it, over the short and the long time
  float long_before_mv_ = 0.0F;
  float beside_mv_ = 0.0F;  // largest change in the half second before it
  std::size_t age_ = 0;     // of it
  bool is_alone_ = false;
};

}  // namespace xingu::ecg
