// SPDX-License-Identifier: Apache-2.0
#include "dose/machine_physics.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "dose/field_fluence.h"

namespace xingu {
namespace {

/// A water block wide and deep enough for full scatter at the reference depth, surface at z = 0, 2.5 mm voxels.
DensityImage reference_water() {
  Grid grid;
  grid.size = {96, 96, 100};
  grid.spacing = Vec3::Constant(2.5);
  grid.origin = Vec3(-118.75, -118.75, 1.25);
  return {Volume<float>(grid, 1.0F), Volume<std::uint8_t>(grid, 0), {"water"}};
}

}  // namespace

MachinePhysics commission(const BeamModel& beam) {
  const auto kernels = PointKernels::read(find_shipped("data/kernels/water_point_kernels.csv"));
  auto photons = std::make_shared<PhotonPhysics>(beam.spectrum.energy_MeV, beam.spectrum.weight, kernels,
                                                 PhotonCrossSections::shipped(), MaterialTable::shipped());
  photons->softening = beam.softening;
  for (double& radius : photons->softening.x) {
    radius /= beam.sad_mm;
  }
  MachinePhysics machine;
  machine.beam = beam;
  machine.photons = std::move(photons);
  machine.blur.sigma_mm = 0.5 * (beam.focal_sigma_x_mm + beam.focal_sigma_y_mm);
  machine.blur.collimator_distance_mm = beam.collimator_distance_mm > 0 ? beam.collimator_distance_mm : beam.sad_mm;
  if (!(beam.collimator_distance_mm > 0)) {
    machine.blur.sigma_mm = 0.0;
  }

  const OutputReference& reference = beam.reference;
  CccEngine::Config config;
  config.blur = machine.blur;
  const CccEngine engine(machine.photons, config);
  Mat3 rotation;
  rotation.col(0) = Vec3(1, 0, 0);
  rotation.col(1) = Vec3(0, -1, 0);
  rotation.col(2) = Vec3(0, 0, -1);
  const BeamGeometry geometry{Pose<frame::P, frame::B>(rotation, Vec3(0, 0, beam.sad_mm - reference.ssd_mm)),
                              beam.sad_mm};
  const double half = 0.5 * reference.field_mm;
  const FluenceMap field = field_fluence(beam, FieldRectangle{-half, half, -half, half}).total();
  const DensityImage water = reference_water();
  Grid point;
  point.size = {1, 1, 1};
  point.origin = Vec3(0, 0, reference.depth_mm);
  const Volume<float> dose = engine.compute(water, geometry, field, point);
  XINGU_REQUIRE(
      dose[0] > 0 && reference.dose_Gy_per_mu > 0,
      "beam model '{}': its reference condition receives no dose (MU cannot be defined); check [beam.reference]",
      beam.name);
  machine.fluence_per_mu = reference.dose_Gy_per_mu / static_cast<double>(dose[0]);
  return machine;
}

Volume<float> compute_plan_dose(const TreatmentPlan& plan, const MachinePhysics& machine, const DensityImage& image,
                                const Grid& grid, const CccEngine::Config& config) {
  const CccEngine engine(machine.photons, config);
  Volume<float> total(grid);
  Progress progress("dose by collapsed cones", plan.beams.size(), "beams");
  double mu = 0.0;
  for (const PlannedBeam& beam : plan.beams) {
    throw_if_cancelled();
    if (beam.mu() > 0) {
      mu += beam.mu();
      const BeamGeometry geometry = beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm);
      const Volume<float> dose = engine.compute(image, geometry, fluence_of_segments(machine.beam, beam, 1.0), grid);
      const auto factor = static_cast<float>(machine.fluence_per_mu * plan.num_fractions);
      for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
        total[i] += factor * dose[i];
      }
    }
    progress.advance();
  }
  XINGU_REQUIRE(mu > 0, "the plan has no MU (its dose would be zero); give every beam segments with MU");
  XINGU_REQUIRE(std::ranges::any_of(total.values(), [](float d) { return d > 0; }),
                "the plan has {:.0f} MU but its dose is zero everywhere; check the isocentre and the patient", mu);
  return total;
}

}  // namespace xingu
