// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "geometry/grid.h"

namespace xingu {

/// Visits the voxels that a straight line from `start` to `end` (mm, frame P) crosses, in order: visit(index,
/// length_mm). Exact lengths by the parametric traversal of Siddon (1985) in the incremental form of Amanatides and Woo
/// (1987); the lengths sum to the part of the line inside the grid. Return false from `visit` to stop. Cost O(nx + ny +
/// nz).
template <class Visit>
void trace_ray(const Grid& grid, const Vec3& start, const Vec3& end, Visit&& visit) {
  const Vec3 delta = end - start;
  const double length = delta.norm();
  if (!(length > 0)) {
    return;
  }
  double t_in = 0.0;
  double t_out = 1.0;
  const Vec3 lower = grid.lower();
  const Vec3 upper = grid.upper();
  for (int a = 0; a < 3; ++a) {
    if (std::abs(delta[a]) < 1e-12 * length) {
      if (start[a] <= lower[a] || start[a] >= upper[a]) {
        return;
      }
      continue;
    }
    const double t1 = (lower[a] - start[a]) / delta[a];
    const double t2 = (upper[a] - start[a]) / delta[a];
    t_in = std::max(t_in, std::min(t1, t2));
    t_out = std::min(t_out, std::max(t1, t2));
  }
  if (!(t_in < t_out)) {
    return;
  }
  std::array<int, 3> voxel{};
  std::array<int, 3> step{};
  std::array<double, 3> t_next{};
  std::array<double, 3> t_step{};
  const Vec3 entry = start + (t_in + 1e-9 * (t_out - t_in)) * delta;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto e = static_cast<Eigen::Index>(a);
    const double c = (entry[e] - lower[e]) / grid.spacing[e];
    voxel[a] = std::clamp(static_cast<int>(std::floor(c)), 0, grid.size[a] - 1);
    if (std::abs(delta[e]) < 1e-12 * length) {
      step[a] = 0;
      t_next[a] = std::numeric_limits<double>::infinity();
      t_step[a] = 0;
    } else {
      step[a] = delta[e] > 0 ? 1 : -1;
      const double face = lower[e] + (voxel[a] + (delta[e] > 0 ? 1 : 0)) * grid.spacing[e];
      t_next[a] = (face - start[e]) / delta[e];
      t_step[a] = grid.spacing[e] / std::abs(delta[e]);
    }
  }
  double t = t_in;
  for (;;) {
    const std::size_t a = t_next[0] < t_next[1] ? (t_next[0] < t_next[2] ? 0 : 2) : (t_next[1] < t_next[2] ? 1 : 2);
    const double t_end = std::min(t_next[a], t_out);
    if (t_end > t && !visit(grid.index(voxel[0], voxel[1], voxel[2]), (t_end - t) * length)) {
      return;
    }
    t = std::max(t, t_end);
    if (t >= t_out) {
      return;
    }
    voxel[a] += step[a];
    if (voxel[a] < 0 || voxel[a] >= grid.size[a]) {
      return;
    }
    t_next[a] += t_step[a];
  }
}

}  // namespace xingu
