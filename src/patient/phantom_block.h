// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "patient/patient.h"

namespace xingu {

/// HU of the materials of the block phantoms. Bone and lung are where the shipped CT calibration gives 1.85 and 0.26
/// g/cm³; whatever calibration is used, the structures' overrides say what they are: these densities exactly, and the
/// body's outline that it is water, where the CT number 0 alone would be soft tissue (1.018 g/cm³ by the shipped
/// curve).
struct BlockHu {
  static constexpr float air = -1000.0F;
  static constexpr float water = 0.0F;
  static constexpr float cortical_bone = 1407.0F;
  static constexpr float lung = -749.0F;
};

/// Geometry, HU and structures of the three block phantoms (see make_phantom); identifiers are left empty.
/// Cost O(voxels).
[[nodiscard]] Patient make_water_phantom(double spacing_mm);
[[nodiscard]] Patient make_slab_phantom(double spacing_mm);
[[nodiscard]] Patient make_cshape_phantom(double spacing_mm);

}  // namespace xingu
