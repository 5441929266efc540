// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/electron_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "dose/mc/patchwork.h"
#include "dose/mc/random_stream.h"
#include "dose/mc/sample_statistics.h"

namespace xingu::mc {
namespace {

constexpr std::array stopping = {0.19F, 0.17F};  // MeV/mm at 1 g/cm³

/// A set of electrons at random places and in random directions.
ElectronSet scattered_set(const VoxelMedium& medium, std::size_t size, std::uint64_t seed) {
  ElectronSet set;
  set.size = size;
  set.energy_MeV = 2.0F;
  RandomStream random(seed, 0);
  for (std::size_t l = 0; l < size; ++l) {
    std::array<float, 3> at{};
    for (std::size_t a = 0; a < 3; ++a) {
      at[a] = 1.0F + random.uniform() * static_cast<float>(medium.padded_size()[a] - 2);
    }
    test::place_lane(set, l, at, test::isotropic_direction(random.uniform(), random.uniform()),
                     0.5F + random.uniform());
  }
  return set;
}

/// One lane at a time, in double precision, by small steps within voxels: what walk_voxels must come to.
double walk_slowly(const VoxelMedium& medium, ElectronSet& set, double loss_MeV, std::vector<double>& score) {
  double escaped = 0.0;
  for (std::size_t l = 0; l < set.size; ++l) {
    std::array<double, 3> at = {static_cast<double>(set.x[l]), static_cast<double>(set.y[l]),
                                static_cast<double>(set.z[l])};
    const std::array<double, 3> rate = {static_cast<double>(set.u[l] * medium.voxels_per_mm()[0]),
                                        static_cast<double>(set.v[l] * medium.voxels_per_mm()[1]),
                                        static_cast<double>(set.w[l] * medium.voxels_per_mm()[2])};
    std::array<int, 3> voxel = {set.i[l], set.j[l], set.k[l]};
    double left = loss_MeV;
    while (left > 0.0) {
      const int index = medium.index(voxel[0], voxel[1], voxel[2]);
      const std::uint32_t word = medium.voxels()[index];
      if (word == 0U) {
        escaped += static_cast<double>(set.weight[l]) * (static_cast<double>(set.energy_MeV) - (loss_MeV - left));
        set.weight[l] = 0.0F;
        break;
      }
      double t = 1e30;
      std::size_t axis = 0;
      for (std::size_t a = 0; a < 3; ++a) {
        const double face = voxel[a] + (rate[a] > 0 ? 1 : 0);
        const double to_face = std::max(0.0, (face - at[a]) / rate[a]);
        if (to_face < t) {
          t = to_face;
          axis = a;
        }
      }
      const double loss_per_mm =
          static_cast<double>(PackedVoxel::density(word)) * static_cast<double>(stopping[PackedVoxel::material(word)]);
      const double lost = std::min(left, t * loss_per_mm);
      for (std::size_t a = 0; a < 3; ++a) {
        at[a] += lost / loss_per_mm * rate[a];
      }
      score[static_cast<std::size_t>(index)] += lost * static_cast<double>(set.weight[l]);
      left -= lost;
      voxel[axis] += left > 0.0 ? (rate[axis] > 0 ? 1 : -1) : 0;
    }
    set.x[l] = static_cast<float>(at[0]);
    set.y[l] = static_cast<float>(at[1]);
    set.z[l] = static_cast<float>(at[2]);
  }
  return escaped;
}

class WalkVoxels : public ::testing::Test {
 protected:
  static Grid grid() {
    Grid grid = test::cube_grid(9, 2.5);
    grid.spacing = Vec3(2.0, 2.5, 4.0);
    return grid;
  }
  DensityImage image_ = test::patchwork(grid(), {"water", "cortical_bone"});
  VoxelMedium medium_{image_, test::in_order(image_)};
};

TEST_F(WalkVoxels, comes_to_the_same_as_one_lane_at_a_time) {
  for (const std::size_t size : {1U, 7U, 16U, 17U, 32U}) {
    for (const float loss : {0.02F, 0.4F, 1.5F}) {
      ElectronSet set = scattered_set(medium_, size, size);
      ElectronSet slow = set;
      std::vector<float> score(medium_.num_padded(), 0.0F);
      std::vector<double> expected(medium_.num_padded(), 0.0);
      const double escaped = walk_voxels(medium_, set, loss, set.energy_MeV, stopping.data(), nullptr, score.data());
      const double escaped_slowly = walk_slowly(medium_, slow, static_cast<double>(loss), expected);
      EXPECT_NEAR(escaped, escaped_slowly, 2e-5 * static_cast<double>(size));
      for (std::size_t i = 0; i < score.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(score[i]), expected[i], 3e-5);
      }
      for (std::size_t l = 0; l < size; ++l) {
        EXPECT_EQ(set.weight[l], slow.weight[l]) << l;
        if (set.weight[l] > 0.0F) {
          EXPECT_NEAR(set.x[l], slow.x[l], 1e-4F);
          EXPECT_NEAR(set.y[l], slow.y[l], 1e-4F);
          EXPECT_NEAR(set.z[l], slow.z[l], 1e-4F);
        }
      }
    }
  }
}

TEST_F(WalkVoxels, scores_or_lets_escape_all_energy_it_takes) {
  for (const float loss : {0.1F, 2.0F}) {
    ElectronSet set = scattered_set(medium_, 32, 5);
    double carried = 0.0;
    for (std::size_t l = 0; l < set.size; ++l) {
      carried += static_cast<double>(set.weight[l] * set.energy_MeV);
    }
    std::vector<float> score(medium_.num_padded(), 0.0F);
    const double escaped = walk_voxels(medium_, set, loss, set.energy_MeV, stopping.data(), nullptr, score.data());
    double kept = 0.0;
    for (std::size_t l = 0; l < set.size; ++l) {
      kept += static_cast<double>(set.weight[l] * (set.energy_MeV - loss));
    }
    const double scored = std::accumulate(score.begin(), score.end(), 0.0);
    EXPECT_NEAR((scored + escaped + kept) / carried, 1.0, 1e-6);
  }
}

TEST_F(WalkVoxels, leaves_lanes_that_have_ended_where_they_are) {
  ElectronSet set = scattered_set(medium_, 16, 8);
  set.weight[3] = 0.0F;
  const float x = set.x[3];
  std::vector<float> score(medium_.num_padded(), 0.0F);
  (void)walk_voxels(medium_, set, 0.5F, set.energy_MeV, stopping.data(), nullptr, score.data());
  EXPECT_EQ(set.x[3], x);
}

/// Tables of straight lines: y = a v/(1 + a − v), v = u, mean y = a ((1 + a) ln(1 + 1/a) − 1), of each strength.
std::vector<float> screened_tables(float strongest) {
  const auto mean_of = [](double a) { return a * ((1.0 + a) * std::log1p(1.0 / a) - 1.0); };
  std::vector<float> tables;
  double strength = static_cast<double>(strongest);
  for (int level = 0; level < TransportTables::num_strengths; ++level, strength *= 0.5) {
    double low = 1e-9;
    double high = 100.0;
    for (int i = 0; i < 100; ++i) {
      const double middle = std::sqrt(low * high);
      (mean_of(middle) < -0.5 * std::expm1(-strength) ? low : high) = middle;
    }
    tables.push_back(static_cast<float>(low));
    for (int node = 0; node < DeflectionTable::num_nodes; ++node) {
      const double r = 1.0 - static_cast<double>(node) / (DeflectionTable::num_nodes - 1);
      tables.push_back(static_cast<float>(1.0 - r * r));
    }
  }
  return tables;
}

TEST(Deflect, has_the_mean_versine_of_the_strength_between_and_below_its_tables) {
  constexpr float strongest = 0.48F;
  const std::vector<float> tables = screened_tables(strongest);
  DeflectionInput input;
  input.tables = tables.data();
  input.num_nodes = 1;
  input.strongest = strongest;
  Lanes<int> material{};
  for (const float strength : {0.48F, 0.3F, 0.09F, 0.02F, 0.003F, 0.001F}) {
    input.strength = &strength;
    test::SampleMean versine;
    test::SampleMean across;
    for (std::uint64_t history = 0; history < 2000; ++history) {
      RandomStream random(11, history);
      ElectronSet set;
      set.size = max_lanes;
      for (std::size_t l = 0; l < set.size; ++l) {
        test::place_lane(set, l, {1.5F, 1.5F, 1.5F}, {0.6F, 0.0F, -0.8F});
      }
      std::array<Lanes<std::uint32_t>, 4> words;
      random.lanes<max_lanes>(words);
      deflect(set, material, input, words);
      for (std::size_t l = 0; l < set.size; ++l) {
        versine.add(1.0 - (0.6 * static_cast<double>(set.u[l]) - 0.8 * static_cast<double>(set.w[l])));
        across.add(static_cast<double>(set.v[l]));
      }
    }
    EXPECT_NEAR(versine.mean(), -std::expm1(-static_cast<double>(strength)), 4.0 * versine.sigma()) << strength;
    EXPECT_NEAR(across.mean(), 0.0, 4.0 * across.sigma()) << strength;
  }
}

TEST(Deflect, gives_every_lane_the_strength_of_its_own_material) {
  constexpr float strongest = 0.48F;
  const std::vector<float> one = screened_tables(strongest);
  std::vector<float> tables = one;
  tables.insert(tables.end(), one.begin(), one.end());
  const std::array strengths = {0.4F, 0.1F};
  DeflectionInput input;
  input.tables = tables.data();
  input.num_nodes = 1;
  input.strongest = strongest;
  input.strength = strengths.data();
  Lanes<int> material{};
  for (std::size_t l = 0; l < max_lanes; ++l) {
    material[l] = static_cast<int>(l % 2);
  }
  std::array<test::SampleMean, 2> versine;
  for (std::uint64_t history = 0; history < 2000; ++history) {
    RandomStream random(12, history);
    ElectronSet set;
    set.size = max_lanes;
    for (std::size_t l = 0; l < set.size; ++l) {
      test::place_lane(set, l, {1.5F, 1.5F, 1.5F}, {0, 0, 1});
    }
    std::array<Lanes<std::uint32_t>, 4> words;
    random.lanes<max_lanes>(words);
    deflect(set, material, input, words);
    for (std::size_t l = 0; l < set.size; ++l) {
      versine[l % 2].add(1.0 - static_cast<double>(set.w[l]));
    }
  }
  for (std::size_t m = 0; m < 2; ++m) {
    EXPECT_NEAR(versine[m].mean(), -std::expm1(-static_cast<double>(strengths[m])), 4.0 * versine[m].sigma()) << m;
  }
}

}  // namespace
}  // namespace xingu::mc
