// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "console/content.h"
#include "console/telemetry.h"
#include "console/treatment_room.h"

namespace xingu::console {

/// Puts /api/scene and what it names among the documents: the machine's URDF with its meshes, and the patient's skin.
///
/// @param machine_name  as the page shows it
/// @return the axis values of the machine for each beam; nothing for a machine without kinematics, or where the patient
///         cannot be brought to it (a warning says why)
[[nodiscard]] PostureTable add_scene_documents(const std::string& machine_name, const TreatmentRoom& room,
                                               Content& content);

}  // namespace xingu::console
