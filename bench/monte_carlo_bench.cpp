// SPDX-License-Identifier: Apache-2.0
// Efficiency 1/(σ² T) of Monte Carlo in the voxels of the EGSnrc reference, on one thread, and what each variance
// reduction is worth: every row switches one of them off. Where others compute beside it, the figures per second of the
// processor are the ones to read.
#include <benchmark/benchmark.h>

#include <cmath>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/parallel.h"
#include "dose/mc/monte_carlo.h"
#include "dose/spectrum.h"
#include "dose/tank.h"

namespace xingu {
namespace {

struct Case {
  std::string name;
  double field_mm;
  double voxel_depth_mm;
  bool has_slabs;
};

/// 30 × 30 × 30 cm, surface 10 cm before the isocentre, voxels of 5 × 5 mm across and the reference's depth.
DensityImage block(const Case& of) {
  Grid grid;
  grid.spacing = Vec3(5.0, of.voxel_depth_mm, 5.0);
  grid.size = {60, static_cast<int>(std::lround(300.0 / of.voxel_depth_mm)), 60};
  grid.origin = Vec3(-147.5, -100.0 + 0.5 * of.voxel_depth_mm, -147.5);
  DensityImage image{Volume<float>(grid, 1.0F), Volume<std::uint8_t>(grid, 0), {"water", "cortical_bone_icrp", "lung"}};
  for (std::size_t i = 0; of.has_slabs && i < grid.num_voxels(); ++i) {
    const auto row = i / 60 % static_cast<std::size_t>(grid.ny());
    const double depth = (static_cast<double>(row) + 0.5) * of.voxel_depth_mm;
    if (depth > 30 && depth < 50) {
      image.density[i] = 1.85F;
      image.material[i] = 1;
    } else if (depth > 50 && depth < 120) {
      image.density[i] = 0.26F;
      image.material[i] = 2;
    }
  }
  return image;
}

/// Mean square of the relative uncertainty in the voxels around the axis at 9 to 11 cm depth.
double mean_square(const mc::MonteCarloDose& dose) {
  const Grid& grid = dose.dose_Gy.grid();
  double sum = 0.0;
  int num = 0;
  for (int z = 26; z < 34; ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 26; x < 34; ++x) {
        if (std::abs(grid.centre(x, y, z).y()) < 10.0) {
          const auto i = grid.index(x, y, z);
          const double relative = static_cast<double>(dose.sigma_Gy[i] / dose.dose_Gy[i]);
          sum += relative * relative;
          ++num;
        }
      }
    }
  }
  return sum / num;
}

void run(benchmark::State& state, const Case& of, const std::function<void(mc::MonteCarloOptions&)>& change) {
  add_shipped_root(XINGU_SOURCE_DIR);
  set_num_threads(1);
  mc::MonteCarloOptions options;
  options.progress.clear();
  change(options);
  const DensityImage image = block(of);
  const mc::MonteCarlo engine(image, image.density.grid(), MaterialTable::shipped(), PhotonCrossSections::shipped(),
                              options);
  const BeamModel beam = ideal_point_source(load_spectrum("mohan-6mv"), 1000.0);
  const double half = 0.5 * of.field_mm;
  const FieldFluence field = field_fluence(beam, FieldRectangle{-half, half, -half, half}, {0.5, 0.0});
  const std::vector<mc::WeightedSource> sources{{mc::BeamSource(beam, tank_beam(1000.0), field), 1.0, "the field"}};
  double seconds = 0.0;
  double processor_seconds = 0.0;
  double histories = 0.0;
  double square = 0.0;
  for (auto _ : state) {
    const std::clock_t begin = std::clock();
    const mc::MonteCarloDose dose = engine.run(sources, {0.0, 100'000, 0.0});
    processor_seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    seconds += dose.seconds;
    histories += static_cast<double>(dose.histories);
    square += mean_square(dose);
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["efficiency_per_s"] = 1.0 / (square / runs * seconds / runs);
  state.counters["efficiency_per_cpu_s"] = 1.0 / (square / runs * processor_seconds / runs);
  state.counters["histories_per_s"] = histories / seconds;
  state.counters["histories_per_cpu_s"] = histories / processor_seconds;
}

void register_all() {
  const std::vector<Case> cases{{"water 10x10", 100.0, 5.0, false}, {"slab 5x5", 50.0, 2.5, true}};
  using Change = std::function<void(mc::MonteCarloOptions&)>;
  const std::vector<std::pair<std::string, Change>> changes{
      {"as shipped", [](mc::MonteCarloOptions&) {}},
      {"no source lattice", [](mc::MonteCarloOptions& o) { o.stratifies_source = false; }},
      {"no repetition", [](mc::MonteCarloOptions& o) { o.reduction.repeats_histories = false; }},
      {"no kerma", [](mc::MonteCarloOptions& o) { o.reduction.kerma_below_MeV = 0.0; }},
      {"no range rejection", [](mc::MonteCarloOptions& o) { o.reduction.range_rejection_below_MeV = 0.0; }},
      {"16 sites", [](mc::MonteCarloOptions& o) { o.reduction.sites_primary = 16; }},
      {"analogue", [](mc::MonteCarloOptions& o) { o.reduction = mc::VarianceReduction::none(); }},
  };
  for (const Case& of : cases) {
    for (const auto& [name, change] : changes) {
      benchmark::RegisterBenchmark((of.name + ", " + name).c_str(),
                                   [of, change = change](benchmark::State& state) { run(state, of, change); })
          ->Unit(benchmark::kMillisecond)
          ->Iterations(2);
    }
  }
}

const bool is_registered = (register_all(), true);

}  // namespace
}  // namespace xingu
