// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <span>
#include <vector>

namespace xingu {

/// Exact area of a set of polygons in every pixel of a raster, by the even-odd rule over all their edges: nested
/// polygons are holes, keyholes cancel, self-crossing outlines are taken as drawn.
///
/// A sweep over y cuts the plane into strips without vertices or crossings inside. In a strip the edges are ordered, so
/// that every other one opens the interior; each piece adds its signed area to the pixels it crosses, and a sum along
/// the row fills what lies between (the accumulation that font rasterisers use, here in double precision).
///
/// Keeps its buffers between calls. Not safe to call concurrently on one object.
class PolygonCoverage {
 public:
  using Polygon = std::vector<Eigen::Vector2d>;

  /// Coverage of pixels [i, i+1] × [j, j+1], 0 ≤ i < nx, 0 ≤ j < ny, of polygons given in pixel units; what lies
  /// outside the raster is cut off. Cost O(edges · (log edges + pixels crossed)) for outlines without many overlaps.
  /// @return [ny, nx] in [0, 1]; valid until the next call.
  /// @throws InputError if the outlines overlap themselves so often that the sweep would not end in reasonable time.
  std::span<const float> compute(std::span<const Polygon> polygons, int nx, int ny);

 private:
  struct Edge {
    double y0, y1;     // y0 < y1
    double x0, slope;  // x at y0, dx/dy
    double xa, xb;     // at the strip's lower and upper end
  };
  void collect_edges(std::span<const Polygon> polygons, double height);
  double first_crossing(double ya, double yb);
  void sweep();
  void add_piece(double xa, double ya, double xb, double yb, double sign);
  void add_within_row(double xa, double xb, double dy, int row, double sign);

  int nx_ = 0;
  int ny_ = 0;
  std::uint64_t work_ = 0;
  std::vector<Edge> edges_;
  std::vector<Edge> active_;
  std::vector<double> levels_;
  std::vector<double> sums_;  // [ny, nx + 1]
  std::vector<float> result_;
};

}  // namespace xingu
