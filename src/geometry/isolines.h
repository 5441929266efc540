// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <span>
#include <vector>

namespace xingu {

/// A line of equal value. Open lines end at the edge of the field.
struct IsoLine {
  std::vector<Eigen::Vector2d> points;  ///< sample coordinates: (x, y), integers at samples; a closed line's last point
                                        ///< joins its first
  bool is_closed = false;
};

/// Lines where a sampled field crosses `level`, by marching squares: linear along each edge of the raster, a saddle
/// cell is split by the mean of its corners. Samples at or above the level count as inside, so the lines separate the
/// two kinds of samples exactly. Lines come in a fixed order.
/// @param field  [ny, nx], finite
/// Cost O(nx·ny).
[[nodiscard]] std::vector<IsoLine> isolines(std::span<const float> field, int nx, int ny, double level);

/// Leaves out points that lie within `tolerance` of the line through the kept ones (Douglas & Peucker 1973).
/// Cost O(n log n) usually.
[[nodiscard]] IsoLine simplified(const IsoLine& line, double tolerance);

}  // namespace xingu
