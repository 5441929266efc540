// SPDX-License-Identifier: Apache-2.0
#include "dose/machine_physics.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "dose/machine_file.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

DensityImage block() {
  Grid grid;
  grid.size = {60, 60, 60};
  grid.spacing = Vec3::Constant(4.0);
  grid.origin = Vec3(-118, -118, -118);
  return {Volume<float>(grid, 1.0F), Volume<std::uint8_t>(grid, 0), {"water"}};
}

const MachinePhysics& machine() {
  static const MachinePhysics instance = commission(load_machine("ring-arm-4pi").beam);
  return instance;
}

/// 10 × 10 cm from above, surface at y = −120 mm, the isocentre as deep as the reference condition asks.
TreatmentPlan reference_plan(double mu) {
  const BeamModel& beam = machine().beam;
  PlannedBeam planned;
  planned.number = 1;
  planned.isocentre_P = Vec3(0, -120 + beam.sad_mm - beam.reference.ssd_mm, 0);
  planned.sad_mm = beam.sad_mm;
  planned.leaf_boundaries_mm = beam.mlc.boundaries_mm;
  Segment segment;
  for (std::size_t leaf = 0; leaf + 1 < planned.leaf_boundaries_mm.size(); ++leaf) {
    const bool is_open = planned.leaf_boundaries_mm[leaf] >= -50.1 && planned.leaf_boundaries_mm[leaf + 1] <= 50.1;
    segment.left_mm.push_back(is_open ? -50 : 0);
    segment.right_mm.push_back(is_open ? 50 : 0);
  }
  segment.mu = mu;
  planned.segments = {segment};
  TreatmentPlan plan;
  plan.num_fractions = 1;
  plan.beams = {planned};
  return plan;
}

TEST(MachinePhysics, gives_the_stated_output_per_mu_in_the_reference_condition) {
  const OutputReference& reference = machine().beam.reference;
  Grid point;
  point.size = {1, 1, 1};
  point.origin = Vec3(0, -120 + reference.depth_mm, 0);
  CccEngine::Config config;
  config.blur = machine().blur;
  const auto dose = compute_plan_dose(reference_plan(100), machine(), block(), point, config);
  EXPECT_NEAR(static_cast<double>(dose[0]), 100 * reference.dose_Gy_per_mu, 100 * reference.dose_Gy_per_mu * 0.01);
}

TEST(MachinePhysics, refuses_a_plan_without_mu) {
  Grid point;
  point.size = {1, 1, 1};
  EXPECT_THROW(static_cast<void>(compute_plan_dose(reference_plan(0), machine(), block(), point, {})), InputError);
}

TEST(MachinePhysics, refuses_a_plan_whose_dose_is_zero_everywhere) {
  Grid far;
  far.size = {1, 1, 1};
  far.origin = Vec3(5000, 0, 0);
  EXPECT_THROW(static_cast<void>(compute_plan_dose(reference_plan(10), machine(), block(), far, {})), InputError);
}

}  // namespace
}  // namespace xingu
