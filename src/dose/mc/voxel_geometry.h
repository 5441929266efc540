// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/mc/particles.h"
#include "dose/mc/random_stream.h"
#include "dose/mc/voxel_medium.h"
#include "dose/mc/water_ratio.h"

namespace xingu::mc {

/// A place on a photon's path.
struct PathPlace {
  std::array<float, 3> position{};
  std::array<int, 3> voxel{};
};

/// A voxel image as Transport sees it, with one worker's scores. Not for concurrent use.
class VoxelGeometry {
 public:
  /// @param score  [padded voxels] energy deposited, MeV, added to
  /// @param water_ratio  scores become those of dose to water; null: dose to medium
  VoxelGeometry(const VoxelMedium& medium, std::vector<float>& score, const WaterRatio* water_ratio = nullptr);

  /// Energy of the electrons whose losses are scored next.
  void set_electron_energy(float kinetic_MeV) {
    if (water_ratio_ != nullptr) {
      water_ratio_->at(kinetic_MeV, factor_);
    }
  }
  void set_generation(Generation) {}  ///< scores do not tell generations apart

  [[nodiscard]] unsigned material(const std::array<int, 3>& voxel) const { return PackedVoxel::material(word(voxel)); }
  void materials(const ElectronSet& set, Lanes<int>& out) const;

  /// Largest distance to which a lane can move without leaving its voxel, times density: mm at 1 g/cm³.
  [[nodiscard]] float clearance(const ElectronSet& set, std::size_t lane) const;

  /// @return energy that escaped, weight · MeV
  double walk(ElectronSet& set, float loss_MeV, float energy_MeV, const float* stopping, RandomStream& random);

  void deposit(const std::array<float, 3>& position, const std::array<int, 3>& voxel, float energy);

  /// Follows a photon to the image's edge and keeps the path. @param attenuation [material] 1/mm at 1 g/cm³
  /// @return optical depth to the edge; 0 if the photon is outside
  float trace(const PhotonState& photon, const float* attenuation);
  /// Place on the kept path; calls must come with ascending depth. @param optical_depth in [0, trace())
  [[nodiscard]] PathPlace place(const PhotonState& photon, float optical_depth);
  /// Expected deposit along the kept path: energy · (e^−τ₀ − e^−τ₁) · share. @param share [material]
  void deposit_along(float energy, const float* share);

  /// Moves a photon outside the image to the point where its line enters. @return false if it misses
  [[nodiscard]] bool enter(PhotonState& photon) const;

 private:
  struct Piece {
    std::array<int, 3> voxel;
    int index;
    float begin_mm;
    float depth_end;  ///< optical depth at its end
    float per_mm;     ///< attenuation
  };
  [[nodiscard]] std::uint32_t word(const std::array<int, 3>& voxel) const {
    return medium_.voxels()[medium_.index(voxel[0], voxel[1], voxel[2])];
  }

  const VoxelMedium& medium_;
  [[nodiscard]] float factor(unsigned material) const { return water_ratio_ != nullptr ? factor_[material] : 1.0F; }

  std::vector<float>& score_;
  const WaterRatio* water_ratio_;
  WaterRatio::ByMaterial factor_{};
  std::vector<Piece> path_;
  std::size_t cursor_ = 0;
};

}  // namespace xingu::mc
