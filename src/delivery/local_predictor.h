// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "delivery/lag_window.h"
#include "delivery/predictor.h"

namespace xingu {

/// Locally weighted ridge regression (Atkeson, Moore and Schaal 1997): breathing repeats itself, so the step ahead is
/// regressed on the past moments that looked like now, the nearer the heavier. A moment looks as its last three tenths
/// of a second and its level do; the width of the weights is the distance of the `num_near`th nearest moment. The
/// regressors are the last three steps of all coordinates, the level, and one. Cost of add(): O(samples kept), 30 to
/// 100 µs with 4096.
class LocalPredictor final : public TargetPredictor {
 public:
  struct Model {
    std::size_t num_near = 20;  ///< moments that set the width of the weights
    double ridge_mm2 = 0.3;     ///< some noise of a tenth of a millimetre over those moments
  };
  LocalPredictor(double sample_period_s, double horizon_s, const Model& model);
  LocalPredictor(double sample_period_s, double horizon_s) : LocalPredictor(sample_period_s, horizon_s, Model{}) {}
  void add(double time_s, const Vec3& position) noexcept override;
  [[nodiscard]] Vec3 predict(double time_s) const noexcept override { return steps_.at(time_s); }

 private:
  static constexpr std::size_t num_lags = 3;
  static constexpr int num_features = 3 * static_cast<int>(num_lags) + 4;
  using Features = Eigen::Matrix<double, num_features, 1>;
  using Look = std::array<float, 3 * num_lags + 3>;
  void look(std::uint64_t number) noexcept;
  /// Squared distances of all moments from now; returns their scale.
  [[nodiscard]] float compare(std::uint64_t first, std::uint64_t last, std::uint64_t now) noexcept;
  void regress(std::uint64_t first, std::uint64_t last, std::uint64_t now, float scale) noexcept;

  Model model_;
  std::uint64_t stride_;
  SampleRing ring_;
  PredictedSteps steps_;
  std::vector<Features> features_;
  std::vector<Look> looks_;
  std::vector<float> distances_;
  std::vector<float> sorted_;
};

}  // namespace xingu
