// SPDX-License-Identifier: Apache-2.0
#include "geometry/grid.h"

#include <algorithm>
#include <cmath>

namespace xingu {
namespace {

struct AxisWeight {
  int index;
  double weight;
};

/// For each target cell of one axis, the source cells it overlaps with the fraction of the *target* cell they cover.
std::vector<std::vector<AxisWeight>> overlap_weights(double source_origin, double source_spacing, int source_size,
                                                     double target_origin, double target_spacing, int target_size) {
  std::vector<std::vector<AxisWeight>> result(static_cast<std::size_t>(target_size));
  const double source_lower = source_origin - 0.5 * source_spacing;
  for (int i = 0; i < target_size; ++i) {
    const double lower = (target_origin + (i - 0.5) * target_spacing - source_lower) / source_spacing;
    const double upper = lower + target_spacing / source_spacing;
    const int first = std::max(0, static_cast<int>(std::floor(lower)));
    const int last = std::min(source_size - 1, static_cast<int>(std::ceil(upper)) - 1);
    for (int s = first; s <= last; ++s) {
      const double covered = std::min<double>(upper, s + 1) - std::max<double>(lower, s);
      if (covered > 1e-9) {
        result[static_cast<std::size_t>(i)].push_back({s, covered * source_spacing / target_spacing});
      }
    }
  }
  return result;
}

}  // namespace

bool has_voxel_at(const Grid& grid, const Vec3& point) {
  const Vec3 c = grid.coordinates(point);
  for (int a = 0; a < 3; ++a) {
    if (!(c[a] >= -0.5 && c[a] <= grid.size[static_cast<std::size_t>(a)] - 0.5)) {
      return false;
    }
  }
  return true;
}

double interpolate(const Volume<float>& volume, const Vec3& point, double outside) {
  const Grid& grid = volume.grid();
  const Vec3 c = grid.coordinates(point);
  std::array<int, 3> i0{};
  std::array<double, 3> f{};
  for (int a = 0; a < 3; ++a) {
    const double limit = grid.size[static_cast<std::size_t>(a)] - 1;
    if (!(c[a] >= -0.5 && c[a] <= limit + 0.5)) {
      return outside;
    }
    const double clamped = std::clamp(c[a], 0.0, limit);
    i0[static_cast<std::size_t>(a)] =
        std::min(static_cast<int>(clamped), std::max(0, grid.size[static_cast<std::size_t>(a)] - 2));
    f[static_cast<std::size_t>(a)] = clamped - i0[static_cast<std::size_t>(a)];
  }
  double sum = 0.0;
  for (int corner = 0; corner < 8; ++corner) {
    const int dx = corner & 1;
    const int dy = (corner >> 1) & 1;
    const int dz = corner >> 2;
    const double w = (dx != 0 ? f[0] : 1 - f[0]) * (dy != 0 ? f[1] : 1 - f[1]) * (dz != 0 ? f[2] : 1 - f[2]);
    if (w > 0) {
      sum += w * static_cast<double>(volume.at(i0[0] + dx, i0[1] + dy, i0[2] + dz));
    }
  }
  return sum;
}

Volume<float> resample_mean(const Volume<float>& source, const Grid& target, float outside) {
  const Grid& from = source.grid();
  std::array<std::vector<std::vector<AxisWeight>>, 3> weights;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto e = static_cast<Eigen::Index>(a);
    weights[a] = overlap_weights(from.origin[e], from.spacing[e], from.size[a], target.origin[e], target.spacing[e],
                                 target.size[a]);
  }
  Volume<float> result(target);
  for (int z = 0; z < target.nz(); ++z) {
    for (int y = 0; y < target.ny(); ++y) {
      for (int x = 0; x < target.nx(); ++x) {
        double sum = 0.0;
        double covered = 0.0;
        for (const auto& wz : weights[2][static_cast<std::size_t>(z)]) {
          for (const auto& wy : weights[1][static_cast<std::size_t>(y)]) {
            const double wyz = wz.weight * wy.weight;
            const float* row = &source.values()[from.index(0, wy.index, wz.index)];
            for (const auto& wx : weights[0][static_cast<std::size_t>(x)]) {
              sum += wyz * wx.weight * static_cast<double>(row[wx.index]);
              covered += wyz * wx.weight;
            }
          }
        }
        result.at(x, y, z) = static_cast<float>(sum + std::max(0.0, 1.0 - covered) * static_cast<double>(outside));
      }
    }
  }
  return result;
}

Volume<float> resample_linear(const Volume<float>& source, const Grid& target, float outside) {
  Volume<float> result(target);
  std::size_t i = 0;
  for (int z = 0; z < target.nz(); ++z) {
    for (int y = 0; y < target.ny(); ++y) {
      for (int x = 0; x < target.nx(); ++x) {
        result[i++] = static_cast<float>(interpolate(source, target.centre(x, y, z), static_cast<double>(outside)));
      }
    }
  }
  return result;
}

Grid covering_grid(const Vec3& lower, const Vec3& upper, double spacing_mm) {
  XINGU_EXPECT(spacing_mm > 0 && (upper - lower).minCoeff() > 0);
  Grid grid;
  grid.spacing = Vec3::Constant(spacing_mm);
  for (int a = 0; a < 3; ++a) {
    const double extent = upper[a] - lower[a];
    const int n = std::max(1, static_cast<int>(std::ceil(extent / spacing_mm - 1e-9)));
    grid.size[static_cast<std::size_t>(a)] = n;
    grid.origin[a] = 0.5 * (lower[a] + upper[a]) - 0.5 * (n - 1) * spacing_mm;
  }
  return grid;
}

}  // namespace xingu
