// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "dose/influence_matrix.h"
#include "plan/objectives.h"

namespace xingu {

/// The fluence problem on a part of its samples: the same beamlets, fewer rows. Its optimum is a good place to begin
/// the whole problem from, at a fraction of the cost an iteration.
struct CoarseProblem {
  InfluenceMatrix matrix;
  Objective objective;
};

/// Keeps about `share` of the rows (Objective::keeping_rates), drawn systematically along the rows so that neighbours
/// stand for each other. Columns of inactive beams are empty. Deterministic. Cost: one pass over the matrix.
[[nodiscard]] CoarseProblem coarsen(const InfluenceMatrix& matrix, const Objective& objective, double share,
                                    std::span<const std::uint8_t> active);

}  // namespace xingu
