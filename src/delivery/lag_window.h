// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "geometry/pose.h"

namespace xingu {

/// The last samples of a point, in a ring that is made once, with a slow mean about which it moves.
class SampleRing {
 public:
  /// @param capacity  a power of two
  explicit SampleRing(std::size_t capacity) : samples_(capacity, Vec3::Zero()), mask_(capacity - 1) {}

  void add(const Vec3& position) noexcept {
    samples_[static_cast<std::size_t>(count_) & mask_] = position;
    ++count_;
    mean_ += (position - mean_) * std::fmax(1.0 / static_cast<double>(count_), slowest);
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }
  /// Sample by its number, of the last `capacity()` ones.
  [[nodiscard]] const Vec3& at(std::uint64_t number) const noexcept {
    return samples_[static_cast<std::size_t>(number) & mask_];
  }
  [[nodiscard]] const Vec3& mean() const noexcept { return mean_; }

 private:
  static constexpr double slowest = 0.005;  // the mean follows a drift over two hundred samples
  std::vector<Vec3> samples_;
  std::size_t mask_;
  std::uint64_t count_ = 0;
  Vec3 mean_ = Vec3::Zero();
};

/// Lags are a tenth of a second apart, whatever the rate of the samples: nearer ones would be noise.
[[nodiscard]] inline std::uint64_t lag_stride(double sample_period_s) noexcept {
  return static_cast<std::uint64_t>(std::fmax(1.0, std::round(0.1 / sample_period_s)));
}

/// What a prediction at a sample is made from: its `num_lags` last steps, its level about the mean, and one.
///
/// @return  [3 · num_lags + 4], mm
template <std::size_t num_lags>
[[nodiscard]] Eigen::Matrix<double, 3 * static_cast<int>(num_lags) + 4, 1> lag_features(
    const SampleRing& ring, std::uint64_t number, std::uint64_t stride, double level_weight, double one) noexcept {
  Eigen::Matrix<double, 3 * static_cast<int>(num_lags) + 4, 1> f;
  for (std::size_t lag = 0; lag < num_lags; ++lag) {
    f.template segment<3>(3 * static_cast<Eigen::Index>(lag)) =
        ring.at(number - lag * stride) - ring.at(number - (lag + 1) * stride);
  }
  f.template segment<3>(3 * static_cast<Eigen::Index>(num_lags)) = level_weight * (ring.at(number) - ring.mean());
  f(3 * static_cast<Eigen::Index>(num_lags) + 3) = one;
  return f;
}

/// Predicted steps for whole sample periods ahead, and what lies between.
class PredictedSteps {
 public:
  static constexpr std::size_t most = 20;

  PredictedSteps(double sample_period_s, std::size_t num_steps) noexcept
      : period_s_(sample_period_s), num_steps_(num_steps) {
    steps_.fill(Vec3::Zero());
  }

  void start(double time_s, const Vec3& position) noexcept {
    time_s_ = time_s;
    position_ = position;
    steps_.fill(Vec3::Zero());
  }
  void set(std::size_t periods_ahead, const Vec3& step) noexcept { steps_[periods_ahead] = step; }
  [[nodiscard]] std::size_t count() const noexcept { return num_steps_; }

  [[nodiscard]] Vec3 at(double time_s) const noexcept {
    const double last = static_cast<double>(num_steps_);
    const double periods = std::fmin(std::fmax((time_s - time_s_) / period_s_, 0.0), last);
    const auto before = static_cast<std::size_t>(periods);
    const double part = periods - static_cast<double>(before);
    const std::size_t after = before < num_steps_ ? before + 1 : before;
    return position_ + (1.0 - part) * steps_[before] + part * steps_[after];
  }

 private:
  double period_s_;
  std::size_t num_steps_;
  double time_s_ = 0.0;
  Vec3 position_ = Vec3::Zero();
  std::array<Vec3, most + 1> steps_;  ///< steps_[0] stays 0
};

}  // namespace xingu
