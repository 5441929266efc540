// SPDX-License-Identifier: Apache-2.0
#include "dose/machine_physics.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/nonzero_runs.h"
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
                                const Grid& grid, const CccEngine::Config& config, Ranks& ranks) {
  const CccEngine engine(machine.photons, config);
  std::vector<const PlannedBeam*> beams;
  double mu = 0.0;
  for (const PlannedBeam& beam : plan.beams) {
    if (beam.mu() > 0) {
      beams.push_back(&beam);
      mu += beam.mu();
    }
  }
  XINGU_REQUIRE(mu > 0, "the plan has no MU (its dose would be zero); give every beam segments with MU");
  Progress progress("dose by collapsed cones", beams.size(), "beams");
  Volume<float> total(grid);
  const auto factor = static_cast<float>(machine.fluence_per_mu * plan.num_fractions);
  std::map<std::size_t, Bytes> waiting;  // beams that came before their turn: they are added in their order
  std::size_t num_added = 0;
  SharedWork work;
  work.name = "the dose by collapsed cones";
  work.count = beams.size();
  work.at_once = 1;
  work.compute = [&](std::size_t b) {
    throw_if_cancelled();
    const BeamGeometry geometry =
        beam_geometry(beams[b]->angles, plan.position, beams[b]->isocentre_P, beams[b]->sad_mm);
    const FluenceMap fluence = fluence_of_segments(machine.beam, *beams[b], 1.0);
    return NonzeroRuns::of(engine.compute(image, geometry, fluence, grid).values()).to_bytes();
  };
  work.take = [&](std::size_t b, const Bytes& dose) {
    waiting.emplace(b, dose);
    for (auto next = waiting.begin(); next != waiting.end() && next->first == num_added; next = waiting.erase(next)) {
      NonzeroRuns::from_bytes(next->second).for_each([&](std::size_t i, float value) { total[i] += factor * value; });
      ++num_added;
    }
    progress.advance();
  };
  share_out(ranks, work);
  XINGU_REQUIRE(!ranks.is_root() || std::ranges::any_of(total.values(), [](float d) { return d > 0; }),
                "the plan has {:.0f} MU but its dose is zero everywhere; check the isocentre and the patient", mu);
  return total;
}

}  // namespace xingu
