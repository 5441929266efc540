// SPDX-License-Identifier: Apache-2.0
#include "base/folder_lock.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FolderLock, refuses_a_second_holder_until_the_first_is_gone) {
  const test::TemporaryFolder folder;
  {
    const FolderLock first(folder.path());
    EXPECT_THAT([&] { const FolderLock second(folder.path()); },
                ThrowsMessage<InputError>(AllOf(HasSubstr(folder.path().string()), HasSubstr("another run"))));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_NO_THROW(FolderLock(folder.path()));
}

TEST(FolderLock, is_not_held_by_a_file_that_a_killed_run_left) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "lock", "");
  EXPECT_NO_THROW(FolderLock(folder.path()));
  EXPECT_THROW(FolderLock(folder.path() / "absent"), EnvironmentError);
}

}  // namespace
}  // namespace xingu
