// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace xingu::ecg {

/// The last values of a signal in memory that is taken once. Plain ring.
class SampleRing {
 public:
  explicit SampleRing(std::size_t capacity) : values_(capacity, 0.0F) {}
  void push(float value) noexcept {
    values_[next_] = value;
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    size_ = size_ < values_.size() ? size_ + 1 : size_;
  }
  void clear() noexcept { size_ = next_ = 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return values_.size(); }
  /// The value `age` samples before the newest; age < size().
  [[nodiscard]] float back(std::size_t age) const noexcept {
    return values_[next_ > age ? next_ - 1 - age : next_ + values_.size() - 1 - age];
  }
  /// All of them in any order: for sums, extremes and quantiles.
  [[nodiscard]] std::span<const float> unordered() const noexcept { return std::span(values_).first(size_); }

 private:
  std::vector<float> values_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
};

}  // namespace xingu::ecg
