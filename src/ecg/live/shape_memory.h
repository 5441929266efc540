// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xingu::ecg {

/// The waves of the last beats, to tell a heart from noise: a heart repeats a shape, or two or three; band-passed noise
/// between two of its largest values does not. All memory is taken by the constructor. Cost of a beat: 8 correlations
/// at 5 places, O(leads × samples) each.
class ShapeMemory {
 public:
  /// @param length  samples of a beat, all leads together
  ShapeMemory(std::size_t num_leads, std::size_t samples_per_lead);

  /// Room for the next beat, [lead][sample]; filled by the caller, then add().
  [[nodiscard]] std::span<float> next() noexcept;
  /// Whether what next() holds is alike to a known beat.
  [[nodiscard]] bool knows_next() const noexcept;
  /// Takes what next() holds as the newest beat.
  void add() noexcept;
  void clear() noexcept;
  /// How many beats are known, nine at most.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Nine beats are known.
  [[nodiscard]] bool is_full() const noexcept { return size_ == num_beats_; }

  /// Of the pairs of the last nine beats, the part that are alike: correlation of all leads together of at least 0.85
  /// at the best of five places within ± 2 samples. 1 where fewer than two beats are known.
  [[nodiscard]] float alike_part() const noexcept;

 private:
  static constexpr std::size_t num_beats_ = 9;
  /// Known beats beside the room of the next.
  [[nodiscard]] std::size_t num_others() const noexcept;
  [[nodiscard]] std::span<const float> beat(std::size_t slot) const noexcept;
  [[nodiscard]] bool are_alike(std::size_t a, std::size_t b) const noexcept;

  std::size_t num_leads_;
  std::size_t samples_per_lead_;
  std::vector<float> waves_;  // [beat][lead][sample]
  std::array<std::array<bool, num_beats_>, num_beats_> alike_{};
  std::size_t next_ = 0;
  std::size_t size_ = 0;
};

}  // namespace xingu::ecg
