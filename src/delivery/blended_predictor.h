// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery/local_predictor.h"
#include "delivery/ridge_predictor.h"

namespace xingu {

/// The mean of a local and a global regression. One follows what the patient does at such moments, the other does not
/// follow his whims; their errors agree only in part, so the mean of both errs less than either (Bates and Granger
/// 1969). Cost of add(): that of both.
class BlendedPredictor final : public TargetPredictor {
 public:
  struct Model {
    LocalPredictor::Model local;
    double ridge_part = 0.2;  ///< of RidgePredictor, 0 to 1; the rest is LocalPredictor's
  };
  BlendedPredictor(double sample_period_s, double horizon_s, const Model& model)
      : local_(sample_period_s, horizon_s, model.local),
        ridge_(sample_period_s, horizon_s),
        ridge_part_(model.ridge_part) {}
  BlendedPredictor(double sample_period_s, double horizon_s) : BlendedPredictor(sample_period_s, horizon_s, Model{}) {}

  void add(double time_s, const Vec3& position) noexcept override {
    local_.add(time_s, position);
    ridge_.add(time_s, position);
  }
  [[nodiscard]] Vec3 predict(double time_s) const noexcept override {
    return (1.0 - ridge_part_) * local_.predict(time_s) + ridge_part_ * ridge_.predict(time_s);
  }

 private:
  LocalPredictor local_;
  RidgePredictor ridge_;
  double ridge_part_;
};

}  // namespace xingu
