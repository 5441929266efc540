// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "patient/occupancy.h"
#include "patient/structure.h"
#include "plan/protocol.h"

namespace xingu {

/// Union of two occupancies of one grid: the larger fraction of each voxel.
[[nodiscard]] Occupancy occupancy_union(const Occupancy& a, const Occupancy& b);

/// What of `a` lies outside `b`: max(0, fraction_a − fraction_b). Exact where one of the two edges passes the voxel, a
/// lower bound where both do.
[[nodiscard]] Occupancy occupancy_difference(const Occupancy& a, const Occupancy& b);

/// Which of a protocol's rules are wanted.
enum class RuleSelection { all, targets_only };

/// Occupancy of every rule of the protocol on a grid: the union of its structures less its `minus` rules. One per rule,
/// in the protocol's order; empty where the patient has no such structure or it was not wanted.
/// @throws InputError as match_structures does.
[[nodiscard]] std::vector<Occupancy> protocol_occupancies(const Protocol& protocol, const StructureSet& set,
                                                          const Grid& grid,
                                                          RuleSelection selection = RuleSelection::all);

/// The rules that the patient has structures for but that have no volume on the grid: their `minus` rules take all of
/// it, or it lies beyond the grid.
/// @param occupancies  of protocol_occupancies, all rules
/// @throws InputError if one of them must be treated
[[nodiscard]] std::vector<NamedRule> rules_without_volume(const Protocol& protocol, const StructureSet& set,
                                                          const std::vector<Occupancy>& occupancies);

/// "Nothing is left on the CT of Core (Core − OuterTarget); their objectives and goals are left out."; empty for none.
[[nodiscard]] std::string without_volume_words(const std::vector<NamedRule>& rules);

/// Distance of each voxel's centre from the nearest voxel at least half inside, less half a voxel, in mm: about the
/// distance from the surface; 0 for voxels at least half inside. Infinite if there is none.
/// Exact Euclidean distances between centres (Felzenszwalb & Huttenlocher 2012). Cost O(voxels).
[[nodiscard]] Volume<float> distance_from(const Occupancy& occupancy);

/// The union of the protocol's targets on a grid.
[[nodiscard]] Occupancy target_union(const Protocol& protocol, const std::vector<Occupancy>& occupancies);

}  // namespace xingu
