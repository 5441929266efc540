// SPDX-License-Identifier: Apache-2.0
#include "machine/convex_shape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/philox.h"

namespace xingu {
namespace {

Eigen::Isometry3d somewhere() {
  Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
  X.linear() = Eigen::AngleAxisd(0.7, Vec3(1, 2, 3).normalized()).toRotationMatrix();
  X.translation() = Vec3(30, -20, 50);
  return X;
}

Vec3 random_point(std::uint64_t i, double half) {
  const Philox u(7, i);
  return half * Vec3(2 * u.uniform(0) - 1, 2 * u.uniform(1) - 1, 2 * u.uniform(2) - 1);
}

TEST(ConvexShape, box_distance_is_the_distance) {
  const Eigen::Isometry3d X = somewhere();
  const ConvexShape box = ConvexShape::box({40, 60, 80}, X);
  EXPECT_NEAR(box.distance_bound(X * Vec3(20 + 3, 30 + 4, 0)), 5.0, 1e-12);
  EXPECT_NEAR(box.distance_bound(X * Vec3(22, 0, 0)), 2.0, 1e-12);
  EXPECT_NEAR(box.distance_bound(X * Vec3(19, 0, 0)), -1.0, 1e-12);
}

TEST(ConvexShape, volumes_are_those_of_the_solids_or_slightly_more) {
  const double sphere = 4.0 / 3.0 * std::numbers::pi * 1e6;
  EXPECT_NEAR(ConvexShape::box({40, 60, 80}, somewhere()).volume_mm3(), 40 * 60 * 80, 1e-6);
  const double cylinder = ConvexShape::cylinder(50, 200, somewhere()).volume_mm3();
  EXPECT_GT(cylinder, std::numbers::pi * 2500 * 200);
  EXPECT_LT(cylinder, 1.01 * std::numbers::pi * 2500 * 200);
  EXPECT_GT(ConvexShape::sphere(100, somewhere()).volume_mm3(), sphere);
  EXPECT_LT(ConvexShape::sphere(100, somewhere()).volume_mm3(), 1.15 * sphere);
}

TEST(ConvexShape, bound_never_exceeds_the_distance_to_the_solid_it_encloses) {
  const Eigen::Isometry3d X = somewhere();
  const ConvexShape cylinder = ConvexShape::cylinder(50, 200, X);
  const ConvexShape sphere = ConvexShape::sphere(80, X);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Vec3 p = random_point(i, 300);
    const double radial = std::hypot(p.x(), p.y()) - 50;
    const double axial = std::abs(p.z()) - 100;
    const double outside = std::hypot(std::max(radial, 0.0), std::max(axial, 0.0));
    const double exact = std::max(radial, axial) <= 0 ? std::max(radial, axial) : outside;
    EXPECT_LE(cylinder.distance_bound(X * p), exact + 1e-9);
    EXPECT_LE(sphere.distance_bound(X * p), p.norm() - 80 + 1e-9);
    if (exact < 0) {
      EXPECT_LT(cylinder.distance_bound(X * p), 0.0);
    }
  }
}

TEST(ConvexShape, refuses_meshes_that_are_open_or_not_convex) {
  TriangleSurface box = ConvexShape::box({10, 10, 10}, Eigen::Isometry3d::Identity()).surface();
  TriangleSurface open = box;
  open.triangles.pop_back();
  EXPECT_THROW((void)ConvexShape::polytope(open, "open.stl"), InputError);
  TriangleSurface dented = box;
  dented.points.push_back(Vec3(0, 0, 0));  // the top's middle pushed in
  dented.triangles[2] = {4, 5, 8};
  dented.triangles[3] = {5, 7, 8};
  dented.triangles.insert(dented.triangles.end(), {{7, 6, 8}, {6, 4, 8}});
  EXPECT_THROW((void)ConvexShape::polytope(dented, "dented.stl"), InputError);
  EXPECT_NO_THROW((void)ConvexShape::polytope(box, "box.stl"));
}

}  // namespace
}  // namespace xingu
