// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "dose/mc/constants.h"

/// Hard collisions of electrons and positrons with free electrons, as sampling functions; see photon_interactions.h for
/// the conventions.
namespace xingu::mc {

/// Møller's cross section per transferred share ε = W/T of the kinetic energy, times T (arbitrary norm).
[[nodiscard]] inline float moller_shape(float t, float share) {
  const float g2 = (t + 1.0F) * (t + 1.0F);
  const float rest = 1.0F - share;
  return 1.0F / (share * share) + 1.0F / (rest * rest) + t * t / g2 - (2.0F * t + 1.0F) / (g2 * share * rest);
}

/// Bhabha's cross section, likewise (Messel and Crawford 1970; Rohrlich and Carlson, Phys. Rev. 93, 38 (1954)).
[[nodiscard]] inline float bhabha_shape(float t, float share) {
  const float gamma = t + 1.0F;
  const float beta2 = t * (t + 2.0F) / (gamma * gamma);
  const float y = 1.0F / (gamma + 1.0F);
  const float one = 1.0F - 2.0F * y;
  const float b1 = 2.0F - y * y;
  const float b2 = one * (3.0F + y * y);
  const float b4 = one * one * one;
  const float b3 = one * one + b4;
  return 1.0F / (share * share) - beta2 * (b1 / share - b2 + share * (b3 - share * b4));
}

/// Energy that a hard collision gives to the struck electron. @param kinetic_MeV > 2 cut
template <class Random>
[[nodiscard]] float sample_moller(float kinetic_MeV, float cut_MeV, Random& random) {
  const float t = kinetic_MeV / static_cast<float>(electron_rest_MeV);
  const float low = cut_MeV / kinetic_MeV;
  // Over ε² the shape is at most 1 + ε²/(1 − ε)² + ε² τ²/(τ + 1)² ≤ 9/4 on [0, ½].
  for (;;) {
    const float share = low / (1.0F - random.uniform() * (1.0F - 2.0F * low));  // 1/ε² on [low, ½]
    if (random.uniform() * 2.25F < share * share * moller_shape(t, share)) {
      return share * kinetic_MeV;
    }
  }
}

/// @param kinetic_MeV > cut
template <class Random>
[[nodiscard]] float sample_bhabha(float kinetic_MeV, float cut_MeV, Random& random) {
  const float t = kinetic_MeV / static_cast<float>(electron_rest_MeV);
  const float low = cut_MeV / kinetic_MeV;
  for (;;) {
    const float share = low / (1.0F - random.uniform() * (1.0F - low));  // 1/ε² on [low, 1]
    if (random.uniform() < share * share * bhabha_shape(t, share)) {
      return share * kinetic_MeV;
    }
  }
}

/// Polar cosines after a collision with a free electron that takes `transfer_MeV`: kinematics alone.
struct KnockOnCosines {
  float primary;
  float secondary;
};
[[nodiscard]] inline KnockOnCosines knock_on_cosines(float kinetic_MeV, float transfer_MeV) {
  const float m2 = 2.0F * static_cast<float>(electron_rest_MeV);
  const float rest = kinetic_MeV - transfer_MeV;
  const auto cosine = [&](float energy) {
    return std::sqrt(std::clamp(energy * (kinetic_MeV + m2) / (kinetic_MeV * (energy + m2)), 0.0F, 1.0F));
  };
  return {cosine(rest), cosine(transfer_MeV)};
}

/// Number of hard collisions per path, times the electrons' density in loss units: ∫ dε shape over the hard range.
/// rate [cm²/g] = loss_scale · (electrons per mass) / β² · this / T. Cost: 200 terms.
[[nodiscard]] inline double hard_collision_integral(double kinetic_MeV, double cut_MeV, double upper_share,
                                                    float (*shape)(float, float)) {
  const double low = cut_MeV / kinetic_MeV;
  if (!(low < upper_share)) {
    return 0.0;
  }
  const auto t = static_cast<float>(kinetic_MeV / electron_rest_MeV);
  constexpr int num = 200;
  const double step = std::log(upper_share / low) / num;
  double sum = 0.0;
  for (int i = 0; i < num; ++i) {
    const double share = low * std::exp((i + 0.5) * step);
    sum += static_cast<double>(shape(t, static_cast<float>(share))) * share * step;
  }
  return sum;
}

}  // namespace xingu::mc
