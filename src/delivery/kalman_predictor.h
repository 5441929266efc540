// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "delivery/predictor.h"

namespace xingu {

/// Kalman filter (1960) of breathing as an oscillator about a drifting level: y = m + x, x'' = −ω² x + white noise, m a
/// random walk. The coordinates share one covariance. Needs no learning and takes samples at any times. No allocation;
/// cost below a microsecond.
class KalmanPredictor final : public TargetPredictor {
 public:
  struct Model {
    double period_s = 4.0;        ///< of the oscillator, 2π/ω
    double acceleration = 100.0;  ///< spectral density of its disturbance, mm²/s³
    double level = 1.0;           ///< of the level's, mm²/s
    double sample_mm = 0.1;       ///< standard deviation of a sample
  };
  KalmanPredictor() = default;
  explicit KalmanPredictor(const Model& model) : model_(model) {}

  void add(double time_s, const Vec3& position) noexcept override;
  [[nodiscard]] Vec3 predict(double time_s) const noexcept override;

 private:
  Model model_;
  bool has_started_ = false;
  double time_s_ = 0.0;
  Eigen::Matrix3d state_ = Eigen::Matrix3d::Zero();  ///< rows: level, displacement, speed; a column per coordinate
  Eigen::Matrix3d covariance_ = Eigen::Matrix3d::Zero();
};

}  // namespace xingu
