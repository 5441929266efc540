// SPDX-License-Identifier: Apache-2.0
#include "geometry/distance_field.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.h"

namespace xingu {
namespace {

TEST(DistanceField, agrees_with_trying_every_voxel) {
  Grid grid;
  grid.size = {13, 9, 11};
  grid.spacing = {1.0, 2.5, 1.7};
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Philox random(seed, 1);
    Volume<std::uint8_t> mask(grid);
    for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
      mask[i] = random.uniform(i) < 0.01 * static_cast<double>(seed + 1) ? 1 : 0;
    }
    mask.at(3, 4, 5) = 1;
    const Volume<float> distance = distance_to(mask);
    for (int z = 0; z < 11; ++z) {
      for (int y = 0; y < 9; ++y) {
        for (int x = 0; x < 13; ++x) {
          double nearest = 1e9;
          for (int k = 0; k < 13 * 9 * 11; ++k) {
            if (mask[static_cast<std::size_t>(k)] != 0) {
              nearest = std::min(nearest, (grid.centre(k % 13, k / 13 % 9, k / 117) - grid.centre(x, y, z)).norm());
            }
          }
          ASSERT_NEAR(distance.at(x, y, z), nearest, 1e-5);
        }
      }
    }
  }
}

TEST(DistanceField, is_infinite_without_a_voxel_to_go_to) {
  Grid grid;
  grid.size = {3, 4, 2};
  EXPECT_TRUE(std::isinf(distance_to(Volume<std::uint8_t>(grid))[7]));
}

}  // namespace
}  // namespace xingu
