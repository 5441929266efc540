// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "patient/body_outline.h"
#include "patient/density_curve.h"
#include "patient/density_image.h"
#include "patient/patient.h"

namespace xingu {

/// What a person says about the matter of one structure. Density without material takes the material of that density;
/// material without density keeps the density that the CT number gives.
struct DensityOverride {
  /// Name, as in the structure set; letter case does not matter. "Artefact#3" where several have it: that ROI number.
  std::string structure;
  std::optional<double> density_g_cm3;
  std::optional<std::string> material;
};

/// A table of overrides, for structures that the file names:
///
///     [[override]]
///     structure = "Dental artefact"
///     density_g_cm3 = 1.0
///     material = "soft_tissue"
///
/// @throws InputError if the file is missing, has unknown keys or no override, or an override says nothing.
[[nodiscard]] std::vector<DensityOverride> read_density_overrides(const std::filesystem::path& path);

/// The patient as the dose engines see it, with the choices that were made on the way.
struct PatientDensity {
  DensityImage image;
  BodyOutline body;
  std::vector<std::string> notes;  ///< one sentence each: overrides that were applied, structures kept outside the body
};

/// Density and material on the CT's grid. In this order:
/// 1. the CT number by the curve, inside the body (find_body), and inside structures of type SUPPORT or BOLUS;
/// 2. air (of the curve's first point) everywhere else: air outside the body, couches without a structure, masks,
/// wires;
/// 3. what the structure set itself states, each structure: relative mass or electron density; both 1 mean water
/// itself;
/// 4. the given overrides, in their order, also outside the body.
/// A voxel belongs to a structure if at least half of it lies inside.
/// @throws InputError if an override names no structure, no material, or a density outside 0–25 g/cm³.
/// Cost O(voxels + contours).
[[nodiscard]] PatientDensity model_density(const Patient& patient, const DensityCurve& curve,
                                           const std::vector<DensityOverride>& overrides = {});

/// model_density(…).image.
[[nodiscard]] DensityImage make_density_image(const Patient& patient, const DensityCurve& curve,
                                              const std::vector<DensityOverride>& overrides = {});

}  // namespace xingu
