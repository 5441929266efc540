// SPDX-License-Identifier: Apache-2.0
#include "delivery/local_predictor.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace xingu {
namespace {

constexpr std::size_t ring_capacity = 4096;
constexpr std::uint64_t least_moments = 60;  // below this the past says too little
constexpr double level_weight = 0.3;
constexpr float level_in_look = 0.316F;  // the level counts a tenth in squared distance
constexpr double least_weight = 0.02;

}  // namespace

LocalPredictor::LocalPredictor(double sample_period_s, double horizon_s, const Model& model)
    : model_(model),
      stride_(lag_stride(sample_period_s)),
      ring_(ring_capacity),
      steps_(sample_period_s,
             std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(horizon_s / sample_period_s - 1e-6)), 1,
                                     PredictedSteps::most)),
      features_(ring_capacity, Features::Zero()),
      looks_(ring_capacity, Look{}),
      distances_(ring_capacity, 0.0F),
      sorted_(ring_capacity, 0.0F) {}

void LocalPredictor::add(double time_s, const Vec3& position) noexcept {
  ring_.add(position);
  steps_.start(time_s, position);
  const std::uint64_t now = ring_.count() - 1;
  const std::uint64_t begin = num_lags * stride_;
  if (now < begin) {
    return;
  }
  features_[now % ring_capacity] = lag_features<num_lags>(ring_, now, stride_, level_weight, 1.0);
  look(now);
  const std::uint64_t oldest = now + 1 > ring_capacity ? now + 1 - ring_capacity : 0;
  const std::uint64_t first = std::max(begin, oldest);
  if (now < first + steps_.count() + least_moments) {
    return;
  }
  const std::uint64_t last = now - steps_.count();  // every horizon of these moments has come
  regress(first, last, now, compare(first, last, now));
}

void LocalPredictor::look(std::uint64_t number) noexcept {
  Look& look = looks_[number % ring_capacity];
  std::size_t k = 0;
  for (std::size_t lag = 1; lag <= num_lags; ++lag) {
    const Vec3 back = ring_.at(number) - ring_.at(number - lag * stride_);
    for (const double value : {back.x(), back.y(), back.z()}) {
      look[k++] = static_cast<float>(value);
    }
  }
  for (const double value : {ring_.at(number).x(), ring_.at(number).y(), ring_.at(number).z()}) {
    look[k++] = level_in_look * static_cast<float>(value);
  }
}

float LocalPredictor::compare(std::uint64_t first, std::uint64_t last, std::uint64_t now) noexcept {
  const Look& here = looks_[now % ring_capacity];
  const auto count = static_cast<std::size_t>(last - first + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Look& there = looks_[(first + i) % ring_capacity];
    float sum = 0.0F;
    for (std::size_t k = 0; k < here.size(); ++k) {
      sum += (here[k] - there[k]) * (here[k] - there[k]);
    }
    distances_[i] = sum;
  }
  std::copy_n(distances_.begin(), count, sorted_.begin());
  const std::size_t near = std::min(model_.num_near, count - 1);
  std::nth_element(sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(near),
                   sorted_.begin() + static_cast<std::ptrdiff_t>(count));
  return sorted_[near] + 1e-9F;
}

void LocalPredictor::regress(std::uint64_t first, std::uint64_t last, std::uint64_t now, float scale) noexcept {
  using Square = Eigen::Matrix<double, num_features, num_features>;
  using Right = Eigen::Matrix<double, num_features, Eigen::Dynamic, Eigen::ColMajor, num_features,
                              3 * static_cast<int>(PredictedSteps::most)>;
  const auto num_steps = static_cast<Eigen::Index>(steps_.count());
  Square normal = Square::Zero();
  Right right = Right::Zero(num_features, 3 * num_steps);
  const double farthest = -std::log(least_weight) * static_cast<double>(scale);
  for (std::uint64_t number = first; number <= last; ++number) {
    const double distance = static_cast<double>(distances_[static_cast<std::size_t>(number - first)]);
    if (distance > farthest) {
      continue;
    }
    const double weight = std::exp(-distance / static_cast<double>(scale));
    const Features& f = features_[number % ring_capacity];
    const Features weighted = weight * f;
    normal.noalias() += weighted * f.transpose();
    for (Eigen::Index h = 0; h < num_steps; ++h) {
      const Vec3 step = ring_.at(number + static_cast<std::uint64_t>(h) + 1) - ring_.at(number);
      right.middleCols<3>(3 * h).noalias() += weighted * step.transpose();
    }
  }
  normal.diagonal().array() += model_.ridge_mm2;
  // forecast = (A⁻¹ B)ᵀ f = Bᵀ (A⁻¹ f): one right-hand side instead of three a horizon
  const Features solved = normal.ldlt().solve(features_[now % ring_capacity]);
  for (Eigen::Index h = 0; h < num_steps; ++h) {
    steps_.set(static_cast<std::size_t>(h) + 1, right.middleCols<3>(3 * h).transpose() * solved);
  }
}

}  // namespace xingu
