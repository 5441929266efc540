// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dose/beam_geometry.h"
#include "dose/beam_model.h"
#include "dose/influence_matrix.h"

namespace xingu {

/// The beamlets of a beam that see a target: squares of a raster at the isocentre plane whose edges lie on multiples of
/// `beamlet_mm` in frame B (so that rows fall on leaves of that width), opened where a target point projects onto the
/// square widened by `margin_mm`. Row by row, ascending in y then x. Cost O(points).
///
/// @param target_P  points of the targets, frame P, mm
[[nodiscard]] std::vector<Beamlet> lay_beamlets(std::span<const Eigen::Vector3f> target_P, const BeamGeometry& geometry,
                                                double beamlet_mm, double margin_mm);

/// Takes out the beamlets that reach beyond the leaves' field: no segment can open them. No leaves, no limit.
/// @return how many were taken out
std::size_t drop_beyond_leaves(std::vector<Beamlet>& beamlets, double beamlet_mm, const MultileafCollimator& mlc);

}  // namespace xingu
