// SPDX-License-Identifier: Apache-2.0
#include "patient/body_outline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "patient/occupancy.h"

namespace xingu {
namespace {

TEST(GridOverBody, covers_the_body_and_not_the_air_around_it) {
  Grid ct;
  ct.size = {20, 20, 10};
  ct.spacing = Vec3(1.0, 1.0, 3.0);
  BodyOutline body{Volume<std::uint8_t>(ct, 0), "a box"};
  for (int z = 2; z < 8; ++z) {
    for (int y = 4; y < 12; ++y) {
      for (int x = 5; x < 15; ++x) {
        body.mask.at(x, y, z) = 1;
      }
    }
  }
  const Grid grid = grid_over_body(body, 2.0);
  EXPECT_EQ(grid.size, (std::array{5, 4, 9}));
  EXPECT_TRUE(grid.lower().isApprox(Vec3(4.5, 3.5, 4.5))) << grid.lower().transpose();
  EXPECT_TRUE(grid.upper().isApprox(Vec3(14.5, 11.5, 22.5))) << grid.upper().transpose();
}

TEST(OutlineStructure, gives_back_the_voxels_of_its_mask) {
  Grid ct;
  ct.size = {24, 20, 6};
  ct.spacing = Vec3(2.0, 1.5, 3.0);
  ct.origin = Vec3(-20.0, 7.0, -4.0);
  Volume<std::uint8_t> mask(ct, 0);
  for (int z = 1; z < 6; ++z) {  // up to the last slice, and over the whole of one side
    for (int y = 3; y < 17; ++y) {
      for (int x = 0; x < 19; ++x) {
        const bool is_notch = x > 14 && y > 8 && y < 12;
        mask.at(x, y, z) = is_notch ? 0 : 1;
      }
    }
  }
  const Structure outline = outline_structure(mask);
  EXPECT_EQ(outline.interpreted_type, "EXTERNAL");
  Volume<std::uint8_t> again(ct, 0);
  for (const auto& voxel : rasterise(outline, ct).voxels) {
    again[voxel.index] = voxel.fraction >= 0.5F ? 1 : 0;
  }
  EXPECT_TRUE(std::ranges::equal(again.values(), mask.values()));
}

}  // namespace
}  // namespace xingu
