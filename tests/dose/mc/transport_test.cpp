// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/transport.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "dose/mc/constants.h"
#include "dose/mc/patchwork.h"
#include "dose/mc/sample_statistics.h"
#include "dose/mc/voxel_geometry.h"

namespace xingu::mc {
namespace {

const TransportTables& water_and_bone() {
  static const TransportTables tables(MaterialTable::shipped(), PhotonCrossSections::shipped(),
                                      {"water", "cortical_bone"}, TransportLimits{});
  return tables;
}

/// A block to run histories in, and what they leave.
class Block {
 public:
  Block(const DensityImage& image, const VarianceReduction& reduction)
      : medium_(image, test::in_order(image)),
        score_(medium_.num_padded(), 0.0F),
        geometry_(medium_, score_),
        transport_(water_and_bone(), reduction, geometry_) {}

  [[nodiscard]] PhotonState photon_at(const std::array<float, 3>& at, const Direction& direction, float energy) const {
    PhotonState photon;
    photon.position = at;
    for (std::size_t a = 0; a < 3; ++a) {
      photon.voxel[a] = static_cast<int>(at[a]);
    }
    photon.direction = direction;
    photon.energy_MeV = energy;
    return photon;
  }
  void run(const PhotonState& photon, RandomStream& random) { transport_.run(photon, random); }
  void run(const ElectronSet& set, RandomStream& random) { transport_.run(set, random); }

  [[nodiscard]] double deposited() const { return std::accumulate(score_.begin(), score_.end(), 0.0); }
  [[nodiscard]] double escaped() const { return transport_.energy_left().escaped; }
  [[nodiscard]] double in_box(const std::array<int, 3>& low, const std::array<int, 3>& high) const {
    double sum = 0.0;
    for (int k = low[2]; k < high[2]; ++k) {
      for (int j = low[1]; j < high[1]; ++j) {
        for (int i = low[0]; i < high[0]; ++i) {
          sum += static_cast<double>(score_[static_cast<std::size_t>(medium_.index(i, j, k))]);
        }
      }
    }
    return sum;
  }
  void clear() { std::fill(score_.begin(), score_.end(), 0.0F); }

