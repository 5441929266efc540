// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dose/material_table.h"

namespace xingu::test {

/// A voxel of an EGSnrc reference: its edges and its dose per unit axis fluence at the isocentre plane.
struct ReferencePoint {
  double depth_low_mm, depth_high_mm;
  double x_low_mm, x_high_mm;
  double dose;   ///< Gy cm²
  double sigma;  ///< Gy cm²
};

struct Reference {
  std::vector<ReferencePoint> depth_dose;
  std::vector<ReferencePoint> profiles;
};

/// Reads <name>_pdd.csv and <name>_profiles.csv of a folder.
[[nodiscard]] Reference read_reference(const std::filesystem::path& folder, const std::string& name);

/// The 24-bin spectrum beside them: bin centres and weights.
struct ReferenceSpectrum {
  std::vector<double> energy_MeV;
  std::vector<double> weight;
};
[[nodiscard]] ReferenceSpectrum read_reference_spectrum(const std::filesystem::path& folder);

/// The shipped materials, but water with the mean excitation energy of ICRU Report 37 (75.0 eV), as the reference's
/// cross sections have it; Xingu's own is that of ICRU Report 90 (78 eV), which lets electrons go 0.5 % further.
[[nodiscard]] MaterialTable materials_of_egsnrc();

}  // namespace xingu::test
