// SPDX-License-Identifier: Apache-2.0
#include "patient/plan_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "patient/analytic_bodies.h"

namespace xingu {
namespace {

/// A dose that falls evenly with the distance from the origin: `at_centre` − `per_mm` · r, not below 0.
Volume<float> radial_dose(double at_centre, double per_mm, double spacing) {
  Volume<float> dose(covering_grid(Vec3::Constant(-70), Vec3::Constant(70), spacing));
  const Grid& grid = dose.grid();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        dose.at(x, y, z) = static_cast<float>(std::max(0.0, at_centre - per_mm * grid.centre(x, y, z).norm()));
      }
    }
  }
  return dose;
}

double ball_cc(double r) { return 4.0 / 3.0 * std::numbers::pi * r * r * r / 1000; }

TEST(PlanMetrics, agrees_with_the_closed_form_of_a_radial_dose) {
  // 60 − r Gy on a sphere of 15 mm; prescribed 42 Gy: isodoses of radius 18 and 39 mm
  const Structure target = test::draw(test::sphere(15), 1, 2);
  const PlanMetrics m = compute_plan_metrics(radial_dose(60, 1, 2.0), target, 42);
  EXPECT_NEAR(m.target_cc / ball_cc(15), 1, 0.005);
  EXPECT_NEAR(m.prescription_isodose_cc / ball_cc(18), 1, 0.01);
  EXPECT_NEAR(m.half_isodose_cc / ball_cc(39), 1, 0.005);
  EXPECT_NEAR(m.coverage, 1, 1e-9);
  EXPECT_NEAR(m.paddick_index, std::pow(15.0 / 18.0, 3), 0.01);
  EXPECT_NEAR(m.gradient_index, std::pow(39.0 / 18.0, 3), 0.1);
  EXPECT_NEAR(m.r50, std::pow(39.0 / 15.0, 3), 0.1);
  EXPECT_NEAR(m.conformity_ratio, std::pow(18.0 / 15.0, 3), 0.02);
  EXPECT_NEAR(m.d2cm_gy, 60 - 35, 1.3);  // to half a voxel of the dose grid
  const double d2 = 60 - 15 * std::cbrt(0.02);
  const double d98 = 60 - 15 * std::cbrt(0.98);
  EXPECT_NEAR(m.homogeneity_index, (d2 - d98) / (60 - 15 * std::cbrt(0.5)), 0.005);
}

TEST(PlanMetrics, counts_a_target_that_is_partly_covered) {
  const Structure target = test::draw(test::sphere(20), 1, 2);
  const PlanMetrics m = compute_plan_metrics(radial_dose(60, 1, 2.0), target, 45);
  EXPECT_NEAR(m.coverage, std::pow(15.0 / 20.0, 3), 0.005);
  EXPECT_NEAR(m.paddick_index, std::pow(15.0 / 20.0, 3), 0.01);
}

TEST(PlanMetrics, counts_only_what_lies_in_the_body) {
  const Structure target = test::draw(test::sphere(15), 1, 2);
  const Structure body = test::draw(test::sphere(30), 0, 1);
  const PlanMetrics m = compute_plan_metrics(radial_dose(60, 1, 2.0), target, 42, &body);
  EXPECT_NEAR(m.half_isodose_cc / ball_cc(30), 1, 0.03);
  EXPECT_TRUE(std::isnan(m.d2cm_gy));
}

TEST(PlanMetrics, refuses_what_it_cannot_divide_by) {
  const auto dose = radial_dose(60, 1, 5);
  EXPECT_THROW(static_cast<void>(compute_plan_metrics(dose, Structure{}, 42)), InputError);
  EXPECT_THROW(static_cast<void>(compute_plan_metrics(dose, test::draw(test::sphere(15), 1, 2), 0)), InputError);
}

TEST(IsodoseVolume, takes_a_plane_to_the_half_voxel_at_the_edge) {
  Grid grid;
  grid.size = {10, 4, 5};
  grid.spacing = {2, 1, 3};
  Volume<float> dose(grid);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    dose[i] = static_cast<float>(i % 10);
  }
  EXPECT_NEAR(isodose_volume_mm3(dose, 0.0), grid.voxel_volume_mm3() * 200, 1e-6);
  EXPECT_NEAR(isodose_volume_mm3(dose, 4.5), grid.voxel_volume_mm3() * 100, 1e-6);
  EXPECT_NEAR(isodose_volume_mm3(dose, 9.1), 0, 1e-6);
  Volume<std::uint8_t> mask(grid, 0);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    mask[i] = i % 10 < 7 ? 1 : 0;
  }
  EXPECT_NEAR(isodose_volume_mm3(dose, 4.5, mask), grid.voxel_volume_mm3() * 40, 1e-6);
}

}  // namespace
}  // namespace xingu
