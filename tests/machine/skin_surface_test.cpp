// SPDX-License-Identifier: Apache-2.0
#include "machine/skin_surface.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>

namespace xingu {
namespace {

Volume<std::uint8_t> ball(double radius, double spacing) {
  Grid grid;
  grid.size = {50, 50, 50};
  grid.spacing = Vec3::Constant(spacing);
  grid.origin = Vec3::Constant(-24.5 * spacing);
  Volume<std::uint8_t> mask(grid);
  for (int z = 0; z < 50; ++z) {
    for (int y = 0; y < 50; ++y) {
      for (int x = 0; x < 50; ++x) {
        mask.at(x, y, z) = grid.centre(x, y, z).norm() <= radius ? 1 : 0;
      }
    }
  }
  return mask;
}

TEST(SkinSurface, of_a_ball_is_closed_and_has_its_volume_and_radius) {
  const SkinSurface skin = skin_surface(ball(80, 4), 20, 3000);
  double six_volumes = 0.0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> balance;
  for (const TriangleIndices& t : skin.surface.triangles) {
    const auto& p = skin.surface.points;
    six_volumes += p[t[0]].dot(p[t[1]].cross(p[t[2]]));
    for (std::size_t k = 0; k < 3; ++k) {
      const std::uint32_t a = t[k];
      const std::uint32_t b = t[(k + 1) % 3];
      balance[{std::min(a, b), std::max(a, b)}] += a < b ? 1 : -1;
    }
  }
  for (const auto& [edge, sum] : balance) {
    EXPECT_EQ(sum, 0);
  }
  const double volume = 4.0 / 3.0 * std::numbers::pi * 80 * 80 * 80;
  EXPECT_NEAR(six_volumes / 6.0, volume, 0.02 * volume);
  for (const Vec3& p : skin.surface.points) {
    EXPECT_NEAR(p.norm(), 80.0, 5.0);
  }
}

TEST(SkinSurface, has_about_as_many_triangles_as_wanted) {
  for (const std::size_t wanted : {1000U, 4000U}) {
    const auto count = static_cast<double>(skin_surface(ball(80, 4), 20, wanted).surface.triangles.size());
    EXPECT_NEAR(count, static_cast<double>(wanted), 0.2 * static_cast<double>(wanted));
  }
}

}  // namespace
}  // namespace xingu
