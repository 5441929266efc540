// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "patient/structure.h"

namespace xingu {

/// All contours of a structure in one axial plane, and the slab this plane stands for.
struct ContourPlane {
  double z_mm = 0.0;
  double lower_mm = 0.0;  ///< the slab: half-way to the neighbouring planes
  double upper_mm = 0.0;
  bool is_first = false;                 ///< nothing of this structure follows directly below (an end, or a true gap)
  bool is_last = false;                  ///< nothing follows directly above
  std::vector<const Contour*> contours;  ///< at least three points each; point into the structure
};

/// The planes of a structure, ascending. Contours closer than 0.05 mm share a plane; contours with fewer than three
/// points and exact repetitions of a contour in its plane are passed over (a repetition would erase itself by exclusive
/// or). Two planes farther apart than 1.5 times the median distance have a true gap between them, unless the
/// distance stays as wide (up to 3.5 times the median) in the next pair, as where a part is drawn in every second
/// slice, or the structure is the body (EXTERNAL: up to 5.5 times). A slab at an end is symmetrical about its plane; a
/// structure of a single plane gets `single_plane_mm` of thickness. Cost O(points + contours log contours). The
/// structure must outlive the result.
[[nodiscard]] std::vector<ContourPlane> contour_planes(const Structure& structure, double single_plane_mm);

/// Two neighbouring planes between which contours may be missing.
struct DoubtfulGap {
  double lower_z_mm = 0.0;
  double upper_z_mm = 0.0;
  bool is_bridged = false;  ///< what lies between belongs to the structure; else it is a true gap
};

/// Gaps of up to 3.5 times the median distance that are taken for true ones, and all wider than 1.5 times that are not.
/// Ascending. Cost as contour_planes.
[[nodiscard]] std::vector<DoubtfulGap> doubtful_gaps(const Structure& structure);

/// The median distance of neighbouring planes, mm (the smaller middle one of an even number); nothing for fewer than
/// two planes. Cost as contour_planes.
[[nodiscard]] std::optional<double> usual_plane_distance_mm(const Structure& structure);

}  // namespace xingu
