// SPDX-License-Identifier: Apache-2.0
#include "delivery/correlation_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "delivery/noise.h"

namespace xingu {
namespace {

/// Skin along an oblique line; the target bends and lags behind.
struct Patient {
  static constexpr double omega = 2.0 * 3.141592653589793 / 4.0;
  Vec3 direction = Vec3(0.2, -0.9, 0.4).normalized();
  [[nodiscard]] Vec3 marker(double t) const { return 4.0 * std::sin(omega * t) * direction + Vec3(1, 2, 3); }
  [[nodiscard]] Vec3 velocity(double t) const { return 4.0 * omega * std::cos(omega * t) * direction; }
  [[nodiscard]] Vec3 target(double t) const {
    const double s = std::sin(omega * t - 0.3);
    return {0.5 * s, -2.0 * s, -6.0 * s + 1.0 * std::sin(omega * t) * std::sin(omega * t)};
  }
};

CorrelationModel learnt(const Patient& patient, double noise_mm, int num_images) {
  CorrelationModel model;
  const Noise noise(1, 1);
  for (int i = 0; i < 300; ++i) {
    model.learn_direction(patient.marker(i / 30.0));
  }
  for (int i = 0; i < num_images; ++i) {
    const double t = 1.37 * i;
    model.add_image(patient.marker(t), patient.velocity(t),
                    patient.target(t) + noise_mm * noise.normal3(static_cast<std::uint64_t>(i)));
  }
  return model;
}

TEST(CorrelationModel, learns_a_bent_and_lagging_relation) {
  const Patient patient;
  const CorrelationModel model = learnt(patient, 0.0, 20);
  ASSERT_TRUE(model.is_ready());
  for (double t = 0.0; t < 8.0; t += 0.1) {
    EXPECT_LT((model.target(patient.marker(t), patient.velocity(t)) - patient.target(t)).norm(), 0.1);
  }
  EXPECT_LT(model.residual_mm(), 0.1);
}

TEST(CorrelationModel, is_not_ready_before_enough_images) {
  const Patient patient;
  EXPECT_FALSE(learnt(patient, 0.0, CorrelationModel::min_images - 1).is_ready());
  EXPECT_TRUE(learnt(patient, 0.0, CorrelationModel::min_images).is_ready());
}

TEST(CorrelationModel, averages_the_noise_of_its_images) {
  const Patient patient;
  const CorrelationModel model = learnt(patient, 0.3, 24);
  double sum = 0.0;
  int count = 0;
  for (double t = 0.0; t < 8.0; t += 0.1, ++count) {
    sum += (model.target(patient.marker(t), patient.velocity(t)) - patient.target(t)).squaredNorm();
  }
  EXPECT_LT(std::sqrt(sum / count), 0.3) << "an image alone is off by 0.52 mm";
}

TEST(CorrelationModel, says_how_far_an_image_is_from_it) {
  const Patient patient;
  const CorrelationModel model = learnt(patient, 0.0, 20);
  const Vec3 aside(5, 0, 0);
  EXPECT_NEAR(model.error_of(patient.marker(3), patient.velocity(3), patient.target(3) + aside), 5.0, 0.15);
}

TEST(CorrelationModel, takes_a_leap_of_the_marker_for_a_leap_of_the_target) {
  const Patient patient;
  const CorrelationModel model = learnt(patient, 0.0, 20);
  for (const double leap_mm : {-20.0, -12.0, 12.0, 20.0}) {
    const Vec3 leap = leap_mm * patient.direction;
    for (double t = 0.0; t < 4.0; t += 0.1) {
      // the speed is measured over a fifth of a second, and the leap is in it
      const Vec3 seen = model.target(patient.marker(t) + leap, patient.velocity(t) + leap / 0.2);
      EXPECT_GT((seen - patient.target(t)).norm(), 0.6 * std::abs(leap_mm)) << leap_mm << " mm at " << t << " s";
    }
  }
}

TEST(CorrelationModel, forgets_old_images) {
  const Patient patient;
  CorrelationModel model = learnt(patient, 0.0, 24);
  for (int i = 0; i < 24; ++i) {
    const double t = 0.77 * i;
    model.add_image(patient.marker(t), patient.velocity(t), patient.target(t) + Vec3(0, 0, 4));
  }
  EXPECT_NEAR((model.target(patient.marker(2), patient.velocity(2)) - patient.target(2)).z(), 4.0, 0.1);
  model.forget_images();
  EXPECT_FALSE(model.is_ready());
}

}  // namespace
}  // namespace xingu
