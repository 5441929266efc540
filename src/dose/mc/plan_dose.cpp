// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/plan_dose.h"

#include <cmath>

#include "base/error.h"
#include "dose/ccc_engine.h"
#include "dose/field_fluence.h"
#include "dose/mc/constants.h"

namespace xingu::mc {
namespace {

constexpr double lowest_uncertainty = 0.0005;
constexpr double highest_uncertainty = 0.2;

/// The photon energy whose Compton edge is at `electron_MeV`: T = E · 2k/(1 + 2k), solved for E.
double photon_of_edge(double electron_MeV) {
  return 0.5 * (electron_MeV + std::sqrt(electron_MeV * (electron_MeV + 2.0 * electron_rest_MeV)));
}

Mat3 straight_down() {
  Mat3 rotation;
  rotation.col(0) = Vec3(1, 0, 0);
  rotation.col(1) = Vec3(0, -1, 0);
  rotation.col(2) = Vec3(0, 0, -1);
  return rotation;
}

/// The beams that carry MU, each as one source of all its segments.
std::vector<WeightedSource> sources_of(const TreatmentPlan& plan, const MachinePhysics& machine,
                                       double fluence_per_mu) {
  std::vector<WeightedSource> sources;
  for (const PlannedBeam& beam : plan.beams) {
    if (beam.mu() > 0) {
      const BeamGeometry geometry = beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm);
      sources.push_back({BeamSource(machine.beam.at_distance(beam.sad_mm), geometry, field_fluence(machine.beam, beam)),
                         fluence_per_mu * plan.num_fractions, fmt::format("beam {} '{}'", beam.number, beam.name)});
    }
  }
  XINGU_REQUIRE(!sources.empty(), "the plan has no MU (its dose would be zero); give every beam segments with MU");
  return sources;
}

/// Mean over a volume of a grid's voxels.
double mean_of(const Volume<float>& volume) {
  double sum = 0.0;
  for (const float value : volume.values()) {
    sum += static_cast<double>(value);
  }
  return sum / static_cast<double>(volume.grid().num_voxels());
}

}  // namespace

void fit_to_voxels(MonteCarloOptions& options, const Grid& grid) {
  // CSDA ranges in water (NIST ESTAR): 0.45 mm at 200 keV, 0.14 mm at 100 keV, 0.043 mm at 50 keV.
  const double side = grid.spacing.minCoeff();
  options.limits.electron_cut = side >= 2.0 ? 0.2 : side >= 0.7 ? 0.1 : 0.05;
  options.reduction.kerma_below_MeV = photon_of_edge(options.limits.electron_cut);
}

Calibration calibrate(const MachinePhysics& machine, std::uint64_t seed, Ranks& ranks) {
  constexpr std::uint64_t num_histories = 400'000;
  constexpr int num_batches = 40;
  const BeamModel& beam = machine.beam;
  const OutputReference& reference = beam.reference;
  // Surface at z = 0, as in the calibration of collapsed cones.
  DensityImage water;
  Grid block;
  block.size = {60, 60, 100};
  block.spacing = Vec3(5.0, 5.0, 2.5);
  block.origin = Vec3(-147.5, -147.5, 1.25);
  water = {Volume<float>(block, 1.0F), Volume<std::uint8_t>(block, 0), {"water"}};
  Grid box = block;
  const int first = std::max(0, static_cast<int>((reference.depth_mm - 5.0) / block.spacing.z()));
  box.size = {8, 8, 8};
  box.origin = Vec3(-17.5, -17.5, (first + 0.5) * block.spacing.z());

  const BeamGeometry geometry{Pose<frame::P, frame::B>(straight_down(), Vec3(0, 0, beam.sad_mm - reference.ssd_mm)),
                              beam.sad_mm};
  const double half = 0.5 * reference.field_mm;
  const FieldFluence field = field_fluence(beam, FieldRectangle{-half, half, -half, half});

  CccEngine::Config config;
  config.blur = machine.blur;
  const CccEngine cones(machine.photons, config);
  const FluenceMap total = field.total();
  Grid point;
  point.size = {1, 1, 1};
  point.origin = Vec3(0, 0, reference.depth_mm);
  const double point_of_box = static_cast<double>(cones.compute(water, geometry, total, point)[0]) /
                              mean_of(cones.compute(water, geometry, total, box));

  MonteCarloOptions options;
  options.seed = seed;
  options.ranks = &ranks;
  options.progress = "MU calibration";
  options.histories_per_batch = num_histories / num_batches;
  options.min_batches = num_batches;
  double sum = 0.0;
  double sum2 = 0.0;
  options.on_batch = [&](const Volume<float>& batch) {
    const double mean = mean_of(batch);
    sum += mean;
    sum2 += mean * mean;
  };
  const MonteCarlo engine(water, box, MaterialTable::shipped(), PhotonCrossSections::shipped(), options);
  const MonteCarloDose dose = engine.run({{BeamSource(beam, geometry, field), 1.0}}, {0.0, 1, 0.0});
  if (!ranks.is_root()) {
    return ByteReader(broadcast(ranks, {})).get<Calibration>();
  }
  const double mean = sum / dose.batches;
  XINGU_REQUIRE(mean > 0 && reference.dose_Gy_per_mu > 0,
                "beam model '{}': its reference condition receives no dose (MU cannot be defined); check "
                "[beam.reference]",
                beam.name);
  const double variance = std::max(0.0, sum2 / dose.batches - mean * mean) / (dose.batches - 1);
  const Calibration calibration{reference.dose_Gy_per_mu / (mean * point_of_box), std::sqrt(variance) / mean};
  broadcast(ranks, ByteWriter().put(calibration).take());
  return calibration;
}

void require_dose(const TreatmentPlan& plan, const MachinePhysics& machine, const DensityImage& image) {
  require_that_sources_hit(image, sources_of(plan, machine, 1.0), 1);
}

MonteCarloDose compute_plan_dose(const TreatmentPlan& plan, const MachinePhysics& machine,
                                 const Calibration& calibration, const DensityImage& image, const Grid& grid,
                                 MonteCarloOptions options, const StopRule& stop) {
  XINGU_REQUIRE(
      stop.uncertainty == 0.0 || (stop.uncertainty >= lowest_uncertainty && stop.uncertainty <= highest_uncertainty),
      "an uncertainty of {:g} % is outside {:g} to {:g} % (Monte Carlo would not end, or say nothing); give "
      "for example 1%",
      100 * stop.uncertainty, 100 * lowest_uncertainty, 100 * highest_uncertainty);
  const std::vector<WeightedSource> sources = sources_of(plan, machine, calibration.fluence_per_mu);
  fit_to_voxels(options, grid);
  const MonteCarlo engine(image, grid, MaterialTable::shipped(), PhotonCrossSections::shipped(), options);
  return engine.run(sources, stop);
}

}  // namespace xingu::mc
