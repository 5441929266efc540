// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patient/patient.h"

namespace xingu {

/// HU of the materials of the block phantoms. Bone and lung lie on a line through water and the densities 1.85 and
/// 0.26 g/cm³ of the usual stoichiometric conversions (Schneider et al. 2000); where the density must be exact, the
/// structure's override says it.
struct BlockHu {
  static constexpr float air = -1000.0F;
  static constexpr float water = 0.0F;
  static constexpr float cortical_bone = 1400.0F;
  static constexpr float lung = -741.0F;
};

/// Geometry, HU and structures of the three block phantoms (see make_phantom); identifiers are left empty.
/// Cost O(voxels).
[[nodiscard]] Patient make_water_phantom(double spacing_mm);
[[nodiscard]] Patient make_slab_phantom(double spacing_mm);
[[nodiscard]] Patient make_cshape_phantom(double spacing_mm);

}  // namespace xingu
