// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "geometry/pose.h"

namespace xingu {

/// Foretells where a point will be from where it was. Samples arrive in order; nothing of the future enters. After
/// construction neither add() nor predict() allocates, locks or throws.
class TargetPredictor {
 public:
  virtual ~TargetPredictor() = default;
  /// The next sample, later than the one before; mm.
  virtual void add(double time_s, const Vec3& position) noexcept = 0;
  /// The position at a time after the last sample; the last sample while there is too little to learn from.
  [[nodiscard]] virtual Vec3 predict(double time_s) const noexcept = 0;
};

/// The best one is BlendedPredictor.
enum class PredictorKind { none, linear, ridge, kalman, best };

/// "none", "linear", "ridge", "kalman", "best". @throws InputError for another name, with the nearest
[[nodiscard]] PredictorKind predictor_named(std::string_view name);
[[nodiscard]] std::string_view to_string(PredictorKind kind) noexcept;

/// @param sample_period_s  usual time between samples
/// @param horizon_s        longest time ahead that predict() will be asked for, at most 20 sample periods
[[nodiscard]] std::unique_ptr<TargetPredictor> make_predictor(PredictorKind kind, double sample_period_s,
                                                              double horizon_s);

}  // namespace xingu
