// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/kernel_geometry.h"

#include <gtest/gtest.h>

#include <numeric>

#include "dose/mc/constants.h"

namespace xingu::mc {
namespace {

constexpr int num_cones = 48;

double sum_of(const std::vector<double>& score) { return std::accumulate(score.begin(), score.end(), 0.0); }

TEST(KernelGeometry, scores_in_the_shell_the_cone_and_the_generation) {
  KernelGeometry geometry({0, 1, 5, 20}, num_cones, 1.0);
  geometry.set_generation(Generation::first_scatter);
  // 3 mm away at 40° to z: shell 1, cone 10.
  const double angle = 40.0 / 180.0 * pi;
  geometry.deposit({0.0F, static_cast<float>(3.0 * std::sin(angle)), static_cast<float>(3.0 * std::cos(angle))}, {},
                   0.7F);
  geometry.deposit({0.0F, 0.0F, -0.5F}, {}, 0.2F);  // shell 0, the last cone
  geometry.deposit({0.0F, 0.0F, 25.0F}, {}, 5.0F);  // outside
  const std::vector<double>& score = geometry.score(Generation::first_scatter);
  EXPECT_FLOAT_EQ(static_cast<float>(score[num_cones + 10]), 0.7F);
  EXPECT_FLOAT_EQ(static_cast<float>(score[num_cones - 1]), 0.2F);
  EXPECT_NEAR(sum_of(score), 0.9, 1e-6);
  EXPECT_EQ(sum_of(geometry.score(Generation::primary)), 0.0);
  geometry.clear();
  EXPECT_EQ(sum_of(score), 0.0);
}

TEST(KernelGeometry, traces_to_the_sphere_and_places_by_optical_depth) {
  KernelGeometry geometry({0, 10, 100}, num_cones, 2.0);
  PhotonState photon;
  photon.position = {0.0F, 60.0F, 0.0F};
  photon.direction = {0.0F, 0.0F, 1.0F};
  const float attenuation = 0.005F;
  // √(100² − 60²) = 80 mm at 0.01/mm.
  EXPECT_NEAR(geometry.trace(photon, &attenuation), 0.8F, 1e-5F);
  EXPECT_NEAR(geometry.place(photon, 0.3F).position[2], 30.0F, 1e-4F);
  photon.direction = {0.0F, 1.0F, 0.0F};
  EXPECT_NEAR(geometry.trace(photon, &attenuation), 0.4F, 1e-5F);
}

TEST(KernelGeometry, walks_score_or_lose_all_energy) {
  KernelGeometry geometry({0, 1, 2, 4}, num_cones, 1.0);
  ElectronSet set;
  set.size = 3;
  set.energy_MeV = 1.0F;
  for (std::size_t l = 0; l < set.size; ++l) {
    set.u[l] = l == 1 ? 1.0F : 0.0F;
    set.w[l] = l == 1 ? 0.0F : 1.0F;
    set.z[l] = l == 2 ? 3.5F : 0.0F;
    set.weight[l] = 1.0F + static_cast<float>(l);
  }
  RandomStream random(1, 1);
  const float stopping = 0.2F;
  // 0.4 MeV at 0.2 MeV/mm: 2 mm. The third lane leaves.
  const double escaped = geometry.walk(set, 0.4F, set.energy_MeV, &stopping, random);
  EXPECT_FLOAT_EQ(set.z[0], 2.0F);
  EXPECT_FLOAT_EQ(set.x[1], 2.0F);
  EXPECT_EQ(set.weight[2], 0.0F);
  EXPECT_NEAR(escaped, 3.0 * 0.6, 1e-6);
  const double scored = sum_of(geometry.score(Generation::primary));
  EXPECT_NEAR(scored, 0.4 * 3.0, 0.4 * 3.0 + 1e-6);  // the third lane's point may lie outside
  EXPECT_GE(scored, 0.4 * 3.0 - 1e-6);
}

}  // namespace
}  // namespace xingu::mc
