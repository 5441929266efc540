// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace xingu {

/// A picture in which each pixel has the number of the region that it belongs to; 0 is no region.
struct RegionRaster {
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> numbers;  ///< [height, width], rows from above
};

/// The outline of a region as closed loops of corners of pixels (x to the right, y down; pixel (i, j) goes from i to
/// i + 1 and from j to j + 1), holes among them. Clockwise as seen, so that the region is on the right; holes the other
/// way around.
struct RegionOutline {
  std::uint32_t number = 0;
  std::vector<std::vector<Eigen::Vector2i>> loops;
};

/// The outlines of all regions, by their numbers. What bounds two regions is simplified once for both, so that neither
/// gaps nor overlaps arise: between points at which more than two regions meet, no corner that is left out is farther
/// than `tolerance` pixels from the straight line in its place (Douglas and Peucker 1973, Cartographica 10:112). 0
/// keeps every corner; specks smaller than the tolerance vanish into what surrounds them. Cost O(pixels).
[[nodiscard]] std::vector<RegionOutline> region_outlines(const RegionRaster& raster, double tolerance);

}  // namespace xingu
