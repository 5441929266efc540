// SPDX-License-Identifier: Apache-2.0
// Whole plans by Monte Carlo: MU, beams and segments against collapsed cones in water, and what is refused.
#include <gmock/gmock.h>

#include <cmath>

#include "base/error.h"
#include "dose/machine_file.h"
#include "dose/mc/plan_dose.h"

namespace xingu {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const MachinePhysics& machine() {
  static const MachinePhysics physics = commission(load_machine("ring-arm-4pi").beam);
  return physics;
}

/// A water cube of 200 mm around the isocentre.
DensityImage water() {
  Grid grid;
  grid.size = {40, 40, 40};
  grid.spacing = Vec3::Constant(5.0);
  grid.origin = Vec3::Constant(-97.5);
  return {Volume<float>(grid, 1.0F), Volume<std::uint8_t>(grid, 0), {"water"}};
}

/// Leaves that leave about 40 × 40 mm open, as far from the isocentre as asked.
PlannedBeam square_beam(int number, double gantry_deg, double mu, double sad_mm = machine().beam.sad_mm) {
  PlannedBeam beam;
  beam.number = number;
  beam.name = "square";
  beam.angles.gantry_deg = gantry_deg;
  beam.sad_mm = sad_mm;
  beam.leaf_boundaries_mm = machine().beam.at_distance(sad_mm).mlc.boundaries_mm;
  Segment segment;
  segment.mu = mu;
  for (std::size_t i = 0; i + 1 < beam.leaf_boundaries_mm.size(); ++i) {
    const double middle = 0.5 * (beam.leaf_boundaries_mm[i] + beam.leaf_boundaries_mm[i + 1]);
    const double half = std::abs(middle) < 20.0 ? 20.0 : 0.0;
    segment.left_mm.push_back(-half);
    segment.right_mm.push_back(half);
  }
  beam.segments.push_back(segment);
  return beam;
}

TreatmentPlan two_beams() {
  TreatmentPlan plan;
  plan.num_fractions = 3;
  plan.beams = {square_beam(1, 0.0, 100.0), square_beam(2, 90.0, 78.125, 1000.0)};  // 50 MU from 800 mm
  return plan;
}

mc::MonteCarloOptions quiet() {
  mc::MonteCarloOptions options;
  options.progress.clear();
  return options;
}

/// Mean over the voxels within 10 mm of a point.
double mean_near(const Volume<float>& dose, const Vec3& point) {
  double sum = 0.0;
  int num = 0;
  const Grid& grid = dose.grid();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        if ((grid.centre(x, y, z) - point).norm() < 10.0) {
          sum += static_cast<double>(dose.at(x, y, z));
          ++num;
        }
      }
    }
  }
  return sum / num;
}

TEST(MonteCarloPlan, agrees_with_collapsed_cones_at_the_isocentre_and_in_beams_from_two_distances) {
  const mc::Calibration calibration = mc::calibrate(machine(), 1);
  EXPECT_NEAR(calibration.fluence_per_mu / machine().fluence_per_mu, 1.0, 0.015);
  EXPECT_GT(calibration.uncertainty, 0.0);
  EXPECT_LT(calibration.uncertainty, 0.005);
  const DensityImage image = water();
  const Grid& grid = image.density.grid();
  const mc::MonteCarloDose exact =
      mc::compute_plan_dose(two_beams(), machine(), calibration, image, grid, quiet(), {0.02, 0, 0.0});
  EXPECT_EQ(exact.stopped_by, "uncertainty");
  EXPECT_LE(exact.uncertainty, 0.02);
  CccEngine::Config config;
  config.blur = machine().blur;
  const Volume<float> cones = compute_plan_dose(two_beams(), machine(), image, grid, config);
  for (const Vec3& point : {Vec3(0, 0, 0), Vec3(0, -60, 0), Vec3(60, 0, 0), Vec3(0, 60, 0)}) {
    EXPECT_NEAR(mean_near(exact.dose_Gy, point) / mean_near(cones, point), 1.0, 0.025) << point.transpose();
  }
}

TEST(MonteCarloPlan, refuses_no_MU_and_uncertainties_without_sense) {
  const mc::Calibration calibration{1e8, 0.0};
  const DensityImage image = water();
  const auto compute = [&](const TreatmentPlan& plan, double uncertainty) {
    return [&, plan, uncertainty] {
      (void)mc::compute_plan_dose(plan, machine(), calibration, image, image.density.grid(), quiet(),
                                  {uncertainty, 0, 0.0});
    };
  };
  TreatmentPlan idle = two_beams();
  idle.beams = {square_beam(1, 0.0, 0.0)};
  EXPECT_THAT(compute(idle, 0.02), ThrowsMessage<InputError>(HasSubstr("no MU")));
  EXPECT_THAT(compute(two_beams(), 0.5), ThrowsMessage<InputError>(HasSubstr("outside")));
  TreatmentPlan beside = two_beams();
  beside.beams[1].isocentre_P = Vec3(0, 0, 500);
  EXPECT_THAT(compute(beside, 0.02), ThrowsMessage<InputError>(HasSubstr("beam 2 'square' misses the body")));
  EXPECT_THAT([&] { mc::require_dose(beside, machine(), image); },
              ThrowsMessage<InputError>(HasSubstr("beam 2 'square' misses the body")));
  EXPECT_THAT([&] { mc::require_dose(idle, machine(), image); }, ThrowsMessage<InputError>(HasSubstr("no MU")));
  EXPECT_NO_THROW(mc::require_dose(two_beams(), machine(), image));
}

}  // namespace
}  // namespace xingu
