// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "geometry/grid.h"
#include "machine/convex_shape.h"

namespace xingu {

/// A closed surface and the field that it separates.
struct SkinSurface {
  TriangleSurface surface;  ///< frame P, mm, normals outwards
  Volume<float> occupancy;  ///< part of each cubic voxel that is inside; 0.5 and more is inside the surface
};

/// The surface of a mask by naive surface nets (Gibson 1998, MICCAI, LNCS 1496:888): occupancies are averaged over
/// cubic voxels whose size is chosen for about `num_triangles`, and each cell of eight voxel centres that are not all
/// on one side holds one point, at the mean of where its edges cross one half.
/// @param margin_mm  of empty voxels around the mask, at least
/// Cost O(voxels).
[[nodiscard]] SkinSurface skin_surface(const Volume<std::uint8_t>& mask, double margin_mm, std::size_t num_triangles);

}  // namespace xingu
