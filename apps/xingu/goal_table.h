// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plan/goals.h"

namespace xingu {

/// Path of a protocol given by its shipped name or as a TOML file.
[[nodiscard]] std::filesystem::path protocol_path(const std::string& name_or_path);

/// Prints the assessed goals as a table, in the protocol's order, and below it how many were met and which could not be
/// evaluated.
/// @param rules     what the protocol's structures are made of in the patient, told beside their names
/// @param measured  heads the column of values: whose they are
void print_goals(const std::vector<GoalResult>& goals, const std::vector<NamedRule>& rules,
                 const std::string& measured);

}  // namespace xingu
