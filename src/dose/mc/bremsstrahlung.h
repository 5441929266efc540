// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/material_table.h"

namespace xingu::mc {

/// Shape of the bremsstrahlung spectrum k dσ/dk: Bethe and Heitler's cross section, Born approximation, unscreened,
/// integrated over angles (Koch and Motz, Rev. Mod. Phys. 31, 920 (1959), formula 3BN). Arbitrary norm.
/// @param photon_MeV  0 < k < kinetic_MeV
[[nodiscard]] double bremsstrahlung_shape(double kinetic_MeV, double photon_MeV);

/// Radiative stopping power, MeV cm²/g: α r_e² N_A Σ w Z(Z+1)/A · (T + mc²) · φ(T), with the scaled radiative loss φ of
/// light elements (Berger and Seltzer, NBSIR 82-2550; five figures, interpolated in ln T). Good to 3 % for Z ≤ 20,
/// 10 % for heavy elements, of a part that is 1 % of the stopping power of water at 2 MeV.
[[nodiscard]] double radiative_stopping_power(const Material& material, double kinetic_MeV);

/// Spectrum of the photons above a cut for one electron energy, normalised so that all photons together make the
/// radiative stopping power.
struct BremsstrahlungSplit {
  double soft_loss = 0.0;  ///< MeV cm²/g lost to photons below the cut
  double hard_rate = 0.0;  ///< photons above the cut, cm²/g
};
[[nodiscard]] BremsstrahlungSplit split_bremsstrahlung(const Material& material, double kinetic_MeV, double cut_MeV);

/// Quantiles of the photon energy above the cut at one electron energy, the same for all materials: element i is
/// x = ln(k/cut)/ln(T/cut) at cumulative probability i/(count − 1). Empty if the cut is not below T.
[[nodiscard]] std::vector<float> bremsstrahlung_quantiles(double kinetic_MeV, double cut_MeV, int count);

}  // namespace xingu::mc
