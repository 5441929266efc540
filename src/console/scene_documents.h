// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "console/content.h"
#include "console/telemetry.h"
#include "dose/treatment_plan.h"
#include "machine/treatment_machine.h"
#include "patient/patient.h"

namespace xingu::console {

/// Puts /api/scene and what it names among the documents: the machine's URDF with its meshes, and the patient's skin.
///
/// @param machine_name  as load_treatment_machine takes it
/// @return the axis values of the machine for each beam; nothing for a machine without kinematics, or where the patient
///         cannot be brought to it (a warning says why)
/// Cost some seconds: the skin's distances and a posture for each beam.
[[nodiscard]] PostureTable add_scene_documents(const std::string& machine_name, const TreatmentPlan& plan,
                                               const Patient& patient, Content& content);

}  // namespace xingu::console
