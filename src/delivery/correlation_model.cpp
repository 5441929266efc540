// SPDX-License-Identifier: Apache-2.0
#include "delivery/correlation_model.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace xingu {
namespace {

constexpr double samples_to_learn = 300.0;  // ten seconds of a 30 Hz camera
/// Of the regression, relative to one image: steadies the terms that few images do not determine.
constexpr double ridge = 0.05;
constexpr double beyond_experience = 1.5;  // images are too few to show the fastest and the deepest moment
constexpr Eigen::Index square_term = 4;
constexpr Eigen::Index speed_term = 5;

}  // namespace

void CorrelationModel::learn_direction(const Vec3& marker) noexcept {
  if (num_samples_ >= samples_to_learn) {
    return;
  }
  num_samples_ += 1.0;
  const Vec3 before = marker - mean_;
  mean_ += before / num_samples_;
  scatter_ += before * (marker - mean_).transpose();
  // a few steps of power iteration follow the principal direction as it settles
  for (int i = 0; i < 4; ++i) {
    const Vec3 turned = scatter_ * direction_;
    const double length = turned.norm();
    if (length > 0) {
      direction_ = turned / length;
    }
  }
  scale_mm_ = std::max(0.5, std::sqrt(direction_.dot(scatter_ * direction_) / num_samples_));
}

CorrelationModel::Features CorrelationModel::features(const Vec3& marker, const Vec3& velocity) const noexcept {
  const double m = direction_.dot(marker - mean_) / scale_mm_;
  const double speed = direction_.dot(velocity) / scale_mm_;
  const Vec3 place = (marker - mean_) / scale_mm_;
  return Features{1.0, place.x(), place.y(), place.z(), m * m, speed};
}

void CorrelationModel::add_image(const Vec3& marker, const Vec3& marker_velocity, const Vec3& target) noexcept {
  images_[next_] = {marker, marker_velocity, target};
  next_ = (next_ + 1) % max_images;
  num_images_ = std::min(num_images_ + 1, max_images);
  fit();
}

Vec3 CorrelationModel::target(const Vec3& marker, const Vec3& marker_velocity) const noexcept {
  return coefficients_ * within_experience(features(marker, marker_velocity));
}

CorrelationModel::Features CorrelationModel::within_experience(Features f) const noexcept {
  f(square_term) = std::min(f(square_term), largest_square_);
  f(speed_term) = std::clamp(f(speed_term), -largest_speed_, largest_speed_);
  return f;
}

void CorrelationModel::fit() noexcept {
  Eigen::Matrix<double, 6, 6> normal = ridge * Eigen::Matrix<double, 6, 6>::Identity();
  normal(0, 0) = 1e-6;  // the mean is not held back
  Eigen::Matrix<double, 6, 3> right = Eigen::Matrix<double, 6, 3>::Zero();
  largest_square_ = largest_speed_ = 0.0;
  for (std::size_t i = 0; i < num_images_; ++i) {
    const Features f = features(images_[i].marker, images_[i].velocity);
    largest_square_ = std::max(largest_square_, beyond_experience * f(square_term));
    largest_speed_ = std::max(largest_speed_, beyond_experience * std::abs(f(speed_term)));
    normal += f * f.transpose();
    right += f * images_[i].target.transpose();
  }
  const Eigen::LDLT<Eigen::Matrix<double, 6, 6>> factors(normal);
  coefficients_ = factors.solve(right).transpose();
  double sum = 0.0;
  for (std::size_t i = 0; i < num_images_; ++i) {
    sum += (target(images_[i].marker, images_[i].velocity) - images_[i].target).squaredNorm();
  }
  residual_mm_ = std::sqrt(sum / static_cast<double>(num_images_));
}

}  // namespace xingu
