// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "dose/influence_matrix.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// The part of a beamlet's square that a segment's leaves leave open, 0 to 1; exact areas. Cost O(leaf pairs).
[[nodiscard]] double opening_of(const Segment& segment, std::span<const double> leaf_boundaries_mm,
                                const Beamlet& beamlet, double beamlet_mm);

/// The influence matrix of apertures: one column per segment, Σ over beamlets of (opening + T (1 − opening)) · column
/// with T the part of the fluence that passes a closed leaf. Beams in the order of the matrix; a beam without segments
/// has no columns. With it the segments' MU are optimised like fluence.
[[nodiscard]] InfluenceMatrix segment_matrix(const InfluenceMatrix& matrix, const std::vector<PlannedBeam>& beams,
                                             double transmission);

}  // namespace xingu
