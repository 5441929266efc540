// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "dose/material_table.h"

namespace xingu::mc {

/// Deflection of electrons by a material at one energy, as moments of its cross section.
///
/// Nuclei: screened Rutherford scattering with Molière's screening angle (Z. Naturforsch. 3a, 78 (1948)), times the
/// ratio of Mott to Rutherford scattering in the second Born approximation (McKinley and Feshbach, Phys. Rev. 74, 1759
/// (1948)). Electrons: Møller's cross section up to the loss `hard_cut_MeV`; harder collisions are transported one by
/// one. Towards small angles it is screened so that its first moment is that of Bethe's theory, the sum over all
/// excitations
///     G_1 = 2π r_e² n_e/(p² β²) (ln(W/I) + 1)    for losses up to a small W, I the mean excitation energy,
/// which is Fano's inelastic part of multiple scattering (Phys. Rev. 93, 117 (1954)): a collision that excites an atom
/// is limited by the energy that it takes, not by the atom's size. Positrons scatter as electrons do.
class ElasticScattering {
 public:
  static constexpr int max_order = 600;  ///< of the Legendre series

  /// @throws InputError without a mean excitation energy or for an unknown element
  ElasticScattering(const Material& material, double kinetic_MeV, double hard_cut_MeV);

  /// G_ℓ = ∫ (1 − P_ℓ(cos θ)) dΣ, cm²/g, ℓ from 0 to max_order.
  [[nodiscard]] const std::vector<double>& moments() const { return moments_; }
  /// First transport coefficient G_1, cm²/g: the mean of 1 − cos θ per path.
  [[nodiscard]] double transport() const { return moments_[1]; }

 private:
  std::vector<double> moments_;
};

/// The first transport coefficient alone. Cost O(1200 · elements).
[[nodiscard]] double transport_coefficient(const Material& material, double kinetic_MeV, double hard_cut_MeV);

/// Distribution of the deflection after a path, sampled by inversion: with u uniform,
///     y = (1 − cos θ)/2 = a v/(1 + a − v),  v = v(u), linear in u between nodes at u = 1 − (1 − i/64)².
/// The outer transform is the inverse of a single screened scattering, so v(u) is smooth and nearly straight (the idea
/// of Kawrakow and Bielajew, NIM B 134, 325 (1998)).
struct DeflectionTable {
  static constexpr int num_nodes = 65;
  float a = 0.0F;
  std::array<float, num_nodes> v{};
};

/// Goudsmit and Saunderson's series (Phys. Rev. 57, 24 (1940)) for a path of `path_g_cm2`. The mean of 1 − cos θ of the
/// table is that of the series, 1 − exp(−G_1 t), to rounding.
/// Cost O(order · 150); meant for paths of many collisions.
[[nodiscard]] DeflectionTable deflection_after(const ElasticScattering& scattering, double path_g_cm2);

}  // namespace xingu::mc
