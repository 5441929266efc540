// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/voxel_medium.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace xingu::mc {

VoxelMedium::VoxelMedium(const DensityImage& image, const std::vector<std::uint8_t>& material_of)
    : grid_(image.density.grid()) {
  std::size_t num = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    size_[a] = grid_.size[a] + 2;
    stride_[a] = static_cast<int>(num);
    num *= static_cast<std::size_t>(size_[a]);
    per_mm_[a] = static_cast<float>(1.0 / grid_.spacing[static_cast<Eigen::Index>(a)]);
    XINGU_REQUIRE(num < static_cast<std::size_t>(std::numeric_limits<int>::max()),
                  "the transport grid has over 2^31 voxels (indices do not reach that far); take a coarser dose grid");
  }
  voxels_.assign(num, 0U);
  for (int k = 0; k < grid_.nz(); ++k) {
    for (int j = 0; j < grid_.ny(); ++j) {
      for (int i = 0; i < grid_.nx(); ++i) {
        const unsigned material = material_of[image.material.at(i, j, k)];
        voxels_[static_cast<std::size_t>(index(i + 1, j + 1, k + 1))] =
            PackedVoxel::pack(std::max(image.density.at(i, j, k), thinnest_g_cm3), material);
      }
    }
  }
}

}  // namespace xingu::mc
