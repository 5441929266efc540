// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "geometry/grid.h"
#include "geometry/isolines.h"
#include "patient/structure.h"

namespace xingu {

enum class SlicePlane { axial, sagittal, coronal };

/// How a plane lies in the picture: axial from the feet, sagittal from the patient's left, coronal from the front. The
/// picture's x is frame P's `across`; its y (downwards) is frame P's `down` times `down_sign`. mm throughout.
struct SliceOrientation {
  SlicePlane plane;
  int normal;  ///< axis of frame P
  int across;
  int down;
  double down_sign;
  std::string name;
  std::array<char, 4> letters;  ///< left, right, top, bottom edge

  [[nodiscard]] Eigen::Vector2d picture(const Vec3& point_P) const {
    return {point_P[across], down_sign * point_P[down]};
  }
};
[[nodiscard]] SliceOrientation slice_orientation(SlicePlane plane);

/// A rectangle of the picture, mm.
struct PictureBox {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

/// One CT slice as a picture.
struct SliceImage {
  std::string png;  ///< 8-bit grey
  PictureBox box;   ///< outer edges of its pixels
};

/// Grey picture of the voxel plane `index` (along the plane's normal) within [lower, upper] of frame P, native pixels.
/// HU at level ± width/2 become white and black. @throws BrokenPromise if the box misses the volume.
[[nodiscard]] SliceImage slice_image(const Volume<float>& hu, const SliceOrientation& orientation, int index,
                                     const Vec3& lower_P, const Vec3& upper_P, double window_width,
                                     double window_level);

/// Isodose lines of one plane.
struct IsodoseSet {
  std::vector<double> level_Gy;
  std::vector<std::vector<IsoLine>> lines;  ///< per level, picture coordinates, mm
};

/// Lines of equal dose at position `at_mm` along the plane's normal. The dose is interpolated trilinearly on a raster
/// about 0.8 mm wide that holds the planes of voxel centres, then cut by marching squares; lines are open where the
/// dose grid ends. None where the plane misses the dose grid. Cost O(raster · levels).
/// @param body  1 inside, any grid: dose outside counts as none, for what stands in air is not the patient's; null: all
/// counts
[[nodiscard]] IsodoseSet isodose_lines(const Volume<float>& dose_Gy, const SliceOrientation& orientation, double at_mm,
                                       const std::vector<double>& level_Gy, const Volume<std::uint8_t>* body = nullptr);

/// Outline of a structure in a plane, picture coordinates. Axial: the contours of the nearest contour plane, if it is
/// at most 0.75 of the usual contour distance away. Sagittal and coronal: each contour plane is cut into intervals, and
/// between planes the signed distance to their ends is interpolated (Raya & Udupa 1990), with flat ends half a contour
/// distance beyond the first and last plane; a gap wider than 1.5 contour distances stays a gap.
[[nodiscard]] std::vector<IsoLine> structure_outline(const Structure& structure, const SliceOrientation& orientation,
                                                     double at_mm);

}  // namespace xingu
