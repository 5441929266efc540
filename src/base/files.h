// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// Writes a file so that it appears whole or not at all: writes beside it, fsync, then rename.
/// @throws EnvironmentError if the folder cannot be written.
void write_file(const std::filesystem::path& path, std::string_view content);

/// The same for a library that writes to a path itself: `writer` gets a temporary path in the same folder.
void write_file_with(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path& temporary)>& writer);

struct FileContent {
  std::filesystem::path path;
  std::string content;
};

/// Writes files that belong together, and takes away those that must not stand beside them: all of it, or nothing is
/// changed. They take their places in the order given once the content of all is on the disk, and what they replace
/// goes in the reverse order, so that where the machine stops in between, what names the others belongs last.
/// @throws EnvironmentError if one of them cannot be written or taken away; then everything is as it was.
void write_files_together(const std::vector<FileContent>& files, const std::vector<std::filesystem::path>& gone);

/// Whole content of a file, refused above `limit_bytes`. @throws InputError if it cannot be read or is larger.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::uintmax_t limit_bytes = 256ULL << 20);

/// 64-bit FNV-1a of some bytes, for provenance and resume keys (not for security).
[[nodiscard]] std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t start = 14695981039346656037ULL);
[[nodiscard]] std::uint64_t hash_text(std::string_view text, std::uint64_t start = 14695981039346656037ULL);

/// Finds a file that Xingu ships (data/…, machines/…, protocols/…): under $XINGU_DATA, which somebody chose, else as
/// given if it exists, else in the installed share/xingu or the source tree. A path that is absolute or begins with a
/// point means itself. Warns once where the working folder has another file than $XINGU_DATA, and where its file stands
/// in for a shipped one. @throws InputError naming the places that were searched.
[[nodiscard]] std::filesystem::path find_shipped(const std::filesystem::path& relative);

/// Every place of `relative` in the order in which find_shipped searches, each once: the first is what it would return.
[[nodiscard]] std::vector<std::filesystem::path> find_all_shipped(const std::filesystem::path& relative);

/// Adds a root to be searched by find_shipped; the program calls it once at its start.
void add_shipped_root(const std::filesystem::path& root);

}  // namespace xingu
