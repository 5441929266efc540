// SPDX-License-Identifier: Apache-2.0
#include "support/test_paths.h"

#include <stdlib.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include "base/files.h"

namespace xingu::test {
namespace fs = std::filesystem;

namespace {
[[maybe_unused]] const bool shipped_root_is_added = [] {
  add_shipped_root(XINGU_SOURCE_DIR);
  return true;
}();
}  // namespace

fs::path source_dir() { return XINGU_SOURCE_DIR; }

fs::path shared_dir() {
  if (const char* variable = std::getenv("XINGU_SHARED"); variable != nullptr) {
    return variable;
  }
  const fs::path beside = source_dir().parent_path() / "shared";
  return fs::is_directory(beside) ? beside : fs::path{};
}

std::string shared_is_absent() {
  return "the shared reference data is not here (set XINGU_SHARED or put it beside the source tree as ../shared)";
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "xingu-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("no temporary folder");
  }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace xingu::test
