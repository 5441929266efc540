// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "dose/material_table.h"

namespace xingu::mc {

/// An element as charged-particle transport sees it.
struct Element {
  int atomic_number = 0;
  double atomic_mass = 0.0;  ///< g/mol
  struct Shell {
    double electrons = 0.0;
    double binding_eV = 0.0;
  };
  std::vector<Shell> shells;
};

/// Atomic number, standard atomic weight (IUPAC 2021) and shells (data/electron_shells.csv).
/// @throws InputError for an element that has no shells in the file, naming those that have
[[nodiscard]] const Element& element_data(std::string_view symbol);

/// Electrons per gram over Avogadro's number, Σ w Z/A, mol/g.
[[nodiscard]] double electrons_per_mass(const Material& material);

}  // namespace xingu::mc
