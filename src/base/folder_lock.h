// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace xingu {

/// Holds a folder against other runs of Xingu for as long as it lives: an advisory lock (flock) on the file "lock" in
/// the folder, which the system takes back when the process ends however it ends. Nothing is held on a file system
/// without such locks.
class FolderLock {
 public:
  /// @throws InputError if another process holds the folder, EnvironmentError if the file cannot be made.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace xingu
