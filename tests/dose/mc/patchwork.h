// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <numeric>
#include <vector>

#include "base/philox.h"
#include "dose/mc/particles.h"
#include "dose/mc/voxel_medium.h"
#include "support/photon_beam.h"

namespace xingu::test {

/// An image whose voxels have densities between 0.1 and 2 g/cm³ and materials at random: what no symmetry helps.
[[nodiscard]] inline DensityImage patchwork(const Grid& grid, const std::vector<std::string>& materials,
                                            std::uint64_t seed = 1) {
  DensityImage image = uniform_image(grid, 1.0F, materials.front());
  image.material_names = materials;
  const Philox philox(seed, 0);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    const auto words = philox.words(i);
    image.density[i] = 0.1F + 1.9F * static_cast<float>(words[0]) * 0x1.0p-32F;
    image.material[i] = static_cast<std::uint8_t>(words[1] % materials.size());
  }
  return image;
}

/// Material indices of an image in the order of its names.
[[nodiscard]] inline std::vector<std::uint8_t> in_order(const DensityImage& image) {
  std::vector<std::uint8_t> indices(image.material_names.size());
  std::iota(indices.begin(), indices.end(), std::uint8_t{0});
  return indices;
}

/// An isotropic direction from two numbers in [0, 1).
[[nodiscard]] inline mc::Direction isotropic_direction(float u, float turn) {
  return mc::rotated({0, 0, 1}, 1.0F - 2.0F * u, turn);
}

/// Puts a lane at a point of padded coordinates.
inline void place_lane(mc::ElectronSet& set, std::size_t lane, const std::array<float, 3>& at,
                       const mc::Direction& direction, float weight = 1.0F) {
  set.x[lane] = at[0];
  set.y[lane] = at[1];
  set.z[lane] = at[2];
  set.i[lane] = static_cast<int>(at[0]);
  set.j[lane] = static_cast<int>(at[1]);
  set.k[lane] = static_cast<int>(at[2]);
  set.u[lane] = direction.x;
  set.v[lane] = direction.y;
  set.w[lane] = direction.z;
  set.weight[lane] = weight;
}

}  // namespace xingu::test
