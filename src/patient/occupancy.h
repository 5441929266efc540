// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "geometry/grid.h"
#include "patient/structure.h"

namespace xingu {

/// The part of each voxel that lies inside a structure, only for voxels it touches, in ascending voxel order.
struct Occupancy {
  Grid grid;
  struct Voxel {
    std::uint32_t index;  ///< into grid
    float fraction;       ///< (0, 1]
  };
  std::vector<Voxel> voxels;

  [[nodiscard]] double volume_mm3() const;
  /// Indices into grid of the voxels at least half inside, ascending.
  [[nodiscard]] std::vector<std::uint32_t> inside() const;
};

/// Voxel occupancy of a structure. In plane, exact polygon areas per voxel; across planes each contour holds for the
/// slab to half-way to its neighbours (contours between slices therefore count with their own thickness); what is a
/// true gap is contour_planes()' to say. Contours of one plane combine by exclusive or (holes); keyholes need no
/// special case. Cost O(points · crossed voxels). @throws InputError if the grid has more than 2³² voxels.
[[nodiscard]] Occupancy rasterise(const Structure& structure, const Grid& grid);

}  // namespace xingu
