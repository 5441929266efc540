// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace xingu {

/// Monoenergetic point kernels in water: what one photon, forced to interact at the origin while it travels along +z,
/// leaves in each shell and cone, as fractions of its energy. Read from a data file so that kernels by another Monte
/// Carlo take their place without a change of code: a file of the same columns, any energies, any shells, 48 cones.
struct PointKernels {
  static constexpr int num_cones = 48;  ///< of 3.75° each, over [0, 180]°

  std::vector<double> energy_MeV;  ///< ascending
  std::vector<double> r_edges_cm;  ///< num_shells + 1, ascending from 0
  /// [energy][shell · 48 + cone] fractions of the photon's energy
  std::vector<std::vector<double>> primary;
  std::vector<std::vector<double>> scatter;  ///< all orders, with bremsstrahlung and annihilation

  [[nodiscard]] int num_shells() const { return static_cast<int>(r_edges_cm.size()) - 1; }

  /// @throws InputError if the file is missing, not in this form, lacks a cell or gives it twice, or if fractions are
  /// negative or sum to more than the photon's energy.
  [[nodiscard]] static PointKernels read(const std::filesystem::path& path);
};

}  // namespace xingu
