// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <tuple>
#include <utility>
#include <vector>

#include "dose/mc/monte_carlo.h"
#include "dose/mc/sample_statistics.h"
#include "support/photon_beam.h"
#include "validation/monte_carlo_comparison.h"

namespace xingu::mc {
namespace {

constexpr double sad_mm = 1000.0;
constexpr double layer_mm = 2.0;
constexpr int num_layers = 80;

/// The slab of water, bone and lung, 100 mm wide, in layers of 2 mm.
DensityImage slab() {
  Grid grid;
  grid.size = {20, 20, num_layers};
  grid.spacing = Vec3(5.0, 5.0, layer_mm);
  grid.origin = Vec3(-47.5, -47.5, 0.5 * layer_mm);
  DensityImage image = test::uniform_image(grid, 1.0F, "water");
  image.material_names = {"water", "cortical_bone_icrp", "lung"};
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    const auto layer = static_cast<double>(i / 400);
    std::tie(image.density[i], image.material[i]) = test::bone_and_lung((layer + 0.5) * layer_mm);
  }
  return image;
}

/// Mean dose of each layer around the axis of a 50 mm field, over batches.
using Layers = std::array<test::SampleMean, num_layers>;
Layers layers_with(const TransportLimits& limits, const VarianceReduction& reduction) {
  Layers layers;
  MonteCarloOptions options;
  options.limits = limits;
  options.reduction = reduction;
  options.progress.clear();
  options.histories_per_batch = 2000;
  options.on_batch = [&](const Volume<float>& batch) {
    for (int z = 0; z < num_layers; ++z) {
      double sum = 0.0;
      for (int y = 6; y < 14; ++y) {
        for (int x = 6; x < 14; ++x) {
          sum += static_cast<double>(batch.at(x, y, z));
        }
      }
      layers[static_cast<std::size_t>(z)].add(sum);
    }
  };
  const DensityImage image = slab();
  const BeamModel model = ideal_point_source(load_spectrum("mohan-6mv"), sad_mm);
  const BeamSource source(model, test::beam_along({0, 0, 1}, {0, 0, 100}, sad_mm),
                          field_fluence(model, FieldRectangle{-25, 25, -25, 25}));
  const MonteCarlo engine(image, image.density.grid(), MaterialTable::shipped(), PhotonCrossSections::shipped(),
                          options);
  (void)engine.run({{source, 1.0}}, {0.0, 160'000, 0.0});
  return layers;
}

/// Each layer beyond the first, whose dose electrons below the cut make up in part.
void expect_same_dose(const TransportLimits& limits, const VarianceReduction& reduction) {
  static const Layers shipped = layers_with({}, {});
  const Layers other = layers_with(limits, reduction);
  double chi2 = 0.0;
  double sum = 0.0;
  for (std::size_t z = 1; z < num_layers; ++z) {
    const double sigma = std::hypot(shipped[z].sigma(), other[z].sigma());
    const double difference = other[z].mean() - shipped[z].mean();
    EXPECT_LE(std::abs(difference), 0.005 * shipped[z].mean() + 3.5 * sigma) << z;
    chi2 += std::pow(difference / sigma, 2);
    sum += difference / shipped[z].mean() / (num_layers - 1);
  }
  std::printf("mean difference over layers %+.2f %%, root mean square %.2f standard deviations\n", 100 * sum,
              std::sqrt(chi2 / (num_layers - 1)));
  EXPECT_LE(std::abs(sum), 0.004);
}

TEST(MonteCarloLimits, finer_steps_give_the_same_dose_in_water_bone_and_lung) {
  TransportLimits limits;
  limits.step_loss = 0.05;
  limits.step_scattering = 0.10;
  expect_same_dose(limits, {});
}

TEST(MonteCarloLimits, lower_cuts_give_the_same_dose_beyond_2_mm) {
  TransportLimits limits;
  limits.electron_cut = 0.05;
  limits.bremsstrahlung_cut = 0.02;
  VarianceReduction reduction;
  reduction.kerma_below_MeV = 0.1;
  expect_same_dose(limits, reduction);
}

TEST(MonteCarloReduction, each_switched_off_alone_gives_the_same_dose) {
  const VarianceReduction off = VarianceReduction::none();
  const auto without = [&](auto change) {
    VarianceReduction reduction;
    change(reduction);
    return reduction;
  };
  const std::vector<std::pair<const char*, VarianceReduction>> cases = {
      {"photons split", without([&](VarianceReduction& r) {
         r.sites_primary = off.sites_primary;
         r.sites_scattered = off.sites_scattered;
       })},
      {"histories repeated", without([&](VarianceReduction& r) { r.repeats_histories = off.repeats_histories; })},
      // Split photons without any roulette would never end.
      {"roulette of all but a quarter", without([&](VarianceReduction& r) {
         r.scatter_weight = 0.25;
         r.scatter_weight_low = 0.25;
         r.radiation_weight = 0.25;
       })},
      {"kerma", without([&](VarianceReduction& r) { r.kerma_below_MeV = off.kerma_below_MeV; })},
      {"range rejection",
       without([&](VarianceReduction& r) { r.range_rejection_below_MeV = off.range_rejection_below_MeV; })}};
  for (const auto& [name, reduction] : cases) {
    SCOPED_TRACE(name);
    std::printf("without %s: ", name);
    expect_same_dose({}, reduction);
  }
}

TEST(MonteCarloLimits, electrons_of_low_energy_followed_to_the_end_give_the_same_dose) {
  VarianceReduction reduction;
  reduction.kerma_below_MeV = 0.0;
  reduction.range_rejection_below_MeV = 0.0;
  expect_same_dose({}, reduction);
}

}  // namespace
}  // namespace xingu::mc
