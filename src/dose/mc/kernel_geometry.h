// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <limits>
#include <vector>

#include "dose/mc/particles.h"
#include "dose/mc/random_stream.h"
#include "dose/mc/voxel_geometry.h"

namespace xingu::mc {

/// A sphere of one material around the origin, scored in shells of radius and cones of polar angle to +z, by
/// generation. Positions are in mm. Not for concurrent use.
class KernelGeometry {
 public:
  static constexpr std::size_t num_generations = 5;

  /// @param r_edges_mm  num_shells + 1, ascending from 0; the last is the sphere
  KernelGeometry(std::vector<double> r_edges_mm, int num_cones, double density_g_cm3);

  void set_electron_energy(float) {}  ///< kernels are of one medium
  void set_generation(Generation generation) { generation_ = static_cast<std::size_t>(generation); }
  [[nodiscard]] unsigned material(const std::array<int, 3>&) const { return 0; }
  void materials(const ElectronSet&, Lanes<int>& out) const { out.fill(0); }
  [[nodiscard]] float clearance(const ElectronSet&, std::size_t) const { return 0.0F; }

  /// A straight move scores its loss at a random point of it: unbiased for a loss that is even along the move.
  double walk(ElectronSet& set, float loss_MeV, float energy_MeV, const float* stopping, RandomStream& random);
  void deposit(const std::array<float, 3>& position, const std::array<int, 3>& voxel, float energy);

  float trace(const PhotonState& photon, const float* attenuation);
  [[nodiscard]] PathPlace place(const PhotonState& photon, float optical_depth) const;
  void deposit_along(float, const float*) {}  ///< kernels are made without kerma: see make_point_kernel

  /// [generation, shell · cones + cone] MeV
  [[nodiscard]] const std::vector<double>& score(Generation generation) const {
    return score_[static_cast<std::size_t>(generation)];
  }
  void clear();

 private:
  std::vector<double> r2_edges_;
  int num_cones_;
  float density_;
  float per_mm_ = 0.0F;  ///< attenuation of the photon last traced
  std::size_t generation_ = 0;
  std::array<std::vector<double>, num_generations> score_;
};

}  // namespace xingu::mc
