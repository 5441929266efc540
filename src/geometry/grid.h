// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "geometry/pose.h"

namespace xingu {

/// A regular, axis-aligned grid of voxels in frame P. Arrays on it are [nz, ny, nx], x fastest.
struct Grid {
  std::array<int, 3> size{0, 0, 0};  ///< (nx, ny, nz)
  Vec3 origin = Vec3::Zero();        ///< centre of voxel (0, 0, 0), mm
  Vec3 spacing = Vec3::Ones();       ///< mm, positive

  [[nodiscard]] int nx() const { return size[0]; }
  [[nodiscard]] int ny() const { return size[1]; }
  [[nodiscard]] int nz() const { return size[2]; }
  [[nodiscard]] std::size_t num_voxels() const {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) * static_cast<std::size_t>(size[2]);
  }
  [[nodiscard]] std::size_t index(int x, int y, int z) const {
    return (static_cast<std::size_t>(z) * static_cast<std::size_t>(size[1]) + static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(size[0]) +
           static_cast<std::size_t>(x);
  }
  [[nodiscard]] Vec3 centre(int x, int y, int z) const { return origin + spacing.cwiseProduct(Vec3(x, y, z)); }
  /// Continuous voxel coordinates of a point: integers at voxel centres.
  [[nodiscard]] Vec3 coordinates(const Vec3& point) const { return (point - origin).cwiseQuotient(spacing); }
  [[nodiscard]] bool contains(int x, int y, int z) const {
    return x >= 0 && y >= 0 && z >= 0 && x < size[0] && y < size[1] && z < size[2];
  }
  /// Outer faces of the first and last voxels, mm.
  [[nodiscard]] Vec3 lower() const { return origin - 0.5 * spacing; }
  [[nodiscard]] Vec3 upper() const {
    return origin + spacing.cwiseProduct(Vec3(size[0] - 0.5, size[1] - 0.5, size[2] - 0.5));
  }
  [[nodiscard]] double voxel_volume_mm3() const { return spacing.prod(); }
  [[nodiscard]] bool operator==(const Grid& other) const {
    return size == other.size && origin == other.origin && spacing == other.spacing;
  }
};

/// Values on a grid, [nz, ny, nx]; the vector has exactly grid.num_voxels() elements.
template <class T>
class Volume {
 public:
  Volume() = default;
  explicit Volume(const Grid& grid, T fill = T{}) : grid_(grid), values_(grid.num_voxels(), fill) {}
  Volume(const Grid& grid, std::vector<T> values) : grid_(grid), values_(std::move(values)) {
    XINGU_EXPECT(values_.size() == grid_.num_voxels());
  }

  [[nodiscard]] const Grid& grid() const { return grid_; }
  [[nodiscard]] std::span<const T> values() const { return values_; }
  [[nodiscard]] std::span<T> values() { return values_; }
  [[nodiscard]] const T& at(int x, int y, int z) const { return values_[grid_.index(x, y, z)]; }
  [[nodiscard]] T& at(int x, int y, int z) { return values_[grid_.index(x, y, z)]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return values_[i]; }
  [[nodiscard]] T& operator[](std::size_t i) { return values_[i]; }

 private:
  Grid grid_;
  std::vector<T> values_;
};

/// Whether a point in frame P lies within the outermost voxel faces: where interpolate() has a value.
[[nodiscard]] bool has_voxel_at(const Grid& grid, const Vec3& point);

/// Trilinear value at a point in frame P, mm; `outside` beyond the outermost voxel faces, the nearest centre's value in
/// the half voxel before them. Cost O(1).
[[nodiscard]] double interpolate(const Volume<float>& volume, const Vec3& point, double outside = 0.0);

/// Means over the voxels of `target` of a volume that is constant within its own voxels: exact volume weights where the
/// target's voxels are larger, `outside` where the source has no voxel. Conserves the integral. Cost O(n source + n
/// target).
[[nodiscard]] Volume<float> resample_mean(const Volume<float>& source, const Grid& target, float outside = 0.0F);

/// Trilinear samples at the voxel centres of `target`. Cost O(n target).
[[nodiscard]] Volume<float> resample_linear(const Volume<float>& source, const Grid& target, float outside = 0.0F);

/// A grid of cubic voxels of `spacing_mm` that covers the box [lower, upper] (mm, frame P), centred on it.
[[nodiscard]] Grid covering_grid(const Vec3& lower, const Vec3& upper, double spacing_mm);

}  // namespace xingu
