// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace xingu::test {

/// The project's source tree.
[[nodiscard]] std::filesystem::path source_dir();

/// The folder of reference figures and real patients that is not part of the project: $XINGU_SHARED, else ../shared
/// beside the source tree. Empty where it is absent: a test that needs it then skips with shared_is_absent().
[[nodiscard]] std::filesystem::path shared_dir();
[[nodiscard]] std::string shared_is_absent();

/// A fresh folder, removed with everything in it when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace xingu::test
