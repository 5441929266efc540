// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "patient/patient.h"

namespace xingu {

/// Why no plan can be made of what was read, one sentence each; empty if nothing stands against it. What `xingu plan`
/// refuses before it knows a protocol, and what `xingu inspect` tells as a problem: structures that are not there, are
/// all empty, or all lie beside the CT. Cost O(points).
///
/// @param ct      grid of the CT, frame P
/// @param source  what the sentences speak of: the folder
[[nodiscard]] std::vector<std::string> planning_obstacles(const Grid& ct, const StructureSet& set,
                                                          const std::string& source);

/// @throws InputError with the first obstacle.
void require_plannable(const Patient& patient, const std::string& source);

}  // namespace xingu
