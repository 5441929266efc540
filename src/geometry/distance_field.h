// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "geometry/grid.h"

namespace xingu {

/// Euclidean distance from every voxel centre to the nearest voxel centre where the mask is not 0, mm, frame P;
/// infinite where the mask is empty. Exact, by lower envelopes of parabolas along each axis (Felzenszwalb and
/// Huttenlocher 2012, Theory of Computing 8:415). Cost O(voxels), in parallel.
[[nodiscard]] Volume<float> distance_to(const Volume<std::uint8_t>& mask);

}  // namespace xingu
