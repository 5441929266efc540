// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/kernel_geometry.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"

namespace xingu::mc {

KernelGeometry::KernelGeometry(std::vector<double> r_edges_mm, int num_cones, double density_g_cm3)
    : num_cones_(num_cones), density_(static_cast<float>(density_g_cm3)) {
  XINGU_EXPECT(r_edges_mm.size() >= 2 && num_cones > 0);
  for (const double r : r_edges_mm) {
    r2_edges_.push_back(r * r);
  }
  for (std::vector<double>& score : score_) {
    score.resize((r_edges_mm.size() - 1) * static_cast<std::size_t>(num_cones), 0.0);
  }
}

void KernelGeometry::clear() {
  for (std::vector<double>& score : score_) {
    std::ranges::fill(score, 0.0);
  }
}

void KernelGeometry::deposit(const std::array<float, 3>& position, const std::array<int, 3>&, float energy) {
  const auto x = static_cast<double>(position[0]);
  const auto y = static_cast<double>(position[1]);
  const auto z = static_cast<double>(position[2]);
  const double r2 = x * x + y * y + z * z;
  const auto above = std::upper_bound(r2_edges_.begin(), r2_edges_.end(), r2);
  if (above == r2_edges_.end()) {
    return;
  }
  const auto shell = static_cast<std::size_t>(above - r2_edges_.begin()) - 1;
  const double theta = std::atan2(std::sqrt(x * x + y * y), z);
  const int cone = std::min(num_cones_ - 1, static_cast<int>(theta / pi * num_cones_));
  score_[generation_][shell * static_cast<std::size_t>(num_cones_) + static_cast<std::size_t>(cone)] +=
      static_cast<double>(energy);
}

double KernelGeometry::walk(ElectronSet& set, float loss_MeV, float energy_MeV, const float* stopping,
                            RandomStream& random) {
  const float path = loss_MeV / (density_ * stopping[0]);
  const auto limit2 = static_cast<float>(r2_edges_.back());
  double escaped = 0.0;
  for (std::size_t l = 0; l < set.size; ++l) {
    const float t = path * random.uniform();
    deposit({set.x[l] + t * set.u[l], set.y[l] + t * set.v[l], set.z[l] + t * set.w[l]}, {}, set.weight[l] * loss_MeV);
    set.x[l] += path * set.u[l];
    set.y[l] += path * set.v[l];
    set.z[l] += path * set.w[l];
    if (set.x[l] * set.x[l] + set.y[l] * set.y[l] + set.z[l] * set.z[l] > limit2) {
      escaped += static_cast<double>(set.weight[l] * (energy_MeV - loss_MeV));
      set.weight[l] = 0.0F;
    }
  }
  return escaped;
}

float KernelGeometry::trace(const PhotonState& photon, const float* attenuation) {
  per_mm_ = density_ * attenuation[0];
  const auto& p = photon.position;
  const float along = p[0] * photon.direction.x + p[1] * photon.direction.y + p[2] * photon.direction.z;
  const float r2 = p[0] * p[0] + p[1] * p[1] + p[2] * p[2];
  const float reach = along * along + static_cast<float>(r2_edges_.back()) - r2;
  return reach > 0.0F ? per_mm_ * std::max(0.0F, std::sqrt(reach) - along) : 0.0F;
}

PathPlace KernelGeometry::place(const PhotonState& photon, float optical_depth) const {
  const float t = optical_depth / per_mm_;
  return {{photon.position[0] + t * photon.direction.x, photon.position[1] + t * photon.direction.y,
           photon.position[2] + t * photon.direction.z},
          {0, 0, 0}};
}

}  // namespace xingu::mc
