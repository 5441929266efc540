// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include <filesystem>
#include <string>

namespace xingu {

/// `reach` and `path` below `xingu machine`.
void add_machine_reach_commands(CLI::App& machine);

/// The folder, made if it is not there. @throws InputError if it cannot be made.
[[nodiscard]] std::filesystem::path output_folder(const std::string& out);

}  // namespace xingu
