// SPDX-License-Identifier: Apache-2.0
#include "patient/body_outline.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace xingu
