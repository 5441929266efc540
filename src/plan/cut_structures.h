// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "geometry/grid.h"
#include "patient/structure.h"
#include "plan/protocol.h"

namespace xingu {

/// One sentence for each end of a serial organ with goals that is cut off beside the protocol's targets (cut_ends),
/// with the goals that it touches. Order of the set.
///
/// @param ct  grid of the CT, frame P
/// @throws InputError as match_structures
[[nodiscard]] std::vector<std::string> cut_structure_warnings(const Protocol& protocol, const StructureSet& set,
                                                              const Grid& ct);

}  // namespace xingu
