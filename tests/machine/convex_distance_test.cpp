// SPDX-License-Identifier: Apache-2.0
#include "machine/convex_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "machine/convex_shape.h"

namespace xingu {
namespace {

Eigen::Isometry3d random_pose(std::uint64_t i, double reach) {
  const auto u = [&](std::uint64_t k) { return 2.0 * Philox(13, k).uniform(i) - 1.0; };
  Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
  X.linear() = Eigen::AngleAxisd(3.0 * u(0), Vec3(u(1), u(2), u(3) + 1e-3).normalized()).toRotationMatrix();
  X.translation() = reach * Vec3(u(4), u(5), u(6));
  return X;
}

double every_pair(const TriangleSurface& a, const TriangleSurface& b, const Eigen::Isometry3d& X_ab) {
  double least = 1e300;
  for (const TriangleIndices& s : a.triangles) {
    for (const TriangleIndices& t : b.triangles) {
      least = std::min(
          least, nearest_points_of_triangles({a.points[s[0]], a.points[s[1]], a.points[s[2]]},
                                             {X_ab * b.points[t[0]], X_ab * b.points[t[1]], X_ab * b.points[t[2]]})
                     .distance);
    }
  }
  return least;
}

TEST(ConvexGap, agrees_with_every_pair_of_triangles_and_its_certificate_holds) {
  const Eigen::Isometry3d at_origin = Eigen::Isometry3d::Identity();
  const ConvexShape box = ConvexShape::box({80, 120, 300}, at_origin);
  const ConvexShape prism = ConvexShape::cylinder(60, 200, at_origin);
  const ConvexShape ball = ConvexShape::sphere(90, at_origin);
  int num_apart = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    for (const ConvexShape* other : {&box, &prism, &ball}) {
      const Eigen::Isometry3d X_ab = random_pose(i, 350);
      const double slow = every_pair(box.surface(), other->surface(), X_ab);
      const ConvexGap gap = convex_gap(box.surface().points, other->surface().points, X_ab, 1e9);
      const bool is_inside =
          box.distance_bound(X_ab.translation()) <= 0 || other->distance_bound(X_ab.inverse().translation()) <= 0;
      if (slow == 0.0 || is_inside) {
        EXPECT_EQ(gap.points.distance, 0.0) << i;
        continue;
      }
      ++num_apart;
      EXPECT_NEAR(gap.points.distance, slow, 1e-8 * slow + 1e-6) << i;
      EXPECT_LE(gap.at_least, slow + 1e-9);
      EXPECT_NEAR((gap.points.first - gap.points.second).norm(), gap.points.distance, 1e-9);
    }
  }
  EXPECT_GT(num_apart, 300);
}

TEST(ConvexGap, parallel_faces_edges_and_corners) {
  const ConvexShape cube = ConvexShape::box({10, 10, 10}, Eigen::Isometry3d::Identity());
  for (const auto& [shift, distance] : {std::pair{Vec3(13, 0, 0), 3.0},
                                        {Vec3(13, 1, -2), 3.0},
                                        {Vec3(13, 14, 0), 5.0},
                                        {Vec3(11, 12, 12), 3.0},
                                        {Vec3(10, 0, 0), 0.0},
                                        {Vec3(0, 0, 0), 0.0},
                                        {Vec3(9.999, 9.999, 0), 0.0},
                                        {Vec3(10 + 1e-5, 0, 0), 1e-5}}) {
    Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
    X.translation() = shift;
    EXPECT_NEAR(convex_gap(cube.surface().points, cube.surface().points, X, 1e9).points.distance, distance, 1e-9);
  }
}

/// Between a wide floor and what nearly touches it the simplices are slim: their shape must not be taken for flat.
TEST(ConvexGap, is_the_height_over_a_wide_floor_also_within_microns_of_it) {
  Eigen::Isometry3d below = Eigen::Isometry3d::Identity();
  below.translation().z() = -50;
  const ConvexShape floor = ConvexShape::box({12000, 9000, 100}, below);
  const ConvexShape prism = ConvexShape::cylinder(160, 300, Eigen::Isometry3d::Identity());
  for (std::uint64_t i = 0; i < 500; ++i) {
    Eigen::Isometry3d X = random_pose(i, 3000);
    double lowest = 1e300;
    for (const Vec3& p : prism.surface().points) {
      lowest = std::min(lowest, (X * p).z());
    }
    const double height = (Philox(13, 9).uniform(i) - 0.5) * std::pow(10.0, -static_cast<double>(i % 8));
    X.translation().z() += height - lowest;
    const double distance =
        convex_gap(prism.surface().points, floor.surface().points, X.inverse(), 1e9).points.distance;
    EXPECT_NEAR(distance, std::max(height, 0.0), 2e-7) << i;
    EXPECT_LE(distance, std::max(height, 0.0) + 1e-10) << i;
  }
}

TEST(ConvexGap, stops_early_once_enough_is_shown) {
  const ConvexShape cube = ConvexShape::box({10, 10, 10}, Eigen::Isometry3d::Identity());
  Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
  X.translation() = Vec3(100, 30, 20);
  const ConvexGap gap = convex_gap(cube.surface().points, cube.surface().points, X, 5.0);
  EXPECT_GE(gap.at_least, 5.0);
}

}  // namespace
}  // namespace xingu
