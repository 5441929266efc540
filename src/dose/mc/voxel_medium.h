// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "patient/density_image.h"

namespace xingu::mc {

/// Density and material of a voxel in one word: a float whose four lowest bits hold the material. The density keeps 19
/// bits, a relative step of 2e-6.
struct PackedVoxel {
  static constexpr std::uint32_t material_mask = 0xF;
  [[nodiscard]] static std::uint32_t pack(float density, unsigned material) {
    return (std::bit_cast<std::uint32_t>(density) & ~material_mask) | (material & material_mask);
  }
  [[nodiscard]] static float density(std::uint32_t word) { return std::bit_cast<float>(word & ~material_mask); }
  [[nodiscard]] static unsigned material(std::uint32_t word) { return word & material_mask; }
};

/// An image as transport walks through it: packed voxels with one layer of outside around them, so that a step needs no
/// look at the borders. Indices and coordinates count voxels of this padded grid: voxel (i, j, k) of the image covers
/// [i + 1, i + 2) × … here. Immutable; shared by all threads.
class VoxelMedium {
 public:
  static constexpr float thinnest_g_cm3 = 1e-5F;  ///< what is thinner counts as this: nothing inside is empty

  /// @param material_of  for each index into the image's names, the index into the transport tables (< 16)
  VoxelMedium(const DensityImage& image, const std::vector<std::uint8_t>& material_of);

  [[nodiscard]] const Grid& grid() const { return grid_; }
  [[nodiscard]] const std::uint32_t* voxels() const { return voxels_.data(); }
  [[nodiscard]] std::size_t num_padded() const { return voxels_.size(); }
  /// Step of the index along x, y, z.
  [[nodiscard]] const std::array<int, 3>& stride() const { return stride_; }
  [[nodiscard]] const std::array<int, 3>& padded_size() const { return size_; }
  [[nodiscard]] const std::array<float, 3>& voxels_per_mm() const { return per_mm_; }
  [[nodiscard]] int index(int i, int j, int k) const { return i + stride_[1] * j + stride_[2] * k; }
  [[nodiscard]] bool is_inside(int i, int j, int k) const {
    return i > 0 && j > 0 && k > 0 && i < size_[0] - 1 && j < size_[1] - 1 && k < size_[2] - 1;
  }
  /// Padded coordinates of a point in frame P, mm.
  [[nodiscard]] Vec3 coordinates(const Vec3& point_P) const { return grid_.coordinates(point_P) + Vec3::Constant(1.5); }

 private:
  Grid grid_;
  std::array<int, 3> size_{};
  std::array<int, 3> stride_{};
  std::array<float, 3> per_mm_{};
  std::vector<std::uint32_t> voxels_;
};

}  // namespace xingu::mc
