// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "patient/body_outline.h"
#include "plan/candidates.h"

namespace xingu {

/// `reach` and `path` below `xingu machine`.
void add_machine_reach_commands(CLI::App& machine);

/// What `xingu plan` asks for its candidates: kinematics and collisions of the machine at its beam model's source
/// distance. Empty for a machine without [mechanics], whose table of angles decides instead.
[[nodiscard]] std::function<MachineReach(const BodyOutline& body, PatientPosition position, const Vec3& isocentre_P)>
reach_for_planning(const std::string& machine);

/// Whether an arm carries the machine's head, so that its plans are Robotic-Arm Radiation too.
[[nodiscard]] bool has_head_arm(const std::string& machine);

/// The folder, made if it is not there. @throws InputError if it cannot be made.
[[nodiscard]] std::filesystem::path output_folder(const std::string& out);

}  // namespace xingu
