// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/material_table.h"

namespace xingu::mc {

enum class Charge { electron, positron };

/// Mean excitation energy I, eV. @throws InputError for a material that states none
[[nodiscard]] double mean_excitation(const Material& material);

/// Density effect of a material: the polarisation of the medium that lowers the stopping power of fast electrons.
///
/// Sternheimer's oscillator model (Phys. Rev. 88, 851 (1952); Atom. Data Nucl. Data Tables 30, 261 (1984)): each shell
/// is an oscillator of strength f at ρ_s E_s, with one factor ρ_s chosen so that the logarithmic mean of all levels is
/// the mean excitation energy. Insulators: no free electrons. Immutable.
class DensityEffect {
 public:
  /// At the material's nominal density. @throws InputError without a mean excitation energy or for an unknown element
  explicit DensityEffect(const Material& material);

  /// δ(β). Cost: a bisection.
  [[nodiscard]] double correction(double kinetic_MeV) const;
  /// Of all the medium's electrons, eV.
  [[nodiscard]] double plasma_energy() const { return plasma_energy_; }

 private:
  struct Level {
    double strength = 0.0;
    double energy2 = 0.0;  ///< (ρ_s E_s / hν_p)²
  };
  double plasma_energy_ = 0.0;
  std::vector<Level> levels_;
};

/// Collision stopping power for energy transfers up to `cut_MeV` (ICRU Report 37, eq. 2.6 and 2.21, with the restricted
/// forms of Berger and Seltzer). No shell correction: too large below some 10 keV. Immutable.
class CollisionStoppingPower {
 public:
  explicit CollisionStoppingPower(const Material& material);

  /// @param cut_MeV  largest transfer; above the kinematic limit (T/2 for electrons, T for positrons) it is that limit
  /// @return         MeV cm²/g
  [[nodiscard]] double restricted(double kinetic_MeV, double cut_MeV, Charge charge) const;
  [[nodiscard]] double unrestricted(double kinetic_MeV, Charge charge) const;

 private:
  double electrons_per_mass_;
  double mean_excitation_MeV_;
  DensityEffect density_effect_;
};

}  // namespace xingu::mc
