// SPDX-License-Identifier: Apache-2.0
#include "dose/machine_physics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "dose/influence_calculator.h"
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

/// An opening of 40 × 40 mm at the isocentre, which lies 100 mm deep, from above.
TreatmentPlan square_plan(double sad_mm) {
  TreatmentPlan plan = reference_plan(100);
  PlannedBeam& beam = plan.beams.front();
  beam.isocentre_P = Vec3(0, -20, 0);
  beam.sad_mm = sad_mm;
  beam.leaf_boundaries_mm = {-60, -20, 20, 60};
  beam.segments.front().left_mm = {0, -20, 0};
  beam.segments.front().right_mm = {0, 20, 0};
  return plan;
}

TEST(MachinePhysics, gives_less_per_mu_from_afar_by_the_inverse_square) {
  Grid at_isocentre;
  at_isocentre.size = {1, 1, 1};
  at_isocentre.origin = Vec3(0, -20, 0);
  CccEngine::Config config;
  config.quality = ConeQuality::draft;
  config.blur = machine().blur;
  const auto dose_from = [&](double sad_mm) {
    return static_cast<double>(compute_plan_dose(square_plan(sad_mm), machine(), block(), at_isocentre, config)[0]);
  };
  // The field at the isocentre is the same; what little differs is scatter from a part that diverges otherwise.
  const double near = dose_from(800.0);
  EXPECT_NEAR(dose_from(1000.0) / near, 0.64, 0.64 * 0.01);
  EXPECT_NEAR(dose_from(650.0) / near, 800.0 * 800.0 / (650.0 * 650.0), 1.51 * 0.01);
}

TEST(MachinePhysics, gives_the_influence_matrix_what_it_gives_a_plan_from_every_distance) {
  const DensityImage image = block();
  SamplePoints samples;
  for (const float y : {-60.0F, -10.0F, 40.0F}) {
    samples.position_mm.emplace_back(0.0F, y, 0.0F);
    samples.volume_mm3.push_back(1.0F);
  }
  InfluenceCalculator::Config config;
  config.beamlet.blur = machine().blur;
  config.beamlet.quality = ConeQuality::draft;
  config.fluence_per_mu = machine().fluence_per_mu;
  config.threshold = 1e-7;
  config.profile = [](double x, double y, double sad_mm) { return machine().open_fluence(std::hypot(x, y), sad_mm); };
  const auto matrix_dose = [&](double sad_mm) {
    const TreatmentPlan plan = square_plan(sad_mm);
    const PlannedBeam& beam = plan.beams.front();
    InfluenceBeam laid{beam_geometry(beam.angles, plan.position, beam.isocentre_P, sad_mm), {}};
    for (int k = 0; k < 64; ++k) {
      laid.beamlets.push_back({-17.5F + 5.0F * static_cast<float>(k % 8), -17.5F + 5.0F * static_cast<float>(k / 8)});
    }
    const InfluenceMatrix matrix = InfluenceCalculator(machine().photons, image, samples, config).compute({laid});
    std::vector<float> dose(samples.size());
    matrix.multiply(std::vector<float>(matrix.num_columns(), 100.0F), dose);
    return dose;
  };
  const std::vector<float> near = matrix_dose(800.0);
  const std::vector<float> far = matrix_dose(1000.0);
  CccEngine::Config engine;
  engine.blur = machine().blur;
  engine.quality = ConeQuality::draft;
  Grid line;  // of the samples
  line.size = {1, 3, 1};
  line.spacing = Vec3(1, 50, 1);
  line.origin = Vec3(0, -60, 0);
  const Volume<float> plan_near = compute_plan_dose(square_plan(800.0), machine(), image, line, engine);
  const Volume<float> plan_far = compute_plan_dose(square_plan(1000.0), machine(), image, line, engine);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_NEAR((far[i] / near[i]) / (plan_far[i] / plan_near[i]), 1.0F, 0.01F) << samples.position_mm[i].transpose();
    EXPECT_NEAR(far[i] / plan_far[i], 1.0F, 0.05F) << "without scatter from the head and through the leaves";
  }
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
