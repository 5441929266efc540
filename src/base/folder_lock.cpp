// SPDX-License-Identifier: Apache-2.0
#include "base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"

namespace xingu {
namespace fs = std::filesystem;

FolderLock::FolderLock(const fs::path& folder) : file_(folder / "lock") {
  for (;;) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
      throw EnvironmentError(
          fmt::format("{}: cannot be made ({}); choose another folder", file_.string(), std::strerror(errno)));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor_);
      fail_input(
          "{}: another run of Xingu is at work in it (two would write over each other); wait until it has ended, or "
          "give another folder",
          folder.string());
    }
    // A holder that ended between our open and our lock has taken its file away: then another one counts.
    struct stat held{};
    if (::fstat(descriptor_, &held) == 0 && held.st_nlink > 0) {
      return;
    }
    ::close(descriptor_);
  }
}

FolderLock::~FolderLock() {
  std::error_code ignored;
  fs::remove(file_, ignored);
  ::close(descriptor_);
}

}  // namespace xingu
