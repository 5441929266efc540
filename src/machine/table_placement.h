// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "machine/treatment_machine.h"

namespace xingu {

/// Why the table cannot stand unturned with its reference, the origin of frame T, at a point: the slide or the axis of
/// the arm that would leave its limits, and how far it would have to go. Of an arm's branches the one that comes
/// nearest speaks. Empty if the table can stand there. Collisions are not looked at.
///
/// @param p_F  mm, frame F
[[nodiscard]] std::string table_hindrance(const TreatmentMachine& machine, const Vec3& p_F);

}  // namespace xingu
