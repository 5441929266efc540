// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/voxel_medium.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/photon_beam.h"

namespace xingu::mc {
namespace {

TEST(PackedVoxel, keeps_the_material_and_the_density_to_2e_6) {
  for (const float density : {1e-5F, 0.0012F, 0.26F, 1.0F, 1.85F, 19.3F}) {
    for (unsigned material = 0; material < 16; ++material) {
      const std::uint32_t word = PackedVoxel::pack(density, material);
      EXPECT_EQ(PackedVoxel::material(word), material);
      EXPECT_NEAR(PackedVoxel::density(word) / density, 1.0F, 2e-6F) << density << ' ' << material;
    }
  }
}

DensityImage small_image() {
  Grid grid;
  grid.size = {3, 4, 2};
  grid.spacing = Vec3(2.0, 1.0, 5.0);
  grid.origin = Vec3(10, -20, 30);
  DensityImage image = test::uniform_image(grid, 1.0F, "water");
  image.material_names = {"lung", "water"};
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    image.density[i] = 0.1F * static_cast<float>(i + 1);
    image.material[i] = static_cast<std::uint8_t>(i % 2);
  }
  return image;
}

TEST(VoxelMedium, holds_the_image_inside_one_layer_of_outside) {
  const DensityImage image = small_image();
  const VoxelMedium medium(image, {4, 7});
  ASSERT_EQ(medium.num_padded(), 5U * 6U * 4U);
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 6; ++j) {
      for (int i = 0; i < 5; ++i) {
        const std::uint32_t word = medium.voxels()[medium.index(i, j, k)];
        const bool is_inside = i > 0 && i < 4 && j > 0 && j < 5 && k > 0 && k < 3;
        EXPECT_EQ(medium.is_inside(i, j, k), is_inside);
        if (is_inside) {
          EXPECT_NEAR(PackedVoxel::density(word) / image.density.at(i - 1, j - 1, k - 1), 1.0F, 2e-6F);
          EXPECT_EQ(PackedVoxel::material(word), image.material.at(i - 1, j - 1, k - 1) == 0 ? 4U : 7U);
        } else {
          EXPECT_EQ(word, 0U);
        }
      }
    }
  }
}

TEST(VoxelMedium, counts_coordinates_in_voxels_of_the_padded_grid) {
  const VoxelMedium medium(small_image(), {0, 1});
  const Vec3 centre = medium.coordinates(medium.grid().centre(1, 2, 0));
  EXPECT_NEAR((centre - Vec3(2.5, 3.5, 1.5)).norm(), 0.0, 1e-12);
  EXPECT_NEAR((medium.coordinates(medium.grid().lower()) - Vec3(1, 1, 1)).norm(), 0.0, 1e-12);
  EXPECT_FLOAT_EQ(medium.voxels_per_mm()[0], 0.5F);
  EXPECT_FLOAT_EQ(medium.voxels_per_mm()[2], 0.2F);
}

TEST(VoxelMedium, takes_empty_voxels_for_very_thin_ones) {
  DensityImage image = small_image();
  image.density[0] = 0.0F;
  const VoxelMedium medium(image, {0, 1});
  const std::uint32_t word = medium.voxels()[medium.index(1, 1, 1)];
  EXPECT_NE(word, 0U);
  EXPECT_NEAR(PackedVoxel::density(word) / VoxelMedium::thinnest_g_cm3, 1.0F, 2e-6F);
}

}  // namespace
}  // namespace xingu::mc
