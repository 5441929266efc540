// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "dose/mc/monte_carlo.h"
#include "dose/mc/patchwork.h"
#include "dose/mc/sample_statistics.h"
#include "dose/mc/transport.h"
#include "dose/mc/voxel_geometry.h"

namespace xingu::mc {
namespace {

constexpr int num_side = 40;        // voxels
constexpr double spacing_mm = 2.0;  // along x and z; along y the block has no end that an electron could reach
constexpr int margin = 6;           // voxels from the edge that see less than the full source

/// Water whose density differs from voxel to voxel in a plane.
DensityImage rough_water() {
  Grid grid;
  grid.size = {num_side, 1, num_side};
  grid.spacing = Vec3(spacing_mm, 1e4, spacing_mm);
  DensityImage image = test::patchwork(grid, {"water"}, 3);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    image.density[i] = 0.3F + image.density[i] * 0.8F;
  }
  return image;
}

/// Electrons that start evenly by mass, in sets: what Fano's theorem asks for.
class EvenSource {
 public:
  explicit EvenSource(const DensityImage& image) {
    double sum = 0.0;
    for (const float density : image.density.values()) {
      sum += static_cast<double>(density);
      mass_.push_back(sum);
    }
  }

  [[nodiscard]] ElectronSet sample(float energy_MeV, RandomStream& random) const {
    ElectronSet set;
    set.size = max_lanes;
    set.energy_MeV = energy_MeV;
    for (std::size_t l = 0; l < set.size; ++l) {
      const double wanted = static_cast<double>(random.uniform()) * mass_.back();
      const auto voxel = static_cast<int>(std::ranges::upper_bound(mass_, wanted) - mass_.begin());
      const std::array<float, 3> at = {static_cast<float>(1 + voxel % num_side) + random.uniform(), 1.5F,
                                       static_cast<float>(1 + voxel / num_side) + random.uniform()};
      test::place_lane(set, l, at, test::isotropic_direction(random.uniform(), random.uniform()));
    }
    return set;
  }

 private:
  std::vector<double> mass_;
};

/// Dose of the voxels between two densities, away from the edge, over the mean dose of all of them.
struct Group {
  const char* name;
  float low, high;
  test::SampleMean relative;
};

TEST(MonteCarloInvariance, gives_even_dose_for_an_even_source_however_the_density_varies) {
  const TransportTables tables(MaterialTable::shipped(), PhotonCrossSections::shipped(), {"water"}, TransportLimits{});
  const DensityImage image = rough_water();
  const VoxelMedium medium(image, {0});
  const EvenSource source(image);
  std::vector<float> score(medium.num_padded());
  VoxelGeometry geometry(medium, score);
  Transport<VoxelGeometry> transport(tables, VarianceReduction{}, geometry);
  std::array groups = {Group{"thin", 0.0F, 0.8F, {}}, Group{"middle", 0.8F, 1.4F, {}}, Group{"dense", 1.4F, 9.0F, {}}};
  constexpr int batches = 40;
  constexpr std::uint64_t sets = 4000;
  for (std::uint64_t batch = 0; batch < batches; ++batch) {
    std::ranges::fill(score, 0.0F);
    for (std::uint64_t i = 0; i < sets; ++i) {
      RandomStream random(1, batch * sets + i);
      transport.run(source.sample(1.0F, random), random);
    }
    std::array<double, 3> energy{};
    std::array<double, 3> mass{};
    for (int z = margin; z < num_side - margin; ++z) {
      for (int x = margin; x < num_side - margin; ++x) {
        const float density = image.density.at(x, 0, z);
        const std::size_t g = density < groups[0].high ? 0 : density < groups[1].high ? 1 : 2;
        energy[g] += static_cast<double>(score[static_cast<std::size_t>(medium.index(x + 1, 1, z + 1))]);
        mass[g] += static_cast<double>(density);
      }
    }
    const double mean = (energy[0] + energy[1] + energy[2]) / (mass[0] + mass[1] + mass[2]);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      groups[g].relative.add(energy[g] / mass[g] / mean);
    }
  }
  for (const Group& group : groups) {
    std::printf("Fano, %-6s voxels: %+.3f %% (sigma %.3f %%)\n", group.name, 100 * (group.relative.mean() - 1),
                100 * group.relative.sigma());
    EXPECT_NEAR(group.relative.mean(), 1.0, 0.003) << group.name;
    EXPECT_LT(group.relative.sigma(), 0.0013) << group.name;
  }
}

TEST(MonteCarloStatistics, knows_the_spread_of_runs_with_other_seeds) {
  constexpr int num_runs = 16;
  constexpr double sad_mm = 1000.0;
  const DensityImage image = test::uniform_image(test::cube_grid(10, 10.0, {0, 0, 50}), 1.0F, "water");
  const BeamModel model = ideal_point_source(monoenergetic(2.0), sad_mm);
  const BeamSource source(model, test::beam_along({0, 0, 1}, {0, 0, 50}, sad_mm),
                          field_fluence(model, FieldRectangle{-30, 30, -30, 30}));
  std::vector<test::SampleMean> of_voxel(image.density.grid().num_voxels());
  std::vector<double> variance(of_voxel.size(), 0.0);
  for (std::uint64_t seed = 1; seed <= num_runs; ++seed) {
    MonteCarloOptions options;
    options.seed = seed;
    options.histories_per_batch = 100;
    options.progress.clear();
    const MonteCarlo engine(image, image.density.grid(), MaterialTable::shipped(), PhotonCrossSections::shipped(),
                            options);
    const MonteCarloDose dose = engine.run({{source, 1.0}}, {0.0, 3200, 0.0});
    for (std::size_t i = 0; i < of_voxel.size(); ++i) {
      of_voxel[i].add(static_cast<double>(dose.dose_Gy[i]));
      variance[i] += std::pow(static_cast<double>(dose.sigma_Gy[i]), 2) / num_runs;
    }
  }
  double highest = 0.0;
  for (const test::SampleMean& voxel : of_voxel) {
    highest = std::max(highest, voxel.mean());
  }
  test::SampleMean ratio;
  for (std::size_t i = 0; i < of_voxel.size(); ++i) {
    if (of_voxel[i].mean() > 0.5 * highest) {
      ratio.add(std::pow(of_voxel[i].spread(), 2) / variance[i]);
    }
  }
  std::printf("variance between runs over the variance they know: %.3f (sigma %.3f)\n", ratio.mean(), ratio.sigma());
  // Voxels along one path vary together: the mean is known less surely than its sigma says.
  EXPECT_NEAR(ratio.mean(), 1.0, 5.0 * ratio.sigma());
  EXPECT_LT(ratio.sigma(), 0.04);
}

}  // namespace
}  // namespace xingu::mc
