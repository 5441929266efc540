// SPDX-License-Identifier: Apache-2.0
#include "machine/triangle_distance.h"

#include <gtest/gtest.h>

#include "base/philox.h"

namespace xingu {
namespace {

Triangle random_triangle(std::uint64_t seed, std::uint64_t i, double size, const Vec3& centre) {
  Triangle t;
  for (std::size_t k = 0; k < 3; ++k) {
    for (Eigen::Index a = 0; a < 3; ++a) {
      t[k][a] = centre[a] + size * (Philox(seed, 3 * k + static_cast<std::uint64_t>(a)).uniform(i) - 0.5);
    }
  }
  return t;
}

/// Slow twin: alternating projections between the two convex sets (von Neumann), which end at their nearest points.
double by_projections(const Triangle& a, const Triangle& b) {
  Vec3 p = (a[0] + a[1] + a[2]) / 3.0;
  double distance = 1e300;
  for (int i = 0; i < 20'000; ++i) {
    const Vec3 q = nearest_point_of_triangle(p, b);
    p = nearest_point_of_triangle(q, a);
    if (const double d = (p - q).norm(); distance - d < 1e-13 * d) {
      return d;
    } else {
      distance = d;
    }
  }
  return distance;
}

TEST(NearestPointsOfTriangles, agree_with_alternating_projections) {
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const Vec3 away(static_cast<double>(i % 7), static_cast<double>(i % 5), static_cast<double>(i % 3));
    const Triangle a = random_triangle(1, i, 4.0, Vec3::Zero());
    const Triangle b = random_triangle(2, i, 4.0, away);
    const NearestPoints points = nearest_points_of_triangles(a, b);
    EXPECT_NEAR(points.distance, (points.first - points.second).norm(), 1e-12);
    EXPECT_LT((nearest_point_of_triangle(points.first, a) - points.first).norm(), 1e-9);
    EXPECT_LT((nearest_point_of_triangle(points.second, b) - points.second).norm(), 1e-9);
    const double slow = by_projections(a, b);
    EXPECT_LE(points.distance, slow + 1e-9);
    EXPECT_GE(points.distance, slow - 2e-3 * (points.distance == 0.0 ? 50.0 : 1.0)) << i;
  }
}

TEST(NearestPointsOfTriangles, crossing_triangles_touch) {
  const Triangle flat{Vec3(-1, -1, 0), Vec3(1, -1, 0), Vec3(0, 1, 0)};
  const Triangle through{Vec3(0, 0, -5), Vec3(0, 0, 5), Vec3(9, 9, 5)};
  EXPECT_EQ(nearest_points_of_triangles(flat, through).distance, 0.0);
  EXPECT_EQ(nearest_points_of_triangles(flat, flat).distance, 0.0);
}

TEST(NearestPointsOfTriangles, parallel_triangles_are_apart_by_their_planes) {
  const Triangle low{Vec3(0, 0, 0), Vec3(4, 0, 0), Vec3(0, 4, 0)};
  Triangle high = low;
  for (Vec3& p : high) {
    p += Vec3(0.5, 0.5, 2.0);
  }
  EXPECT_NEAR(nearest_points_of_triangles(low, high).distance, 2.0, 1e-12);
}

TEST(NearestPointsOfSegments, parallel_crossing_and_apart) {
  EXPECT_NEAR(nearest_points_of_segments({0, 0, 0}, {10, 0, 0}, {5, 3, 0}, {20, 3, 0}).distance, 3.0, 1e-12);
  EXPECT_NEAR(nearest_points_of_segments({0, 0, 0}, {10, 0, 0}, {5, -1, 2}, {5, 1, 2}).distance, 2.0, 1e-12);
  EXPECT_NEAR(nearest_points_of_segments({0, 0, 0}, {1, 0, 0}, {4, 4, 0}, {4, 9, 0}).distance, 5.0, 1e-12);
  EXPECT_NEAR(nearest_points_of_segments({0, 0, 0}, {0, 0, 0}, {3, 4, 0}, {3, 4, 0}).distance, 5.0, 1e-12);
}

}  // namespace
}  // namespace xingu
