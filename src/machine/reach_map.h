// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "machine/reach_solver.h"

namespace xingu {

/// Which part of the sphere can be treated, and why the rest cannot.
struct ReachMap {
  std::vector<Vec3> sources_P;           ///< unit vectors from the isocentre to the source, spread evenly
  std::vector<DirectionReach> reach;     ///< one per direction
  [[nodiscard]] double covered() const;  ///< part of the directions that can be given, 0 to 1
  /// Kinds of reasons and how many directions each bars, the most frequent first.
  [[nodiscard]] std::vector<std::pair<std::string, int>> reasons() const;
};

/// Tries every direction. Cost: that of ReachSolver::reach each, in parallel; same result for any number of threads.
[[nodiscard]] ReachMap map_reach(const ReachSolver& solver, std::vector<Vec3> sources_P);

/// The map as SVG: both halves of the sphere as seen from in front of and behind the patient, in Lambert's equal-area
/// projection (equal parts of the sphere have equal areas), each direction coloured by what bars it.
[[nodiscard]] std::string reach_svg(const ReachMap& map, const std::string& title);

}  // namespace xingu
