// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/beam_orientation.h"

namespace xingu {

/// Where the path of rising penalties ended.
struct SparsePath {
  std::vector<std::size_t> strongest_first;  ///< beams still lit (at least the wanted number, if there were as many)
  std::vector<float> x;                      ///< [num_columns]
  std::vector<OrientationResult::Level> path;
};

/// Thins out the lit beams level by level. One level minimises objective(A x) + λ Σ_b w_b ‖z_b‖^p over x ≥ 0, z = x √h,
/// by a few accelerated proximal gradient steps with adaptive restart (O'Donoghue & Candès 2015), with the λ that puts
/// out about options.level_share of the beams that are lit (the choice of λ by the wanted number of non-zeros is that
/// of Xu et al. 2012 for half thresholding); beams that went dark are taken out for good and cost nothing from then on;
/// a few steps without penalty undo its bias before the next level. Ends when no more than options.num_beams are lit. p
/// and the closed-form prox after O'Connor et al. (2018, arXiv 1710.05308).
///
/// @param start  [num_columns] the optimum without penalty
[[nodiscard]] SparsePath follow_sparse_path(const InfluenceMatrix& matrix, Objective& objective,
                                            std::span<const float> start, const OrientationOptions& options);

}  // namespace xingu
