// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace xingu::ecg {

/// Sums of a lead from its start, so that the mean of any stretch costs two of them. Before its first sample and after
/// its last the lead goes on as it is there.
class RunningSums {
 public:
  /// @param x  mV, one sample at least. Cost O(n)
  explicit RunningSums(std::span<const float> x)
      : size_(static_cast<std::int64_t>(x.size())),
        sums_(std::make_unique_for_overwrite<double[]>(x.size() + 1)),
        first_(x.front()),
        last_(x.back()) {
    double sum = sums_[0] = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += static_cast<double>(x[i]);
      sums_[i + 1] = sum;
    }
  }

  /// Mean over samples begin to end − 1, which may lie outside the lead; begin < end. Cost O(1).
  [[nodiscard]] float mean(std::int64_t begin, std::int64_t end) const {
    return static_cast<float>((until(end) - until(begin)) / static_cast<double>(end - begin));
  }

  /// Means over Steps stretches of `step` samples each, one behind the other, from `begin` on. Cost O(Steps).
  template <std::size_t Steps>
  [[nodiscard]] std::array<float, Steps> means(std::int64_t begin, std::int64_t step) const {
    std::array<double, Steps + 1> sums;
    const bool is_inside = begin >= 0 && begin + step * static_cast<std::int64_t>(Steps) <= size_;
    for (std::size_t i = 0; i <= Steps; ++i) {
      const std::int64_t at = begin + step * static_cast<std::int64_t>(i);
      sums[i] = is_inside ? sums_[static_cast<std::size_t>(at)] : until(at);
    }
    std::array<float, Steps> out;
    for (std::size_t i = 0; i < Steps; ++i) {
      out[i] = static_cast<float>((sums[i + 1] - sums[i]) / static_cast<double>(step));
    }
    return out;
  }

 private:
  [[nodiscard]] double until(std::int64_t i) const {
    const double outside =
        i < 0 ? first_ * static_cast<double>(i) : last_ * static_cast<double>(std::max<std::int64_t>(0, i - size_));
    return sums_[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, size_))] + outside;
  }

  std::int64_t size_;
  std::unique_ptr<double[]> sums_;
  double first_, last_;
};

}  // namespace xingu::ecg
