// SPDX-License-Identifier: Apache-2.0
#include "dose/beamlet_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xingu {
namespace {

BeamGeometry straight_down() { return beam_geometry(RoomAngles{}, PatientPosition::hfs, Vec3::Zero(), 800.0); }

TEST(LayBeamlets, covers_every_point_and_its_margin) {
  const std::vector<Eigen::Vector3f> points{{13, 4, -8}, {-21, -9, 3}, {0, 30, 0}};
  const auto geometry = straight_down();
  const auto beamlets = lay_beamlets(points, geometry, 5.0, 4.0);
  const Mat3 to_B = geometry.X_PB.rotation().transpose();
  for (const auto& point : points) {
    const Vec3 p = to_B * point.cast<double>();
    const double scale = 800.0 / (800.0 - p.z());
    for (const double dx : {-4.0, 0.0, 4.0}) {
      for (const double dy : {-4.0, 0.0, 4.0}) {
        const bool is_covered = std::ranges::any_of(beamlets, [&](const Beamlet& b) {
          return std::abs(static_cast<double>(b.x_mm) - p.x() * scale - dx) <= 2.5 + 1e-3 &&
                 std::abs(static_cast<double>(b.y_mm) - p.y() * scale - dy) <= 2.5 + 1e-3;
        });
        EXPECT_TRUE(is_covered);
      }
    }
  }
}

TEST(LayBeamlets, puts_edges_on_multiples_of_the_beamlet) {
  for (const Beamlet& b : lay_beamlets(std::vector<Eigen::Vector3f>{{1, 2, 3}}, straight_down(), 5.0, 6.0)) {
    EXPECT_NEAR(std::remainder(static_cast<double>(b.x_mm) - 2.5, 5.0), 0.0, 1e-4);
    EXPECT_NEAR(std::remainder(static_cast<double>(b.y_mm) - 2.5, 5.0), 0.0, 1e-4);
  }
}

TEST(LayBeamlets, is_empty_without_targets) { EXPECT_TRUE(lay_beamlets({}, straight_down(), 5.0, 5.0).empty()); }

TEST(DropBeyondLeaves, keeps_what_the_leaves_can_open) {
  MultileafCollimator mlc;
  mlc.boundaries_mm = {-10, 0, 10};
  mlc.max_position_mm = 15;
  std::vector<Beamlet> beamlets{{12.5F, 7.5F},  {-12.5F, -7.5F}, {17.5F, 0.0F},
                                {-17.5F, 0.0F}, {0.0F, 12.5F},   {0.0F, -9.0F}};
  EXPECT_EQ(drop_beyond_leaves(beamlets, 5.0, mlc), 4U);
  ASSERT_EQ(beamlets.size(), 2U);
  EXPECT_FLOAT_EQ(beamlets[0].x_mm, 12.5F);
  EXPECT_FLOAT_EQ(beamlets[1].x_mm, -12.5F);
  EXPECT_EQ(drop_beyond_leaves(beamlets, 5.0, MultileafCollimator{}), 0U);
}

}  // namespace
}  // namespace xingu
