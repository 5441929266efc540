// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace xingu::ecg {

/// Sums of a lead from its start, so that the mean of any stretch costs two of them. Before its first sample and after
/// its last the lead goes on as it is there.
class RunningSums {
 public:
  /// @param x  mV, one sample at least. Cost O(n)
  explicit RunningSums(std::span<const float> x) : first_(x.front()), last_(x.back()) {
    sums_.reserve(x.size() + 1);
    sums_.push_back(0.0);
    for (const float value : x) {
      sums_.push_back(sums_.back() + static_cast<double>(value));
    }
  }

  /// Mean over samples begin to end − 1, which may lie outside the lead; begin < end. Cost O(1).
  [[nodiscard]] float mean(std::int64_t begin, std::int64_t end) const {
    return static_cast<float>((until(end) - until(begin)) / static_cast<double>(end - begin));
  }

 private:
  [[nodiscard]] double until(std::int64_t i) const {
    const auto size = static_cast<std::int64_t>(sums_.size()) - 1;
    const double outside =
        i < 0 ? first_ * static_cast<double>(i) : last_ * static_cast<double>(std::max<std::int64_t>(0, i - size));
    return sums_[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, size))] + outside;
  }

  std::vector<double> sums_;
  double first_, last_;
};

}  // namespace xingu::ecg
