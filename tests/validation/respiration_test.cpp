// SPDX-License-Identifier: Apache-2.0
// The predictors on eighteen real traces of markers on the chest (Krilavičius et al. 2015), at their native samples.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "respiration_traces.h"

namespace xingu {
namespace {

using test::respiration_horizons;

class Respiration : public testing::Test {
 protected:
  void SetUp() override {
    traces_ = test::respiration_traces();
    if (traces_.empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    ASSERT_EQ(traces_.size(), 18U);
  }

  /// Mean over the traces.
  [[nodiscard]] std::array<double, 3> errors(PredictorKind kind) const {
    std::array<double, 3> mean{};
    for (std::size_t h = 0; h < mean.size(); ++h) {
      const std::size_t ahead = respiration_horizons[h];
      for (const auto& [recording, trace] : traces_) {
        const double period_s = test::respiration_period_s;
        const auto predictor = make_predictor(kind, period_s, period_s * static_cast<double>(ahead));
        mean[h] += test::prediction_error(trace, test::predictions(trace, *predictor, ahead), ahead) /
                   static_cast<double>(traces_.size());
      }
    }
    return mean;
  }

 private:
  std::vector<test::RespirationTrace> traces_;
};

TEST_F(Respiration, is_counted_as_the_known_figures_are) {
  const auto none = errors(PredictorKind::none);
  // known without prediction: 0.546, 1.011 and 1.884 mm; the last agrees to four figures
  EXPECT_NEAR(none[0], 0.546, 0.015);
  EXPECT_NEAR(none[1], 1.011, 0.020);
  EXPECT_NEAR(none[2], 1.884, 0.001);
}

TEST_F(Respiration, is_predicted_by_the_best_predictor_within_its_goal) {
  const auto best = errors(PredictorKind::best);
  RecordProperty("mm_100_ms", std::to_string(best[0]));
  RecordProperty("mm_200_ms", std::to_string(best[1]));
  RecordProperty("mm_400_ms", std::to_string(best[2]));
  EXPECT_LE(best[0], 0.32);
  EXPECT_LE(best[1], 0.56);
  EXPECT_LE(best[2], 1.07);
}

TEST_F(Respiration, orders_the_predictors) {
  const auto none = errors(PredictorKind::none);
  const auto linear = errors(PredictorKind::linear);
  const auto kalman = errors(PredictorKind::kalman);
  const auto ridge = errors(PredictorKind::ridge);
  const auto best = errors(PredictorKind::best);
  for (std::size_t h = 0; h < none.size(); ++h) {
    EXPECT_LT(linear[h], none[h]);
    EXPECT_LT(kalman[h], linear[h]);
    EXPECT_LT(ridge[h], kalman[h]);
    EXPECT_LT(best[h], ridge[h]);
  }
}

}  // namespace
}  // namespace xingu
