// SPDX-License-Identifier: Apache-2.0
#include "delivery/predictor.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "delivery/blended_predictor.h"
#include "delivery/kalman_predictor.h"
#include "delivery/linear_predictor.h"
#include "delivery/ridge_predictor.h"

namespace xingu {
namespace {

constexpr std::array<std::string_view, 5> names{"none", "linear", "ridge", "kalman", "best"};

}  // namespace

PredictorKind predictor_named(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) {
      return static_cast<PredictorKind>(i);
    }
  }
  const std::string near = nearest_name(name, std::vector<std::string>(names.begin(), names.end()));
  fail_input("'{}' is no predictor; {}", printable(name),
             near.empty() ? "give none, linear, ridge, kalman or best" : "did you mean " + near + "?");
}

std::string_view to_string(PredictorKind kind) noexcept { return names[static_cast<std::size_t>(kind)]; }

std::unique_ptr<TargetPredictor> make_predictor(PredictorKind kind, double sample_period_s, double horizon_s) {
  switch (kind) {
    case PredictorKind::none:
      return std::make_unique<LastSample>();
    case PredictorKind::linear:
      return std::make_unique<LinearPredictor>();
    case PredictorKind::ridge:
      return std::make_unique<RidgePredictor>(sample_period_s, horizon_s);
    case PredictorKind::kalman:
      return std::make_unique<KalmanPredictor>();
    case PredictorKind::best:
      break;
  }
  return std::make_unique<BlendedPredictor>(sample_period_s, horizon_s);
}

}  // namespace xingu
