// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dicom/tags.h"

namespace xingu {

/// Regular planes for slices at irregular positions.
struct SlicePlan {
  double z0_mm = 0.0;
  double spacing_mm = 1.0;
  int num_planes = 0;
  bool is_resampled = false;  ///< false: plane i is slice i
};

/// Chooses the regular planes for slices at ascending, distinct positions `z_mm`. Equidistant slices (to 1 % of their
/// distance or 0.02 mm) are taken as they are; otherwise planes stand at the finest distance found and are to be
/// interpolated. A sentence about missing or uneven slices goes to `warnings`; `name` begins it, `tag` is where the
/// positions came from.
/// @throws InputError if a gap is wider than 10 mm and 2.2 times the usual distance, or slices are nearer than 0.2 mm.
/// @param single_thickness_mm  distance to state where there is one slice only
[[nodiscard]] SlicePlan plan_slices(const std::vector<double>& z_mm, double single_thickness_mm,
                                    const std::string& name, const Tag& tag, std::vector<std::string>& warnings);

}  // namespace xingu
