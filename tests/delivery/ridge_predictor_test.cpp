// SPDX-License-Identifier: Apache-2.0
#include "delivery/ridge_predictor.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>

#include "delivery/noise.h"

namespace xingu {
namespace {

TEST(RidgePredictor, agrees_with_the_regression_solved_at_once) {
  // its features as stated: five steps of each coordinate, a tenth of the level, a tenth
  constexpr double forgetting = 0.9999;
  constexpr int num_features = 19;
  RidgePredictor predictor(0.1, 0.1);
  SampleRing ring(256);
  const Noise noise(4, 4);
  Vec3 position = Vec3::Zero();
  Vec3 speed = Vec3::Zero();
  std::vector<Eigen::Matrix<double, num_features, 1>> features;
  std::vector<Vec3> samples;
  for (std::uint64_t i = 0; i < 120; ++i) {
    speed += 0.3 * noise.normal3(i) - 0.1 * position;
    position += speed;
    ring.add(position);
    samples.push_back(position);
    features.push_back(i >= 5 ? lag_features<5>(ring, i, 1, 0.1, 0.1) : Eigen::Matrix<double, num_features, 1>::Zero());
    predictor.add(0.1 * static_cast<double>(i), position);
  }
  Eigen::Matrix<double, num_features, num_features> normal = decltype(normal)::Identity();
  Eigen::Matrix<double, num_features, 3> right = decltype(right)::Zero();
  for (std::size_t i = 5; i + 1 < samples.size(); ++i) {
    normal = forgetting * normal + features[i] * features[i].transpose();
    right = forgetting * right + features[i] * (samples[i + 1] - samples[i]).transpose();
  }
  const Vec3 expected = samples.back() + normal.ldlt().solve(right).transpose() * features.back();
  EXPECT_LT((predictor.predict(12.0) - expected).norm(), 1e-8);
}

TEST(PredictedSteps, runs_straight_between_whole_periods_and_stops_at_its_horizon) {
  PredictedSteps steps(0.1, 2);
  steps.start(1.0, Vec3(1, 0, 0));
  steps.set(1, Vec3(0, 1, 0));
  steps.set(2, Vec3(0, 1, 2));
  EXPECT_LT((steps.at(0.5) - Vec3(1, 0, 0)).norm(), 1e-9);
  EXPECT_LT((steps.at(1.05) - Vec3(1, 0.5, 0)).norm(), 1e-9);
  EXPECT_LT((steps.at(1.15) - Vec3(1, 1, 1)).norm(), 1e-9);
  EXPECT_LT((steps.at(9.0) - Vec3(1, 1, 2)).norm(), 1e-9);
}

}  // namespace
}  // namespace xingu
