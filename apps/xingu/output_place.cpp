// SPDX-License-Identifier: Apache-2.0
#include "output_place.h"

#include <unistd.h>

#include "base/error.h"

namespace xingu {

void require_folder_place(const std::filesystem::path& out) {
  namespace fs = std::filesystem;
  XINGU_REQUIRE(!out.empty(),
                "--out is empty (no folder is named, and the current one would be filled); give a folder");
  std::error_code error;
  fs::path there = fs::absolute(out).lexically_normal();
  while (there.has_relative_path() && !fs::exists(there, error)) {
    there = there.parent_path();
  }
  XINGU_REQUIRE(fs::is_directory(there, error), "--out {}: {} is a file (a folder is needed); give another --out",
                out.string(), there.string());
  XINGU_REQUIRE(::access(there.c_str(), W_OK) == 0, "--out {}: {} may not be written; give another --out", out.string(),
                there.string());
}

void require_file_place(const std::filesystem::path& file, const char* option) {
  namespace fs = std::filesystem;
  std::error_code error;
  XINGU_REQUIRE(file.has_filename() && !fs::is_directory(file, error),
                "{} '{}' is no file (the result would have no place); give a file's name", option, file.string());
  const fs::path folder = fs::absolute(file).parent_path();
  XINGU_REQUIRE(fs::is_directory(folder, error), "{} {}: there is no folder {}; make it, or give another place", option,
                file.string(), folder.string());
  XINGU_REQUIRE(::access(folder.c_str(), W_OK) == 0, "{} {}: {} may not be written; give another place", option,
                file.string(), folder.string());
}

}  // namespace xingu
