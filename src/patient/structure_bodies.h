// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "patient/contour_planes.h"

namespace xingu {

/// Splits the planes of a structure into bodies: contours that lie in one another, or overlap from one plane to the
/// next across no gap, belong together. Each body is a run of planes with its own contours; is_first and is_last mark
/// its ends, the slabs stay those of the structure. A structure with more than 200 contours in one plane is kept as one
/// body per run of planes. Cost O(pairs of contours that may touch · points).
[[nodiscard]] std::vector<std::vector<ContourPlane>> separate_bodies(const std::vector<ContourPlane>& planes);

}  // namespace xingu
