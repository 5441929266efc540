// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "dose/beam_geometry.h"
#include "dose/influence_matrix.h"

namespace xingu {

/// The beamlets of a beam that see a target: squares of a raster at the isocentre plane whose edges lie on multiples of
/// `beamlet_mm` in frame B (so that rows fall on leaves of that width), opened where a target point projects onto the
/// square widened by `margin_mm`. Row by row, ascending in y then x. Cost O(points).
///
/// @param target_P  points of the targets, frame P, mm
[[nodiscard]] std::vector<Beamlet> lay_beamlets(std::span<const Eigen::Vector3f> target_P, const BeamGeometry& geometry,
                                                double beamlet_mm, double margin_mm);

}  // namespace xingu
