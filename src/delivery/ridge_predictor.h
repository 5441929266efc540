// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery/lag_window.h"
#include "delivery/predictor.h"

namespace xingu {

/// Linear regression of the step ahead on the last half second of all three coordinates and the level, kept up to date
/// by recursive least squares with a ridge to begin with (Haykin, Adaptive Filter Theory, ch. 10). All horizons share
/// one gain: the regressor is the newest sample whose every horizon has come. Cost of add(): O(19² + 57 · horizons),
/// some microseconds.
class RidgePredictor final : public TargetPredictor {
 public:
  RidgePredictor(double sample_period_s, double horizon_s);
  void add(double time_s, const Vec3& position) noexcept override;
  [[nodiscard]] Vec3 predict(double time_s) const noexcept override { return steps_.at(time_s); }

 private:
  static constexpr std::size_t num_lags = 5;
  static constexpr int num_features = 3 * static_cast<int>(num_lags) + 4;
  using Features = Eigen::Matrix<double, num_features, 1>;
  using Weights = Eigen::Matrix<double, num_features, 3>;
  void learn(std::uint64_t number) noexcept;

  std::uint64_t stride_;
  SampleRing ring_;
  PredictedSteps steps_;
  std::vector<Features> features_;  ///< of the last samples, by number
  Eigen::Matrix<double, num_features, num_features> inverse_;
  std::vector<Weights> weights_;  ///< one per horizon
};

}  // namespace xingu
