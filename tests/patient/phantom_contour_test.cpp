// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_contour.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/parallel.h"

namespace xingu {
namespace {

using std::numbers::pi;

const Bounds box{{-40, -40, -40}, {40, 40, 40}};

double area(const std::vector<Contour>& contours) {
  double sum = 0;
  for (const Contour& contour : contours) {
    sum += signed_area(contour);
  }
  return sum;
}

TEST(PhantomContour, disc_has_its_area_and_lies_on_the_surface) {
  for (const double radius : {2.0, 9.7, 31.3}) {
    const auto contours =
        contour_surface([&](const Vec3& p) { return p.norm() - radius; }, box, {0.0}, {.cell_mm = 0.5});
    ASSERT_EQ(contours.size(), 1U);
    EXPECT_NEAR(area(contours), pi * radius * radius, 0.01 * pi * radius * radius) << radius;
    for (const auto& p : contours[0].points) {
      EXPECT_NEAR(p.norm(), radius, 2e-3);
    }
  }
}

TEST(PhantomContour, sphere_has_its_volume_over_slices) {
  std::vector<double> planes;
  for (double z = -39; z < 40; z += 2) {
    planes.push_back(z);
  }
  const auto contours = contour_surface([](const Vec3& p) { return p.norm() - 25; }, box, planes, {});
  EXPECT_NEAR(2 * area(contours), 4.0 / 3 * pi * 25 * 25 * 25, 0.005 * 4.0 / 3 * pi * 25 * 25 * 25);
}

TEST(PhantomContour, ring_has_an_outer_loop_and_a_hole_of_opposite_sense) {
  const auto ring = [](const Vec3& p) { return std::abs(std::hypot(p.x(), p.y()) - 20) - 5; };
  const auto contours = contour_surface(ring, box, {0.0}, {});
  ASSERT_EQ(contours.size(), 2U);
  EXPECT_LT(signed_area(contours[0]) * signed_area(contours[1]), 0);
  EXPECT_NEAR(area(contours), pi * (625 - 225), 0.003 * pi * 400);
}

TEST(PhantomContour, separate_parts_and_small_parts_are_all_found) {
  const auto balls = [](const Vec3& p) {
    double best = 1e3;
    for (int i = -3; i <= 3; ++i) {
      for (int j = -3; j <= 3; ++j) {
        best = std::min(best, (p - Vec3(10.3 * i, 9.1 * j, 0)).norm() - 1.2);
      }
    }
    return best;
  };
  const auto contours = contour_surface(balls, box, {0.0}, {.cell_mm = 0.7});
  EXPECT_EQ(contours.size(), 49U);
  EXPECT_NEAR(area(contours), 49 * pi * 1.44, 0.08 * 49 * pi * 1.44);
}

TEST(PhantomContour, saddles_give_closed_loops_that_do_not_cross) {
  // A checkered field: many ambiguous cells.
  const auto checker = [](const Vec3& p) { return 3 * std::sin(p.x() * 0.9) * std::sin(p.y() * 0.9) + 0.05; };
  const auto contours = contour_surface(checker, box, {0.0}, {.cell_mm = 0.5});
  double inside = 0;
  for (double y = -39.95; y < 40; y += 0.1) {
    for (double x = -39.95; x < 40; x += 0.1) {
      inside += checker(Vec3(x, y, 0)) < 0 ? 0.01 : 0;
    }
  }
  EXPECT_NEAR(area(contours), inside, 0.03 * inside);
}

TEST(PhantomContour, surface_that_leaves_the_box_is_closed_along_its_border) {
  const auto contours = contour_surface([](const Vec3& p) { return p.x(); }, box, {0.0}, {.cell_mm = 1.0});
  ASSERT_EQ(contours.size(), 1U);
  EXPECT_NEAR(area(contours), 40 * 80, 0.06 * 40 * 80);
}

TEST(PhantomContour, does_not_depend_on_the_number_of_threads) {
  const auto blob = [](const Vec3& p) { return p.norm() - 20 - 3 * std::sin(p.x() / 3) * std::cos(p.y() / 4); };
  const std::vector<double> planes{-10, -5, 0, 5, 10};
  set_num_threads(1);
  const auto a = contour_surface(blob, box, planes, {});
  set_num_threads(3);
  const auto b = contour_surface(blob, box, planes, {});
  set_num_threads(0);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].points, b[i].points);
  }
}

}  // namespace
}  // namespace xingu
