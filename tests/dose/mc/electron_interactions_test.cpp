// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/electron_interactions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dose/mc/random_stream.h"
#include "dose/mc/sample_statistics.h"

namespace xingu::mc {
namespace {

constexpr int num_samples = 100000;
constexpr double far_out = 4.0;  // standard deviations

template <class Sample, class Shape>
double excess_of(double kinetic, double cut, double upper_share, Sample&& sample, Shape&& shape) {
  RandomStream random(2, 1);
  const double low = std::log(cut / kinetic);
  test::Histogram histogram(low - 1e-6, std::log(upper_share) + 1e-6, 30);
  for (int i = 0; i < num_samples; ++i) {
    const float transfer = sample(static_cast<float>(kinetic), static_cast<float>(cut), random);
    histogram.add(std::log(static_cast<double>(transfer) / kinetic));
  }
  EXPECT_EQ(histogram.outside(), 0);
  const auto t = static_cast<float>(kinetic / electron_rest_MeV);
  return histogram.excess([&](double log_share) {
    const double share = std::exp(log_share);
    return share * static_cast<double>(shape(t, static_cast<float>(share)));
  });
}

TEST(Moller, samples_follow_the_cross_section) {
  for (const double kinetic : {0.5, 2.0, 15.0}) {
    const auto sample = [](float t, float cut, RandomStream& random) { return sample_moller(t, cut, random); };
    EXPECT_LT(excess_of(kinetic, 0.2, 0.5, sample, moller_shape), far_out) << kinetic;
  }
}

TEST(Bhabha, samples_follow_the_cross_section) {
  for (const double kinetic : {0.3, 2.0, 15.0}) {
    const auto sample = [](float t, float cut, RandomStream& random) { return sample_bhabha(t, cut, random); };
    EXPECT_LT(excess_of(kinetic, 0.2, 1.0, sample, bhabha_shape), far_out) << kinetic;
  }
}

TEST(Bhabha, is_rutherfords_for_small_transfers) {
  for (const float t : {0.1F, 1.0F, 20.0F}) {
    constexpr float share = 1e-4F;
    EXPECT_NEAR(share * share * bhabha_shape(t, share), 1.0F, 2e-4F);
    EXPECT_NEAR(share * share * moller_shape(t, share), 1.0F, 2e-4F);
  }
}

TEST(HardCollisions, integrate_to_the_closed_form_of_moller) {
  for (const double kinetic : {0.5, 3.0, 20.0}) {
    const double t = kinetic / electron_rest_MeV;
    const double c = 0.05 / kinetic;
    const double g2 = (t + 1.0) * (t + 1.0);
    const double expected =
        1.0 / c - 1.0 / (1.0 - c) + t * t / g2 * (0.5 - c) - (2.0 * t + 1.0) / g2 * std::log((1.0 - c) / c);
    EXPECT_NEAR(hard_collision_integral(kinetic, 0.05, 0.5, moller_shape) / expected, 1.0, 1e-3) << kinetic;
  }
}

TEST(HardCollisions, do_not_happen_where_the_cut_is_out_of_reach) {
  EXPECT_EQ(hard_collision_integral(0.39, 0.2, 0.5, moller_shape), 0.0);
  EXPECT_EQ(hard_collision_integral(0.19, 0.2, 1.0, bhabha_shape), 0.0);
  EXPECT_GT(hard_collision_integral(0.39, 0.2, 1.0, bhabha_shape), 0.0);
}

TEST(KnockOn, conserves_momentum) {
  const auto momentum = [](double kinetic) { return std::sqrt(kinetic * (kinetic + 2.0 * electron_rest_MeV)); };
  for (const double kinetic : {0.5, 4.0}) {
    for (const double share : {0.05, 0.3, 0.5, 0.9}) {
      const double transfer = share * kinetic;
      const KnockOnCosines cosines = knock_on_cosines(static_cast<float>(kinetic), static_cast<float>(transfer));
      const auto primary = static_cast<double>(cosines.primary);
      const auto secondary = static_cast<double>(cosines.secondary);
      const double p1 = momentum(kinetic - transfer);
      const double p2 = momentum(transfer);
      EXPECT_NEAR((p1 * primary + p2 * secondary) / momentum(kinetic), 1.0, 1e-6);
      EXPECT_NEAR(p1 * std::sqrt(1.0 - primary * primary), p2 * std::sqrt(1.0 - secondary * secondary),
                  1e-5 * momentum(kinetic));
    }
  }
}

}  // namespace
}  // namespace xingu::mc
