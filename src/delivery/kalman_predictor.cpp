// SPDX-License-Identifier: Apache-2.0
#include "delivery/kalman_predictor.h"

#include <cmath>
#include <numbers>

namespace xingu {
namespace {

Eigen::Matrix3d transition(double omega, double t) noexcept {
  const double c = std::cos(omega * t);
  const double s = std::sin(omega * t);
  Eigen::Matrix3d result;
  result << 1, 0, 0, 0, c, s / omega, 0, -omega * s, c;
  return result;
}

}  // namespace

void KalmanPredictor::add(double time_s, const Vec3& position) noexcept {
  const double variance = model_.sample_mm * model_.sample_mm;
  if (!has_started_) {
    has_started_ = true;
    time_s_ = time_s;
    state_.row(0) = position.transpose();
    covariance_ = Eigen::Vector3d(25.0, 25.0, 100.0).asDiagonal();
    return;
  }
  const double t = time_s - time_s_;
  time_s_ = time_s;
  const Eigen::Matrix3d step = transition(2.0 * std::numbers::pi / model_.period_s, t);
  // the oscillator turns little in one sample: its disturbance is that of free motion
  const double q = model_.acceleration;
  Eigen::Matrix3d disturbance;
  disturbance << model_.level * t, 0, 0, 0, q * t * t * t / 3, q * t * t / 2, 0, q * t * t / 2, q * t;
  state_ = step * state_;
  covariance_ = step * covariance_ * step.transpose() + disturbance;
  // y = level + displacement
  const Eigen::Vector3d with_sample = covariance_.col(0) + covariance_.col(1);
  const double innovation = with_sample(0) + with_sample(1) + variance;
  const Eigen::Vector3d gain = with_sample / innovation;
  state_ += gain * (position.transpose() - state_.row(0) - state_.row(1));
  covariance_ -= innovation * gain * gain.transpose();
}

Vec3 KalmanPredictor::predict(double time_s) const noexcept {
  const Eigen::Matrix3d ahead = transition(2.0 * std::numbers::pi / model_.period_s, time_s - time_s_) * state_;
  return (ahead.row(0) + ahead.row(1)).transpose();
}

}  // namespace xingu
