// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace xingu {

/// Refuses, before any work, an --out that cannot be a folder: no text (that would be the current folder), a file, or
/// below something that is a file or that may not be written. Makes nothing.
/// @throws InputError with one sentence
void require_folder_place(const std::filesystem::path& out);

}  // namespace xingu
