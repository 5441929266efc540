// SPDX-License-Identifier: Apache-2.0
// The best predictor, with parameters that were chosen without the recording on which it is scored.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "../respiration_traces.h"
#include "base/parallel.h"
#include "delivery/blended_predictor.h"

namespace xingu {
namespace {

using test::RespirationTrace;
using Errors = std::array<double, 3>;  ///< at 100, 200 and 400 ms, mm

constexpr Errors without_prediction{0.546, 1.011, 1.884};

/// All combinations among which a choice is made; the shipped one is in the middle.
std::vector<BlendedPredictor::Model> candidates() {
  std::vector<BlendedPredictor::Model> models;
  for (const std::size_t near : {10U, 20U, 40U}) {
    for (const double ridge_mm2 : {0.15, 0.3, 0.6}) {
      for (const double part : {0.0, 0.1, 0.2, 0.3, 0.4}) {
        models.push_back({{near, ridge_mm2}, part});
      }
    }
  }
  return models;
}

/// Errors of all candidates on one trace. The blend is linear in its members, so each of them runs once.
std::vector<Errors> errors_on(const MotionTrace& trace) {
  const auto models = candidates();
  std::vector<Errors> errors(models.size());
  for (std::size_t h = 0; h < test::respiration_horizons.size(); ++h) {
    const std::size_t ahead = test::respiration_horizons[h];
    const double horizon_s = test::respiration_period_s * static_cast<double>(ahead);
    RidgePredictor ridge(test::respiration_period_s, horizon_s);
    const auto global = test::predictions(trace, ridge, ahead);
    std::vector<Vec3> local;
    for (std::size_t m = 0; m < models.size(); ++m) {
      if (models[m].ridge_part == 0.0) {
        LocalPredictor predictor(test::respiration_period_s, horizon_s, models[m].local);
        local = test::predictions(trace, predictor, ahead);
      }
      std::vector<Vec3> blended(local.size());
      for (std::size_t i = 0; i < local.size(); ++i) {
        blended[i] = (1.0 - models[m].ridge_part) * local[i] + models[m].ridge_part * global[i];
      }
      errors[m][h] = test::prediction_error(trace, blended, ahead);
    }
  }
  return errors;
}

TEST(Prediction, keeps_its_goal_with_parameters_chosen_on_other_recordings) {
  const auto traces = test::respiration_traces();
  if (traces.empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  std::vector<std::vector<Errors>> errors(traces.size());
  parallel_for(traces.size(), [&](std::size_t t) { errors[t] = errors_on(traces[t].motion); });
  std::set<std::string> recordings;
  for (const RespirationTrace& trace : traces) {
    recordings.insert(trace.recording);
  }
  ASSERT_EQ(recordings.size(), 6U);
  Errors mean{};
  for (const std::string& left_out : recordings) {
    std::size_t chosen = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t m = 0; m < errors[0].size(); ++m) {
      double sum = 0.0;
      for (std::size_t t = 0; t < traces.size(); ++t) {
        for (std::size_t h = 0; traces[t].recording != left_out && h < mean.size(); ++h) {
          sum += errors[t][m][h] / without_prediction[h];
        }
      }
      chosen = sum < least ? m : chosen;
      least = std::min(least, sum);
    }
    for (std::size_t t = 0; t < traces.size(); ++t) {
      for (std::size_t h = 0; traces[t].recording == left_out && h < mean.size(); ++h) {
        mean[h] += errors[t][chosen][h] / static_cast<double>(traces.size());
      }
    }
    const BlendedPredictor::Model model = candidates()[chosen];
    RecordProperty("without_" + left_out, fmt::format("{} near, ridge {}, part {}", model.local.num_near,
                                                      model.local.ridge_mm2, model.ridge_part));
  }
  RecordProperty("mm", fmt::format("{:.4f} {:.4f} {:.4f}", mean[0], mean[1], mean[2]));
  EXPECT_LE(mean[0], 0.32);
  EXPECT_LE(mean[1], 0.56);
  EXPECT_LE(mean[2], 1.07);
}

}  // namespace
}  // namespace xingu
