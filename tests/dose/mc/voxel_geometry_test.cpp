// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/voxel_geometry.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "dose/mc/patchwork.h"
#include "geometry/ray_trace.h"

namespace xingu::mc {
namespace {

constexpr std::array attenuation = {0.005F, 0.009F};  // 1/mm at 1 g/cm³

Grid uneven_grid() {
  Grid grid;
  grid.size = {12, 9, 7};
  grid.spacing = Vec3(2.0, 3.0, 5.0);
  grid.origin = Vec3(-11, -12, -15);
  return grid;
}

class VoxelGeometryTest : public ::testing::Test {
 protected:
  VoxelGeometryTest()
      : image_(test::patchwork(uneven_grid(), {"water", "cortical_bone"})),
        medium_(image_, test::in_order(image_)),
        score_(medium_.num_padded(), 0.0F),
        geometry_(medium_, score_) {}

  [[nodiscard]] PhotonState photon_at(const Vec3& point_P, const Vec3& direction_P) const {
    PhotonState photon;
    const Vec3 at = medium_.coordinates(point_P);
    for (std::size_t a = 0; a < 3; ++a) {
      photon.position[a] = static_cast<float>(at[static_cast<Eigen::Index>(a)]);
      photon.voxel[a] = static_cast<int>(photon.position[a]);
    }
    photon.direction = {static_cast<float>(direction_P.x()), static_cast<float>(direction_P.y()),
                        static_cast<float>(direction_P.z())};
    return photon;
  }

  [[nodiscard]] double depth_between(const Vec3& from, const Vec3& to) const {
    double depth = 0.0;
    trace_ray(image_.density.grid(), from, to, [&](std::size_t voxel, double length) {
      depth += length * static_cast<double>(image_.density[voxel] * attenuation[image_.material[voxel]]);
      return true;
    });
    return depth;
  }

  [[nodiscard]] Vec3 point_of(const PathPlace& place) const {
    const Vec3 at(static_cast<double>(place.position[0]), static_cast<double>(place.position[1]),
                  static_cast<double>(place.position[2]));
    return medium_.grid().lower() + medium_.grid().spacing.cwiseProduct(at - Vec3::Ones());
  }

