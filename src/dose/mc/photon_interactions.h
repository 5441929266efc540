// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "dose/mc/constants.h"

/// Photon interactions as sampling functions: energies in MeV, directions as the cosine of the polar angle to the
/// incident photon. `Random` is anything with `float uniform()` in (0, 1). Plain arithmetic: nothing here allocates,
/// throws or calls through pointers, so that it can run on a GPU as it stands.
namespace xingu::mc {

struct ComptonResult {
  float photon_MeV;
  float photon_cosine;
  float electron_MeV;  ///< kinetic
  float electron_cosine;
};

/// Klein and Nishina's scattering by a free electron at rest: Kahn's composition, in the form of Butcher and Messel
/// (Nucl. Phys. 20, 15 (1960)): the scattered share ε = k'/k from 1/ε and ε, weighted by rejection.
/// Binding is in the total cross section (XCOM's incoherent scattering), not in the angle.
template <class Random>
[[nodiscard]] ComptonResult sample_compton(float photon_MeV, Random& random) {
  const float k = photon_MeV / static_cast<float>(electron_rest_MeV);
  const float low = 1.0F / (1.0F + 2.0F * k);
  const float log_part = -std::log(low);
  const float square_part = 0.5F * (1.0F - low * low);
  float share = 1.0F;
  float versine = 0.0F;
  for (;;) {
    if (random.uniform() * (log_part + square_part) < log_part) {
      share = std::exp(-log_part * random.uniform());
    } else {
      share = std::sqrt(low * low + (1.0F - low * low) * random.uniform());
    }
    versine = std::min((1.0F - share) / (k * share), 2.0F);  // 1 − cos θ
    const float sine2 = versine * (2.0F - versine);
    if (random.uniform() < 1.0F - share * sine2 / (1.0F + share * share)) {
      break;
    }
  }
  ComptonResult result;
  result.photon_MeV = photon_MeV * share;
  result.photon_cosine = 1.0F - versine;
  result.electron_MeV = photon_MeV - result.photon_MeV;
  // cot φ = (1 + k) tan(θ/2), tan²(θ/2) = v/(2 − v)
  const float tangent2 = versine / std::max(2.0F - versine, 1e-12F);
  const float cotangent2 = (1.0F + k) * (1.0F + k) * tangent2;
  result.electron_cosine = std::sqrt(cotangent2 / (1.0F + cotangent2));
  return result;
}

/// Direction of a photoelectron from an s shell, by Sauter's distribution (Ann. Phys. 11, 454 (1931)) as sampled by
/// Sempau et al. (NIM B 132, 377 (1997)).
template <class Random>
[[nodiscard]] float sample_photoelectron_cosine(float kinetic_MeV, Random& random) {
  const float t = kinetic_MeV / static_cast<float>(electron_rest_MeV);
  const float gamma = 1.0F + t;
  const float beta = std::sqrt(t * (t + 2.0F)) / gamma;
  const float a = 1.0F / beta - 1.0F;
  const float b = 0.5F * gamma * (gamma - 1.0F) * (gamma - 2.0F) * beta;
  const float top = 2.0F * (1.0F / a + b);
  float versine = 0.0F;
  for (;;) {
    const float u = random.uniform();
    versine = 2.0F * a / ((a + 2.0F) * (a + 2.0F) - 4.0F * u) * (2.0F * u + (a + 2.0F) * std::sqrt(u));
    if (random.uniform() * top < (2.0F - versine) * (1.0F / (a + versine) + b)) {
      break;
    }
  }
  return 1.0F - versine;
}

/// Bethe and Heitler's cross section for a pair, Born approximation, unscreened, over angles (Motz, Olsen and Koch,
/// Rev. Mod. Phys. 41, 581 (1969), formula 3D-1003), per total energy of the positron, in units of α Z² r_e²/mc².
[[nodiscard]] inline double pair_shape(double photon, double positron) {
  const double k = photon;
  const double ep = positron;
  const double em = k - ep;
  if (!(ep > 1.0) || !(em > 1.0)) {
    return 0.0;
  }
  const double pp = std::sqrt(ep * ep - 1.0);
  const double pm = std::sqrt(em * em - 1.0);
  const double lp = 2.0 * std::log(ep + pp);
  const double lm = 2.0 * std::log(em + pm);
  const double both = 2.0 * std::log((ep * em + pp * pm + 1.0) / k);
  const double p2 = pp * pm;
  const double bracket = -4.0 / 3.0 - 2.0 * ep * em * (pp * pp + pm * pm) / (p2 * p2) + lp * em / (pp * pp * pp) +
                         lm * ep / (pm * pm * pm) - lp * lm / p2 +
                         both * (k * k * (ep * ep * em * em + p2 * p2) / (p2 * p2 * p2) - 8.0 / 3.0 * ep * em / p2 -
                                 k / (2.0 * p2) *
                                     ((ep * em - pm * pm) / (pm * pm * pm) * lm +
                                      (ep * em - pp * pp) / (pp * pp * pp) * lp + 2.0 * k * ep * em / (p2 * p2)));
  return std::max(0.0, p2 / (k * k * k) * bracket);
}

/// Kinetic energy of the positron; the electron has what is left above the threshold. Rejection from a flat share.
template <class Random>
[[nodiscard]] float sample_pair_positron(float photon_MeV, Random& random) {
  const double k = static_cast<double>(photon_MeV) / electron_rest_MeV;
  const double kinetic = k - 2.0;
  // The spectrum is symmetric; below some 20 MeV it is highest at equal shares or nearly so.
  const double top = 1.15 * std::max(pair_shape(k, 0.5 * k), pair_shape(k, 1.0 + 0.15 * kinetic));
  for (;;) {
    const double share = static_cast<double>(random.uniform());
    if (static_cast<double>(random.uniform()) * top < pair_shape(k, 1.0 + share * kinetic)) {
      return static_cast<float>(share * kinetic * electron_rest_MeV);
    }
  }
}

/// Cosine of a particle that a photon or electron of high energy made: dσ ∝ θ dθ/(θ² + (m/E)²)², the leading term for
/// pairs and bremsstrahlung alike. @param total_MeV  energy of the charged particle with its rest mass
template <class Random>
[[nodiscard]] float sample_radiative_cosine(float total_MeV, Random& random) {
  const float u = random.uniform();
  const float theta = static_cast<float>(electron_rest_MeV) / total_MeV * std::sqrt(u / (1.0F - u));
  return theta < static_cast<float>(pi) ? std::cos(theta) : 2.0F * random.uniform() - 1.0F;
}

/// Mean energy that a Compton collision gives to the electron, as a share of the photon's: Klein and Nishina's
/// integrals.
[[nodiscard]] inline double compton_transfer_share(double photon_MeV) {
  const double k = photon_MeV / electron_rest_MeV;
  constexpr int num = 400;
  double cross_section = 0.0;
  double energy = 0.0;
  for (int i = 0; i < num; ++i) {
    const double cosine = -1.0 + (i + 0.5) * 2.0 / num;
    const double share = 1.0 / (1.0 + k * (1.0 - cosine));
    const double density = share * share * (share + 1.0 / share - 1.0 + cosine * cosine);
    cross_section += density;
    energy += density * (1.0 - share);
  }
  return energy / cross_section;
}

}  // namespace xingu::mc
