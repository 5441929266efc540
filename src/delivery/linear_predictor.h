// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "delivery/predictor.h"

namespace xingu {

/// The last sample: what a system without prediction uses.
class LastSample final : public TargetPredictor {
 public:
  void add(double, const Vec3& position) noexcept override { position_ = position; }
  [[nodiscard]] Vec3 predict(double) const noexcept override { return position_; }

 private:
  Vec3 position_ = Vec3::Zero();
};

/// Straight on: the last sample plus its speed, which is the least-squares slope of the last `num_samples` ones.
class LinearPredictor final : public TargetPredictor {
 public:
  explicit LinearPredictor(std::size_t num_samples = 2) noexcept
      : num_kept_(std::clamp<std::size_t>(num_samples, 2, capacity)) {}

  void add(double time_s, const Vec3& position) noexcept override {
    samples_[num_added_++ % capacity] = {time_s, position};
  }

  [[nodiscard]] Vec3 predict(double time_s) const noexcept override {
    const std::size_t count = std::min<std::size_t>(num_added_, num_kept_);
    if (count == 0) {
      return Vec3::Zero();
    }
    const Sample& last = samples_[(num_added_ - 1) % capacity];
    double mean_s = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      mean_s += samples_[(num_added_ - 1 - i) % capacity].time_s / static_cast<double>(count);
    }
    double square = 0.0;
    Vec3 product = Vec3::Zero();
    for (std::size_t i = 0; i < count; ++i) {
      const Sample& s = samples_[(num_added_ - 1 - i) % capacity];
      square += (s.time_s - mean_s) * (s.time_s - mean_s);
      product += (s.time_s - mean_s) * s.position;
    }
    return square > 0 ? Vec3(last.position + product / square * (time_s - last.time_s)) : last.position;
  }

 private:
  static constexpr std::size_t capacity = 16;
  struct Sample {
    double time_s = 0.0;
    Vec3 position = Vec3::Zero();
  };
  std::array<Sample, capacity> samples_{};
  std::uint64_t num_added_ = 0;
  std::size_t num_kept_;
};

}  // namespace xingu