  DensityImage image_;
  VoxelMedium medium_;
  std::vector<float> score_;
  VoxelGeometry geometry_;
};

/// Directions into all octants, some along axes and faces.
const std::array directions = {Vec3(0, 0, 1),        Vec3(0, 0, -1),        Vec3(-1, 0, 0),        Vec3(0.6, 0.8, 0),
                               Vec3(0.3, -0.5, 0.8), Vec3(-0.7, 0.2, -0.4), Vec3(-0.1, -0.9, 0.05)};

TEST_F(VoxelGeometryTest, optical_depth_is_that_of_siddons_trace) {
  for (const Vec3& start : {Vec3(0.3, 0.4, 0.2), Vec3(-7.7, 5.1, -11.3)}) {
    for (const Vec3& towards : directions) {
      const Vec3 direction = towards.normalized();
      const float depth = geometry_.trace(photon_at(start, direction), attenuation.data());
      EXPECT_NEAR(static_cast<double>(depth), depth_between(start, start + 200.0 * direction), 2e-6)
          << direction.transpose();
    }
  }
}

TEST_F(VoxelGeometryTest, place_inverts_the_trace) {
  const Vec3 start(0.3, 0.4, 0.2);
  for (const Vec3& towards : directions) {
    const Vec3 direction = towards.normalized();
    const PhotonState photon = photon_at(start, direction);
    const float depth = geometry_.trace(photon, attenuation.data());
    for (const float share : {0.0F, 0.1F, 0.35F, 0.36F, 0.8F, 0.999F}) {
      const PathPlace place = geometry_.place(photon, share * depth);
      const Vec3 point = point_of(place);
      EXPECT_NEAR(depth_between(start, point), static_cast<double>(share * depth), 1e-5);
      for (std::size_t a = 0; a < 3; ++a) {
        EXPECT_GE(place.position[a], static_cast<float>(place.voxel[a]) - 1e-4F);
        EXPECT_LE(place.position[a], static_cast<float>(place.voxel[a]) + 1.0F + 1e-4F);
      }
    }
  }
}

TEST_F(VoxelGeometryTest, deposits_along_a_path_all_that_is_attenuated) {
  const PhotonState photon = photon_at(Vec3(-11.5, 1.0, 2.0), Vec3(0.9, 0.1, 0.2).normalized());
  const float depth = geometry_.trace(photon, attenuation.data());
  const std::array all = {1.0F, 1.0F};
  geometry_.deposit_along(3.0F, all.data());
  const double sum = std::accumulate(score_.begin(), score_.end(), 0.0);
  EXPECT_NEAR(sum / (3.0 * -std::expm1(-static_cast<double>(depth))), 1.0, 2e-6);
}

TEST_F(VoxelGeometryTest, deposits_along_a_path_the_share_of_each_material) {
  const Vec3 start(-11.5, 1.0, 2.0);
  const Vec3 direction = Vec3(0.9, 0.1, 0.2).normalized();
  (void)geometry_.trace(photon_at(start, direction), attenuation.data());
  const std::array share = {0.25F, 0.5F};
  geometry_.deposit_along(1.0F, share.data());
  double before = 0.0;
  trace_ray(image_.density.grid(), start, start + 100.0 * direction, [&](std::size_t voxel, double length) {
    const double depth =
        before + length * static_cast<double>(image_.density[voxel] * attenuation[image_.material[voxel]]);
    const double expected = (std::exp(-before) - std::exp(-depth)) * static_cast<double>(share[image_.material[voxel]]);
    const int x = static_cast<int>(voxel % 12);
    const int y = static_cast<int>(voxel / 12 % 9);
    const int z = static_cast<int>(voxel / 108);
    EXPECT_NEAR(static_cast<double>(score_[static_cast<std::size_t>(medium_.index(x + 1, y + 1, z + 1))]), expected,
                1e-6);
    before = depth;
    return true;
  });
  EXPECT_GT(before, 0.0);
}

TEST_F(VoxelGeometryTest, enter_takes_a_photon_to_the_face_it_meets_or_says_that_it_misses) {
  PhotonState photon = photon_at(Vec3(1.0, 2.0, 100.0), Vec3(0, 0, -1));
  ASSERT_TRUE(geometry_.enter(photon));
  EXPECT_EQ(photon.voxel[2], 7);
  EXPECT_FLOAT_EQ(photon.position[2], 8.0F);
  EXPECT_FLOAT_EQ(photon.position[0], static_cast<float>(medium_.coordinates(Vec3(1, 2, 0)).x()));
  photon = photon_at(Vec3(-500.0, -480.0, 3.0), Vec3(1, 1, 0).normalized());
  const Vec3 from(-500.0, -480.0, 3.0);
  const Vec3 direction = Vec3(1, 1, 0).normalized();
  ASSERT_TRUE(geometry_.enter(photon));
  EXPECT_NEAR(static_cast<double>(geometry_.trace(photon, attenuation.data())),
              depth_between(from, from + 2000.0 * direction), 1e-4);
  photon = photon_at(Vec3(1.0, 2.0, 100.0), Vec3(0, 0, 1));
  EXPECT_FALSE(geometry_.enter(photon));
  photon = photon_at(Vec3(50.0, 2.0, 100.0), Vec3(0, 0, -1));
  EXPECT_FALSE(geometry_.enter(photon));
}

TEST_F(VoxelGeometryTest, clearance_is_the_way_to_the_nearest_face_in_mass) {
  ElectronSet set;
  set.size = 1;
  // Voxels are 2 × 3 × 5 mm: 0.6 mm to x, 0.3 mm to y, 2.5 mm to z.
  test::place_lane(set, 0, {4.3F, 5.9F, 3.5F}, {0, 0, 1});
  const float density = image_.density.at(3, 4, 2);
  EXPECT_NEAR(geometry_.clearance(set, 0), 0.3F * density, 1e-5F);
}

}  // namespace
}  // namespace xingu::mc
