// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "dose/mc/stopping_power.h"

namespace xingu::mc {

/// Largest number of electrons that move as one set: two vectors of sixteen floats.
inline constexpr std::size_t max_lanes = 32;
template <class T>
using Lanes = std::array<T, max_lanes>;

/// Positions are in the medium's own coordinates (voxels of its padded grid), directions are unit vectors along the
/// axes of frame P.
struct Direction {
  float x = 0.0F;
  float y = 0.0F;
  float z = 1.0F;
};

/// What a particle descends from, for kernels: the forced interaction's own electrons, those of photons scattered once,
/// twice, more often, and those of bremsstrahlung and annihilation photons.
enum class Generation { primary, first_scatter, second_scatter, multiple_scatter, radiative };

[[nodiscard]] constexpr Generation next_scatter(Generation generation) {
  switch (generation) {
    case Generation::primary:
      return Generation::first_scatter;
    case Generation::first_scatter:
      return Generation::second_scatter;
    case Generation::second_scatter:
    case Generation::multiple_scatter:
      return Generation::multiple_scatter;
    case Generation::radiative:
      return Generation::radiative;
  }
  return Generation::radiative;
}

struct PhotonState {
  std::array<float, 3> position{};
  std::array<int, 3> voxel{};
  Direction direction;
  float energy_MeV = 0.0F;
  float weight = 1.0F;
  Generation generation = Generation::primary;
};

/// Electrons (or positrons) of one energy at several places that share their energy losses: the same steps in energy,
/// the same hard collisions; each with its own path through its own material, its own deflections and its own weight
/// (Kawrakow and Fippel's simultaneous transport of particle sets, Phys. Med. Biol. 45, 2163 (2000), is the idea).
struct ElectronSet {
  std::size_t size = 0;
  float energy_MeV = 0.0F;  ///< kinetic
  Charge charge = Charge::electron;
  Generation generation = Generation::primary;
  Lanes<float> x{}, y{}, z{};  ///< position; lanes beyond the size hold what they held, so that vectors may touch them
  Lanes<int> i{}, j{}, k{};    ///< voxel
  Lanes<float> u{}, v{}, w{};  ///< direction
  Lanes<float> weight{};       ///< 0: this lane has ended

  void copy_lane(std::size_t to, const ElectronSet& from, std::size_t lane) {
    x[to] = from.x[lane];
    y[to] = from.y[lane];
    z[to] = from.z[lane];
    i[to] = from.i[lane];
    j[to] = from.j[lane];
    k[to] = from.k[lane];
    u[to] = from.u[lane];
    v[to] = from.v[lane];
    w[to] = from.w[lane];
    weight[to] = from.weight[lane];
  }

  /// Drops the lanes that have ended.
  void compact() {
    std::size_t kept = 0;
    for (std::size_t lane = 0; lane < size; ++lane) {
      if (weight[lane] > 0.0F) {
        if (kept != lane) {
          copy_lane(kept, *this, lane);
        }
        ++kept;
      }
    }
    size = kept;
  }
};

/// cos and sin of 2πu for u in [0, 1), by the double angle of polynomials on a quarter turn; error below 4e-7. Without
/// branches, so that loops over lanes become vector instructions.
inline void circle(float u, float& cosine, float& sine) {
  const float a = 3.14159265F * (u - 0.5F);
  const float b = a * a;
  const float s =
      a * (1.0F + b * (-1.0F / 6.0F + b * (1.0F / 120.0F +
                                           b * (-1.0F / 5040.0F + b * (1.0F / 362880.0F - b * (1.0F / 39916800.0F))))));
  const float c =
      1.0F +
      b * (-0.5F + b * (1.0F / 24.0F + b * (-1.0F / 720.0F + b * (1.0F / 40320.0F + b * (-1.0F / 3628800.0F +
                                                                                         b * (1.0F / 479001600.0F))))));
  // u − ½ shifts the angle by half a turn: both signs turn.
  cosine = s * s - c * c;
  sine = -2.0F * s * c;
}

/// Turns a direction by the polar angle with the given cosine and sine, and the azimuth given by its own. The frame
/// around the direction is that of Duff et al. (JCGT 6, 1 (2017)), which needs no branch.
inline void rotate(float& u, float& v, float& w, float cosine, float sine, float cos_azimuth, float sin_azimuth) {
  const float sign = std::copysign(1.0F, w);
  const float a = -1.0F / (sign + w);
  const float b = u * v * a;
  const float p = sine * cos_azimuth;
  const float q = sine * sin_azimuth;
  const float nu = p * (1.0F + sign * u * u * a) + q * b + cosine * u;
  const float nv = p * sign * b + q * (sign + v * v * a) + cosine * v;
  const float nw = -p * sign * u - q * v + cosine * w;
  u = nu;
  v = nv;
  w = nw;
}

[[nodiscard]] inline Direction rotated(const Direction& from, float cosine, float azimuth_turns) {
  Direction to = from;
  float c = 0.0F;
  float s = 0.0F;
  circle(azimuth_turns, c, s);
  rotate(to.x, to.y, to.z, cosine, std::sqrt(std::max(0.0F, 1.0F - cosine * cosine)), c, s);
  return to;
}

}  // namespace xingu::mc
