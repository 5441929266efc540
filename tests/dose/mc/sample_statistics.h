// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace xingu::test {

/// Mean of independent values with its standard deviation.
class SampleMean {
 public:
  void add(double x) {
    ++count_;
    const double off = x - mean_;
    mean_ += off / static_cast<double>(count_);
    squares_ += off * (x - mean_);
  }
  [[nodiscard]] double mean() const { return mean_; }
  /// Standard deviation of the mean.
  [[nodiscard]] double sigma() const {
    const auto n = static_cast<double>(count_);
    return std::sqrt(squares_ / (n - 1.0) / n);
  }
  /// Standard deviation of one value.
  [[nodiscard]] double spread() const { return std::sqrt(squares_ / (static_cast<double>(count_) - 1.0)); }

 private:
  std::size_t count_ = 0;
  double mean_ = 0.0;
  double squares_ = 0.0;
};

/// Counts of samples in bins of [low, high) against a density of any norm: Pearson's χ².
class Histogram {
 public:
  Histogram(double low, double high, int bins)
      : low_(low), width_((high - low) / bins), counts_(static_cast<std::size_t>(bins), 0.0) {}

  void add(double x) {
    const double place = (x - low_) / width_;
    if (place >= 0 && place < static_cast<double>(counts_.size())) {
      counts_[static_cast<std::size_t>(place)] += 1.0;
    } else {
      ++outside_;
    }
  }
  [[nodiscard]] int outside() const { return outside_; }

  /// (χ² − ν)/√(2ν), normal to some accuracy for many bins: a handful at most if the samples follow the density.
  template <class Density>
  [[nodiscard]] double excess(Density&& density) const {
    constexpr int points = 50;
    std::vector<double> expected;
    double sum = 0.0;
    double total = 0.0;
    for (std::size_t b = 0; b < counts_.size(); ++b) {
      double integral = 0.0;
      for (int i = 0; i < points; ++i) {
        integral += density(low_ + width_ * (static_cast<double>(b) + (i + 0.5) / points));
      }
      expected.push_back(integral);
      sum += integral;
      total += counts_[b];
    }
    double chi2 = 0.0;
    for (std::size_t b = 0; b < counts_.size(); ++b) {
      const double mean = total * expected[b] / sum;
      chi2 += (counts_[b] - mean) * (counts_[b] - mean) / mean;
    }
    const double freedom = static_cast<double>(counts_.size()) - 1.0;
    return (chi2 - freedom) / std::sqrt(2.0 * freedom);
  }

 private:
  double low_;
  double width_;
  std::vector<double> counts_;
  int outside_ = 0;
};

}  // namespace xingu::test
