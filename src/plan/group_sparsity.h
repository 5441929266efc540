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

/// Minimises objective(A x) + λ Σ_b w_b ‖z_b‖^p over x ≥ 0 with z = x √h, by accelerated proximal gradient with
/// adaptive restart (O'Donoghue & Candès 2015), for λ that rises until no more than options.num_beams are lit. Beams
/// that go dark stay dark and cost nothing from then on. p and the closed-form prox after O'Connor et al. (2018, arXiv
/// 1710.05308).
///
/// @param start  [num_columns] the optimum without penalty
[[nodiscard]] SparsePath follow_sparse_path(const InfluenceMatrix& matrix, const Objective& objective,
                                            std::span<const float> start, const OrientationOptions& options);

}  // namespace xingu
