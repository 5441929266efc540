// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "patient/patient.h"
#include "patient/structure_shape.h"

namespace xingu {

/// Why no plan can be made of what was read, one sentence each; empty if nothing stands against it. What `xingu plan`
/// refuses before it knows a protocol, and what `xingu inspect` tells as a problem: structures that are not there, are
/// all empty, or all lie beside the CT. Cost O(points).
///
/// @param ct      grid of the CT, frame P
/// @param source  what the sentences speak of: the folder
[[nodiscard]] std::vector<std::string> planning_obstacles(const Grid& ct, const StructureSet& set,
                                                          const std::string& source);

/// How much of a structure lies beyond the body's outline by more than a voxel, or beside the CT, mm³: no tissue
/// absorbs there, and beyond the box of the outline a plan has no dose. Cost O(samples).
///
/// @param body  1 inside, on the CT's grid, frame P
[[nodiscard]] double beyond_body_mm3(const StructureSamples& samples, const Volume<std::uint8_t>& body);

/// @throws InputError with the first obstacle.
void require_plannable(const Patient& patient, const std::string& source);

}  // namespace xingu
