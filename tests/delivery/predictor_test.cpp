// SPDX-License-Identifier: Apache-2.0
#include "delivery/predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/error.h"
#include "delivery/noise.h"

namespace xingu {
namespace {

constexpr PredictorKind all_kinds[] = {PredictorKind::none, PredictorKind::linear, PredictorKind::ridge,
                                       PredictorKind::kalman, PredictorKind::best};

Vec3 breath(double t) {
  const double phase = 2.0 * std::numbers::pi * t / 4.0;
  return {1.0 * std::sin(phase), 2.0 * std::cos(phase - 0.2), 5.0 * std::sin(phase) + 1.0 * std::sin(2.0 * phase)};
}

/// Root mean square error over the second minute of a breath with noise.
double error_of(PredictorKind kind, double period_s, double horizon_s) {
  const auto predictor = make_predictor(kind, period_s, horizon_s);
  const Noise noise(1, 1);
  double sum = 0.0;
  int count = 0;
  for (std::uint64_t i = 0; static_cast<double>(i) * period_s < 120.0; ++i) {
    const double t = static_cast<double>(i) * period_s;
    predictor->add(t, breath(t) + 0.05 * noise.normal3(i));
    if (t > 60.0) {
      sum += (predictor->predict(t + horizon_s) - breath(t + horizon_s)).squaredNorm();
      ++count;
    }
  }
  return std::sqrt(sum / count);
}

TEST(Predictor, is_found_by_its_name) {
  for (const PredictorKind kind : all_kinds) {
    EXPECT_EQ(predictor_named(to_string(kind)), kind);
  }
  try {
    static_cast<void>(predictor_named("kalmann"));
    FAIL() << "there is none";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("kalman?"), std::string::npos);
  }
}

TEST(Predictor, is_better_than_none_on_a_breath_at_the_rates_of_cameras) {
  for (const double period_s : {0.033, 0.1}) {
    const double none = error_of(PredictorKind::none, period_s, 0.2);
    EXPECT_LT(error_of(PredictorKind::linear, period_s, 0.2), none);
    EXPECT_LT(error_of(PredictorKind::kalman, period_s, 0.2), 0.5 * none);
    EXPECT_LT(error_of(PredictorKind::ridge, period_s, 0.2), 0.15 * none);
    EXPECT_LT(error_of(PredictorKind::best, period_s, 0.2), 0.15 * none);
  }
}

TEST(Predictor, knows_nothing_of_the_future) {
  for (const PredictorKind kind : all_kinds) {
    const auto one = make_predictor(kind, 0.1, 0.4);
    const auto other = make_predictor(kind, 0.1, 0.4);
    std::vector<Vec3> before;
    for (int i = 0; i < 400; ++i) {
      one->add(0.1 * i, breath(0.1 * i));
      before.push_back(one->predict(0.1 * i + 0.4));
    }
    for (int i = 0; i < 400; ++i) {
      // the same past, another future: from 300 on everything differs
      other->add(0.1 * i, i <= 300 ? breath(0.1 * i) : Vec3(50, 50, 50));
      if (i <= 300) {
        EXPECT_EQ(other->predict(0.1 * i + 0.4), before[static_cast<std::size_t>(i)]) << to_string(kind);
      }
    }
  }
}

TEST(Predictor, says_the_last_sample_for_a_patient_who_does_not_move) {
  for (const PredictorKind kind : all_kinds) {
    const auto predictor = make_predictor(kind, 0.1, 0.4);
    for (int i = 0; i < 300; ++i) {
      predictor->add(0.1 * i, Vec3(3, -2, 700));
      EXPECT_LT((predictor->predict(0.1 * i + 0.4) - Vec3(3, -2, 700)).norm(), 1e-6) << to_string(kind);
    }
  }
}

}  // namespace
}  // namespace xingu
