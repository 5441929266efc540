// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace xingu {

/// Refuses, before any work, an --out that cannot be a folder: no text (that would be the current folder), a file, or
/// below something that is a file or that may not be written. Makes nothing.
/// @throws InputError with one sentence
void require_folder_place(const std::filesystem::path& out);

/// Refuses, before any work, what cannot become a file: no text, a folder, or a name in a folder that is not there or
/// may not be written. Makes nothing.
/// @param option  what the place was given by, for the sentence
/// @throws InputError with one sentence
void require_file_place(const std::filesystem::path& file, const char* option = "--out");

}  // namespace xingu
