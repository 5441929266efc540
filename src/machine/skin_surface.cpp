// SPDX-License-Identifier: Apache-2.0
#include "machine/skin_surface.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace xingu {
namespace {

constexpr double first_spacing_mm = 8.0;
constexpr double finest_mm = 3.0;
constexpr double coarsest_mm = 25.0;

/// Averages of the mask over a grid of cubes that covers it with a margin.
Volume<float> occupancy_of(const Volume<std::uint8_t>& mask, double spacing, double margin) {
  const Grid& grid = mask.grid();
  Volume<float> inside(grid);
  Vec3 lower = grid.upper();
  Vec3 upper = grid.lower();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        if (mask.at(x, y, z) != 0) {
          inside.at(x, y, z) = 1.0F;
          lower = lower.cwiseMin(grid.centre(x, y, z));
          upper = upper.cwiseMax(grid.centre(x, y, z));
        }
      }
    }
  }
  const Vec3 around = Vec3::Constant(margin + 2.0 * spacing) + grid.spacing;
  return resample_mean(inside, covering_grid(lower - around, upper + around, spacing));
}

/// One point for each cell of eight voxel centres that are not all on one side; −1 elsewhere.
class SurfaceNets {
 public:
  explicit SurfaceNets(const Volume<float>& occupancy) : occupancy_(occupancy), grid_(occupancy.grid()) {
    point_.assign(grid_.num_voxels(), -1);
    for (int z = 0; z + 1 < grid_.nz(); ++z) {
      for (int y = 0; y + 1 < grid_.ny(); ++y) {
        for (int x = 0; x + 1 < grid_.nx(); ++x) {
          place_point(x, y, z);
        }
      }
    }
    for (int z = 1; z + 1 < grid_.nz(); ++z) {
      for (int y = 1; y + 1 < grid_.ny(); ++y) {
        for (int x = 1; x + 1 < grid_.nx(); ++x) {
          join(x, y, z);
        }
      }
    }
  }
  [[nodiscard]] TriangleSurface take() { return std::move(surface_); }

 private:
  [[nodiscard]] double value(const Eigen::Vector3i& v) const {
    return static_cast<double>(occupancy_.at(v.x(), v.y(), v.z())) - 0.5;
  }

  void place_point(int x, int y, int z) {
    const Eigen::Vector3i base(x, y, z);
    Vec3 sum = Vec3::Zero();
    int crossings = 0;
    for (int axis = 0; axis < 3; ++axis) {
      for (int edge = 0; edge < 4; ++edge) {
        Eigen::Vector3i from = base;
        from[(axis + 1) % 3] += edge & 1;
        from[(axis + 2) % 3] += edge >> 1;
        Eigen::Vector3i to = from;
        ++to[axis];
        const double a = value(from);
        const double b = value(to);
        if ((a >= 0) != (b >= 0)) {
          Vec3 p = from.cast<double>();
          p[axis] += a / (a - b);
          sum += p;
          ++crossings;
        }
      }
    }
    if (crossings > 0) {
      point_[grid_.index(x, y, z)] = static_cast<int>(surface_.points.size());
      surface_.points.emplace_back(grid_.origin + grid_.spacing.cwiseProduct(sum / crossings));
    }
  }

  /// Two triangles through the four cells around each voxel edge that crosses the surface.
  void join(int x, int y, int z) {
    const Eigen::Vector3i base(x, y, z);
    for (int axis = 0; axis < 3; ++axis) {
      Eigen::Vector3i next = base;
      ++next[axis];
      const bool is_inside = value(base) >= 0;
      if (is_inside == (value(next) >= 0)) {
        continue;
      }
      std::array<std::uint32_t, 4> quad{};
      constexpr std::array<std::array<int, 2>, 4> around{{{-1, -1}, {0, -1}, {0, 0}, {-1, 0}}};
      for (std::size_t k = 0; k < 4; ++k) {
        Eigen::Vector3i cell = base;
        cell[(axis + 1) % 3] += around[k][0];
        cell[(axis + 2) % 3] += around[k][1];
        quad[k] = static_cast<std::uint32_t>(point_[grid_.index(cell.x(), cell.y(), cell.z())]);
      }
      if (!is_inside) {
        std::swap(quad[1], quad[3]);
      }
      surface_.triangles.push_back({quad[0], quad[1], quad[2]});
      surface_.triangles.push_back({quad[0], quad[2], quad[3]});
    }
  }

  const Volume<float>& occupancy_;
  const Grid& grid_;
  std::vector<int> point_;
  TriangleSurface surface_;
};

}  // namespace

SkinSurface skin_surface(const Volume<std::uint8_t>& mask, double margin_mm, std::size_t num_triangles) {
  double spacing = first_spacing_mm;
  SkinSurface skin{{}, occupancy_of(mask, spacing, margin_mm)};
  skin.surface = SurfaceNets(skin.occupancy).take();
  // Triangles go with the square of the voxels' side.
  const double wanted = std::max(4.0, static_cast<double>(num_triangles));
  const double ratio = std::sqrt(static_cast<double>(skin.surface.triangles.size()) / wanted);
  const double better = std::clamp(spacing * ratio, finest_mm, coarsest_mm);
  if (std::abs(better / spacing - 1.0) > 0.05) {
    spacing = better;
    skin.occupancy = occupancy_of(mask, spacing, margin_mm);
    skin.surface = SurfaceNets(skin.occupancy).take();
  }
  return skin;
}

}  // namespace xingu
