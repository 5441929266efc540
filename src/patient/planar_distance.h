// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <span>
#include <vector>

#include "patient/structure.h"

namespace xingu {

/// A raster of points in an axial plane, mm: point (i, j) lies at origin + pixel_mm · (i, j).
struct PlanarRaster {
  Eigen::Vector2d origin{0, 0};
  double pixel_mm = 1.0;
  int nx = 0;
  int ny = 0;
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny); }
};

/// Signed distances to the outline of some contours of one plane: positive inside by the even-odd rule, mm.
struct PlanarDistance {
  std::vector<float> distance;  ///< [ny, nx]
  double inradius_mm = 0.0;     ///< the largest distance inside, found between the raster's points too
};

/// Edges that two contours (or a contour and itself: keyholes) run along in both directions enclose nothing and are
/// left out. Distances are exact near the outline and carried outwards from neighbour to neighbour, which elsewhere
/// keeps them within a fraction of a pixel. Cost O(points · pixels per edge + raster).
[[nodiscard]] PlanarDistance planar_distance(std::span<const Contour* const> contours, const PlanarRaster& raster);

}  // namespace xingu