 private:
  VoxelMedium medium_;
  std::vector<float> score_;
  VoxelGeometry geometry_;
  Transport<VoxelGeometry> transport_;
};

DensityImage patchwork_block() { return test::patchwork(test::cube_grid(6, 10.0), {"water", "cortical_bone"}); }

TEST(Transport, conserves_the_energy_of_every_analogue_photon) {
  Block block(patchwork_block(), VarianceReduction::none());
  for (const float energy : {0.03F, 0.5F, 3.0F, 12.0F}) {
    double escaped = block.escaped();
    for (std::uint64_t history = 0; history < 300; ++history) {
      RandomStream random(1, history);
      block.clear();
      block.run(block.photon_at({4.2F, 4.3F, 1.0F}, {0, 0, 1}, energy), random);
      const double left = block.escaped() - escaped;
      escaped = block.escaped();
      ASSERT_NEAR((block.deposited() + left) / static_cast<double>(energy), 1.0, 1e-6) << energy << ' ' << history;
    }
  }
}

TEST(Transport, conserves_the_energy_of_every_analogue_electron_and_positron) {
  Block block(patchwork_block(), VarianceReduction::none());
  for (const Charge charge : {Charge::electron, Charge::positron}) {
    for (const float energy : {0.3F, 2.0F, 15.0F}) {
      const double brought = static_cast<double>(energy) + (charge == Charge::positron ? 2.0 * electron_rest_MeV : 0.0);
      double escaped = block.escaped();
      for (std::uint64_t history = 0; history < 200; ++history) {
        RandomStream random(2, history);
        ElectronSet set;
        set.size = 1;
        set.energy_MeV = energy;
        set.charge = charge;
        test::place_lane(set, 0, {4.2F, 4.3F, 3.1F}, {0.6F, 0.0F, 0.8F});
        block.clear();
        block.run(set, random);
        const double left = block.escaped() - escaped;
        escaped = block.escaped();
        ASSERT_NEAR((block.deposited() + left) / brought, 1.0, 1e-6) << energy << ' ' << history;
      }
    }
  }
}

/// Energy left in each layer of a block by photons of several energies that enter one face, per batch.
constexpr std::size_t num_layers = 6;
using Layers = std::array<test::SampleMean, num_layers + 1>;  // and their sum
Layers layers_of(const VarianceReduction& reduction, int histories, std::uint64_t seed) {
  constexpr int batches = 25;
  constexpr std::array energies = {0.08F, 0.25F, 0.8F, 2.5F, 6.0F};
  Block block(patchwork_block(), reduction);
  Layers layers;
  for (int batch = 0; batch < batches; ++batch) {
    block.clear();
    const int num = histories / batches;
    for (int i = 0; i < num; ++i) {
      RandomStream random(seed, static_cast<std::uint64_t>(batch * num + i));
      const std::array<float, 3> at = {1.0F + 6.0F * random.uniform(), 1.0F + 6.0F * random.uniform(), 1.0F};
      const float energy = energies[static_cast<std::size_t>(i) % energies.size()];
      block.run(block.photon_at(at, {0.0F, 0.28F, 0.96F}, energy), random);
    }
    double sum = 0.0;
    for (std::size_t layer = 0; layer < num_layers; ++layer) {
      const int k = static_cast<int>(layer) + 1;
      const double energy = block.in_box({1, 1, k}, {7, 7, k + 1}) / num;
      layers[layer].add(energy);
      sum += energy;
    }
    layers[num_layers].add(sum);
  }
  return layers;
}

void expect_same_mean(const VarianceReduction& reduction, int histories) {
  static const Layers analogue = layers_of(VarianceReduction::none(), 250000, 1);
  const Layers reduced = layers_of(reduction, histories, 2);
  for (std::size_t layer = 0; layer < analogue.size(); ++layer) {
    const double sigma = std::hypot(analogue[layer].sigma(), reduced[layer].sigma());
    EXPECT_NEAR(reduced[layer].mean(), analogue[layer].mean(), 3.3 * sigma) << layer;
  }
  // Strong enough to see a bias of a few per cent.
  EXPECT_LT(std::hypot(analogue[num_layers].sigma(), reduced[num_layers].sigma()), 0.02 * analogue[num_layers].mean());
}

VarianceReduction forced(int sites_primary, int sites_scattered) {
  VarianceReduction reduction = VarianceReduction::none();
  reduction.forces_interactions = true;
  reduction.sites_primary = sites_primary;
  reduction.sites_scattered = sites_scattered;
  return reduction;
}

TEST(VarianceReduction, by_forced_interactions_moves_no_mean) { expect_same_mean(forced(1, 1), 60000); }

TEST(VarianceReduction, by_splitting_photons_moves_no_mean) { expect_same_mean(forced(8, 4), 15000); }

TEST(VarianceReduction, by_repeated_electrons_moves_no_mean) {
  VarianceReduction reduction = forced(32, 16);
  reduction.repeats_histories = true;
  expect_same_mean(reduction, 15000);
}

TEST(VarianceReduction, by_roulette_of_photons_moves_no_mean) {
  VarianceReduction reduction = forced(8, 4);
  reduction.scatter_weight = 3.0;
  reduction.scatter_weight_low = 0.4;
  reduction.radiation_weight = 2.0;
  expect_same_mean(reduction, 15000);
}

TEST(VarianceReduction, by_kerma_of_low_energies_moves_no_mean) {
  VarianceReduction reduction = forced(8, 4);
  reduction.kerma_below_MeV = 0.35;
  expect_same_mean(reduction, 15000);
}

TEST(VarianceReduction, by_range_rejection_moves_no_mean) {
  VarianceReduction reduction = VarianceReduction::none();
  reduction.range_rejection_below_MeV = 1.0;
  expect_same_mean(reduction, 250000);
}

TEST(VarianceReduction, all_of_it_moves_no_mean) { expect_same_mean(VarianceReduction{}, 15000); }

/// Voxels of a block: low <= (x, y, z) < high.
struct Box {
  std::array<int, 3> low, high;
  [[nodiscard]] int voxels() const { return (high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]); }
};

/// Energy per mass that photons, started evenly in one box, leave in another; per batch. Places and directions of a
/// batch are points of a lattice in five dimensions, shifted at random (Kronecker's sequence of the root of x^6 = x +
/// 1).
test::SampleMean absorbed(const Box& from, const Box& to) {
  VarianceReduction reduction;
  reduction.kerma_below_MeV = 1.0;  // electrons stay within a voxel
  Block block(test::uniform_image(test::cube_grid(23, 20.0), 1.0F, "water"), reduction);
  constexpr double root = 1.1347241384015194;
  constexpr int batches = 20;
  constexpr std::uint64_t num = 4000;
  test::SampleMean result;
  for (std::uint64_t batch = 0; batch < batches; ++batch) {
    RandomStream shifts(4, batch);
    std::array<double, 5> place{};
    for (double& coordinate : place) {
      coordinate = static_cast<double>(shifts.uniform());
    }
    block.clear();
    for (std::uint64_t i = 0; i < num; ++i) {
      double step = 1.0;
      for (double& coordinate : place) {
        step /= root;
        coordinate = std::fmod(coordinate + step, 1.0);
      }
      std::array<float, 3> at{};
      for (std::size_t a = 0; a < 3; ++a) {
        at[a] = static_cast<float>(from.low[a] + place[a] * (from.high[a] - from.low[a]));
      }
      RandomStream random(3, batch * num + i);
      const Direction direction = test::isotropic_direction(static_cast<float>(place[3]), static_cast<float>(place[4]));
      block.run(block.photon_at(at, direction, 0.6F), random);
    }
    result.add(block.in_box(to.low, to.high) / to.voxels() / static_cast<double>(num));
  }
  return result;
}

TEST(Transport, is_reciprocal_between_places_of_different_shape) {
  // In one medium, energy per mass in B from an even source in A is that in A from one in B (Loevinger 1969).
  const Box cube{{11, 11, 10}, {14, 14, 13}};
  const Box plate{{10, 10, 13}, {15, 15, 14}};
  const test::SampleMean there = absorbed(cube, plate);
  const test::SampleMean back = absorbed(plate, cube);
  const double sigma = std::hypot(there.sigma(), back.sigma());
  std::printf("reciprocity: %+.2f %% (sigma %.2f %%)\n", 100 * (there.mean() / back.mean() - 1),
              100 * sigma / back.mean());
  EXPECT_NEAR(there.mean(), back.mean(), 2.0 * sigma);
  EXPECT_LT(sigma, 0.01 * there.mean());
}

TEST(Transport, draws_the_same_for_the_same_history) {
  const auto dose = [] {
    Block block(patchwork_block(), VarianceReduction{});
    RandomStream random(9, 1);
    block.run(block.photon_at({4.2F, 4.3F, 1.0F}, {0, 0, 1}, 6.0F), random);
    return block.deposited();
  };
  EXPECT_EQ(dose(), dose());
}

}  // namespace
}  // namespace xingu::mc
