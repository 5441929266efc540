// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "patient/phantom_shape.h"
#include "patient/structure.h"

namespace xingu {

/// How finely a surface is followed within a slice.
struct ContourSettings {
  double cell_mm = 1.0;        ///< side of the marching squares' cells
  double smallest_mm2 = 0.05;  ///< loops of a smaller area are dropped
};

/// Contours of an implicit surface (negative inside, see phantom_shape.h) in the planes `z_mm`, by marching squares
/// over the x–y rectangle of `bounds`. Every vertex is moved along its cell edge onto the surface, to 1 µm, so the
/// polygon is inscribed with a relative area error of about (cell / radius)² / 6; vertices that matter less than 0.2 %
/// of the loop's size (at most 0.02 mm) are left out. The rectangle is
/// enlarged to a whole number of 8 cells; where the surface leaves it, it is closed along the border. Outer loops run
/// counter-clockwise seen from +z, holes clockwise.
///
/// The surface's values may change at most twice as fast as distance does: blocks of 8 × 8 cells whose corners all lie
/// on one side by more than 11 cells are skipped. Planes are worked on in parallel; the result does not depend on the
/// number of threads. Cost O(perimeter / cell) per plane.
[[nodiscard]] std::vector<Contour> contour_surface(const std::function<double(const Vec3&)>& surface,
                                                   const Bounds& bounds, const std::vector<double>& z_mm,
                                                   const ContourSettings& settings);

/// Signed area of a polygon, mm²; positive when counter-clockwise seen from +z.
[[nodiscard]] double signed_area(const Contour& contour);

}  // namespace xingu
