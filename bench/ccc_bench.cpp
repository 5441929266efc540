// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "base/files.h"
#include "base/parallel.h"
#include "dose/beam_aligned_field.h"
#include "dose/ccc_engine.h"
#include "dose/spectrum.h"

namespace xingu {
namespace {

std::shared_ptr<const PhotonPhysics> physics() {
  static const auto instance = [] {
    add_shipped_root(XINGU_SOURCE_DIR);
    const Spectrum spectrum = load_spectrum("fff-6mv");
    return std::make_shared<const PhotonPhysics>(
        spectrum.energy_MeV, spectrum.weight, PointKernels::read(find_shipped("data/kernels/water_point_kernels.csv")),
        PhotonCrossSections::shipped(), MaterialTable::shipped());
  }();
  return instance;
}

/// An elliptic cylinder of tissue, 340 mm × 230 mm × 300 mm, with two lungs, a spine and air around, 2.5 mm voxels.
DensityImage thorax() {
  Grid grid;
  grid.size = {160, 112, 120};
  grid.spacing = Vec3::Constant(2.5);
  grid.origin = Vec3(-198.75, -138.75, -148.75);
  DensityImage image{
      Volume<float>(grid, 0.0012F), Volume<std::uint8_t>(grid, 0), {"air", "soft_tissue", "lung", "cortical_bone"}};
  const auto is_within = [](double x, double y, double a, double b) { return x * x / (a * a) + y * y / (b * b) < 1; };
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const Vec3 p = grid.centre(x, y, z);
        if (!is_within(p.x(), p.y(), 170, 115)) {
          continue;
        }
        const bool is_lung = is_within(std::abs(p.x()) - 82, p.y(), 58, 80) && std::abs(p.z()) < 110;
        const bool is_spine = is_within(p.x(), p.y() - 70, 20, 18);
        image.density.at(x, y, z) = is_lung ? 0.26F : is_spine ? 1.5F : 1.03F;
        image.material.at(x, y, z) = is_lung ? 2 : is_spine ? 3 : 1;
      }
    }
  }
  return image;
}

/// From the front left and a little from above, through lung and heart.
BeamGeometry oblique_beam() {
  const Vec3 z = Vec3(0.45, -0.85, 0.27).normalized();
  Mat3 rotation;
  rotation.col(0) = Vec3::UnitZ().cross(z).normalized();
  rotation.col(1) = z.cross(rotation.col(0));
  rotation.col(2) = z;
  return {Pose<frame::P, frame::B>(rotation, Vec3(10, -10, 0)), 800.0};
}

FluenceMap open_10x10() {
  FluenceMap map;
  map.nx = map.ny = 20;
  map.pixel_mm = 5.0;
  map.x0_mm = map.y0_mm = -47.5;
  map.value.assign(400, 1.0F);
  return map;
}

/// Voxels that the lines of all cones cross: 1 + the slopes, for every voxel and cone.
double num_segments(const BeamAlignedGrid& grid, const std::vector<Cone>& cones) {
  double per_voxel = 0.0;
  for (const Cone& cone : cones) {
    double sum = 0.0;
    double steepest = 0.0;
    for (std::size_t a = 0; a < 3; ++a) {
      const double voxels_per_mm = std::abs(cone.direction[a]) / grid.spacing_mm[a];
      sum += voxels_per_mm;
      steepest = std::max(steepest, voxels_per_mm);
    }
    per_voxel += sum / steepest;
  }
  return per_voxel * static_cast<double>(grid.num_voxels());
}

void transport_of_a_thorax_beam(benchmark::State& state) {
  set_num_threads(static_cast<int>(state.range(0)));
  const DensityImage image = thorax();
  const BeamAlignedField field = make_beam_aligned_field(image, physics()->spectral_table(image.material_names),
                                                         oblique_beam(), open_10x10(), {}, {1.25, 2.5}, 80.0);
  const auto cones = make_cones(physics()->kernel, ConeQuality::normal, largest_tilt(field.grid));
  for (auto _ : state) {
    benchmark::DoNotOptimize(transport_cones(field.grid, field.density, field.primary, field.scatter, cones));
  }
  state.counters["voxels"] = static_cast<double>(field.grid.num_voxels());
  state.counters["segments/s"] =
      benchmark::Counter(num_segments(field.grid, cones), benchmark::Counter::kIsIterationInvariantRate);
  set_num_threads(0);
}
BENCHMARK(transport_of_a_thorax_beam)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

/// From the CT to the dose on the CT's grid.
void open_10x10_beam_on_a_thorax(benchmark::State& state) {
  constexpr std::array qualities{ConeQuality::draft, ConeQuality::normal, ConeQuality::fine};
  CccEngine::Config config;
  config.quality = qualities[static_cast<std::size_t>(state.range(0))];
  config.refinement = lateral_refinement(config.spacing_mm);
  const CccEngine engine(physics(), config);
  const DensityImage image = thorax();
  const BeamGeometry beam = oblique_beam();
  const FluenceMap fluence = open_10x10();
  for (auto _ : state) {
    benchmark::DoNotOptimize(engine.compute(image, beam, fluence, image.density.grid()));
  }
  state.SetLabel(engine.description());
}
BENCHMARK(open_10x10_beam_on_a_thorax)->DenseRange(0, 2)->Unit(benchmark::kMillisecond)->UseRealTime();

void cones_of_a_beam(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_cones(physics()->kernel, ConeQuality::normal, 0.12));
  }
}
BENCHMARK(cones_of_a_beam)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace xingu
