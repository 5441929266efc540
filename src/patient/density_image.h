// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "geometry/grid.h"

namespace xingu {

/// What the dose engines see: mass density and material on the CT's grid (or on a phantom's), frame P.
/// Outside the grid is vacuum.
struct DensityImage {
  Volume<float> density;          ///< [nz, ny, nx] g/cm³, ≥ 0
  Volume<std::uint8_t> material;  ///< [nz, ny, nx] index into material_names
  std::vector<std::string>
      material_names;  ///< names of data/materials.toml: "air", "lung", "adipose", "soft_tissue", …
};

}  // namespace xingu
