// SPDX-License-Identifier: Apache-2.0
#include "machine/surface_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"

namespace xingu {
namespace {

Eigen::Isometry3d random_pose(std::uint64_t i, double reach) {
  const auto u = [&](std::uint64_t k) { return 2.0 * Philox(11, k).uniform(i) - 1.0; };
  Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
  X.linear() = Eigen::AngleAxisd(3.0 * u(0), Vec3(u(1), u(2), u(3) + 1e-3).normalized()).toRotationMatrix();
  X.translation() = reach * Vec3(u(4), u(5), u(6));
  return X;
}

double every_triangle(const SurfaceTree& a, const ConvexShape& b, const Eigen::Isometry3d& X_ab) {
  double least = 1e300;
  for (std::size_t i = 0; i < a.num_triangles(); ++i) {
    for (const TriangleIndices& t : b.surface().triangles) {
      const auto& p = b.surface().points;
      least = std::min(least, nearest_points_of_triangles(a.triangle(static_cast<std::int32_t>(i)),
                                                          {X_ab * p[t[0]], X_ab * p[t[1]], X_ab * p[t[2]]})
                                  .distance);
    }
  }
  return least;
}

struct Pair {
  ConvexShape cylinder = ConvexShape::cylinder(60, 200, Eigen::Isometry3d::Identity());
  ConvexShape box = ConvexShape::box({80, 120, 300}, Eigen::Isometry3d::Identity());
  SurfaceTree a{cylinder.surface(), 60.0};
  SurfaceTree b{box.surface(), 60.0};
};

TEST(SurfaceTree, splitting_keeps_the_area_and_no_edge_is_longer) {
  const Pair pair;
  double area = 0.0;
  for (std::size_t i = 0; i < pair.b.num_triangles(); ++i) {
    const Triangle& t = pair.b.triangle(static_cast<std::int32_t>(i));
    area += 0.5 * (t[1] - t[0]).cross(t[2] - t[0]).norm();
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_LE((t[(k + 1) % 3] - t[k]).norm(), 60.0 + 1e-9);
    }
  }
  EXPECT_NEAR(area, 2.0 * (80 * 120 + 80 * 300 + 120 * 300), 1e-6);
}

TEST(NearestPointsOfTreeAndShape, equal_the_least_of_every_pair_of_triangles) {
  const Pair pair;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Eigen::Isometry3d X_ab = random_pose(i, 300);
    const double slow = every_triangle(pair.a, pair.box, X_ab);
    const NearestPoints points = nearest_points(pair.a, pair.box, X_ab, 1e9);
    EXPECT_NEAR(points.distance, slow, 1e-6);
    EXPECT_NEAR((points.first - points.second).norm(), points.distance, 1e-6);
    EXPECT_EQ(nearest_points(pair.a, pair.box, X_ab, 0.5 * slow).distance, 0.5 * slow);
  }
}

TEST(IsShownClear, is_never_wrong_and_seldom_shy) {
  const Pair pair;
  int num_clear = 0;
  int num_shown = 0;
  for (std::uint64_t i = 0; i < 150; ++i) {
    const Eigen::Isometry3d X_ab = random_pose(i, 400);
    const bool is_clear = every_triangle(pair.a, pair.box, X_ab) >= 20.0;
    const bool is_shown =
        is_shown_clear(pair.a, X_ab.inverse(), [&](const Vec3& p) { return pair.box.distance_bound(p); }, 20.0);
    EXPECT_LE(is_shown, is_clear || pair.box.distance_bound(X_ab.inverse().translation()) <= 0.0) << i;
    num_clear += is_clear ? 1 : 0;
    num_shown += is_shown ? 1 : 0;
  }
  EXPECT_GT(num_shown, num_clear * 9 / 10);
}

TEST(SurfaceTree, point_distance_is_the_least_over_triangles) {
  const Pair pair;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Vec3 p = random_pose(i, 300).translation();
    double slow = 1e300;
    for (std::size_t k = 0; k < pair.a.num_triangles(); ++k) {
      slow = std::min(slow, (p - nearest_point_of_triangle(p, pair.a.triangle(static_cast<std::int32_t>(k)))).norm());
    }
    EXPECT_NEAR(pair.a.distance(p, 1e9), slow, 1e-9);
  }
}

}  // namespace
}  // namespace xingu
