// SPDX-License-Identifier: Apache-2.0
#include "delivery/ridge_predictor.h"

#include <algorithm>

namespace xingu {
namespace {

constexpr double forgetting = 0.9999;  // a memory of some minutes
constexpr double ridge = 1.0;
constexpr double level_weight = 0.1;
constexpr double one = 0.1;
constexpr std::size_t ring_capacity = 512;

}  // namespace

RidgePredictor::RidgePredictor(double sample_period_s, double horizon_s)
    : stride_(lag_stride(sample_period_s)),
      ring_(ring_capacity),
      steps_(sample_period_s,
             std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(horizon_s / sample_period_s - 1e-6)), 1,
                                     PredictedSteps::most)),
      features_(ring_capacity, Features::Zero()),
      inverse_(decltype(inverse_)::Identity() / ridge),
      weights_(steps_.count(), Weights::Zero()) {}

void RidgePredictor::add(double time_s, const Vec3& position) noexcept {
  ring_.add(position);
  steps_.start(time_s, position);
  const std::uint64_t number = ring_.count() - 1;
  const std::uint64_t first = num_lags * stride_;
  if (number < first) {
    return;
  }
  Features& now = features_[number % ring_capacity];
  now = lag_features<num_lags>(ring_, number, stride_, level_weight, one);
  if (number >= first + steps_.count()) {
    learn(number - steps_.count());
  }
  for (std::size_t h = 1; h <= steps_.count(); ++h) {
    steps_.set(h, weights_[h - 1].transpose() * now);
  }
}

void RidgePredictor::learn(std::uint64_t number) noexcept {
  const Features& f = features_[number % ring_capacity];
  const Features projected = inverse_ * f;
  const Features gain = projected / (forgetting + f.dot(projected));
  for (std::size_t h = 1; h <= steps_.count(); ++h) {
    const Vec3 step = ring_.at(number + h) - ring_.at(number);
    const Vec3 error = step - weights_[h - 1].transpose() * f;
    weights_[h - 1] += gain * error.transpose();
  }
  // the product is symmetric in exact numbers only
  inverse_ -= gain * projected.transpose();
  inverse_ = (0.5 / forgetting) * (inverse_ + inverse_.transpose()).eval();
}

}  // namespace xingu
