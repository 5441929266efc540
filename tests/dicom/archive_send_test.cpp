// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_send.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "dicom/archive_peer.h"
#include "dicom/small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;

class SendObjects : public testing::Test {
 protected:
  SendObjects() { test::write_small_patient(folder_.path()); }

  test::TemporaryFolder folder_;
};

TEST_F(SendObjects, finds_dicom_and_counts_the_rest) {
  const std::size_t before = find_objects({folder_.path()}).objects.size();
  write_file(folder_.path() / "notes.txt", "not DICOM");
  const ObjectFiles found = find_objects({folder_.path()});
  EXPECT_EQ(found.objects.size(), before);
  EXPECT_EQ(found.num_other_files, 1U);
  EXPECT_GT(before, 8U);
  EXPECT_THROW(static_cast<void>(find_objects({folder_.path() / "notes.txt"})), InputError);
}

TEST_F(SendObjects, sends_each_object_once_and_tells_warnings) {
  const ObjectFiles found = find_objects({folder_.path()});
  std::atomic<std::size_t> num_received = 0;
  test::ArchivePeer peer(
      [&](auto& self, const auto& request) { self.answer_store(request, ++num_received == 3 ? 0xb000 : 0); });
  const auto remarks = send_objects(peer.access(), found.objects);
  EXPECT_EQ(num_received, found.objects.size());
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_EQ(remarks[0].path, found.objects[2].path);
}

TEST_F(SendObjects, names_the_file_that_is_refused_and_sends_no_more) {
  const ObjectFiles found = find_objects({folder_.path()});
  std::atomic<std::size_t> num_received = 0;
  test::ArchivePeer peer(
      [&](auto& self, const auto& request) { self.answer_store(request, ++num_received == 2 ? 0xa700 : 0); });
  try {
    send_objects(peer.access(), found.objects);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(found.objects[1].path.string()));
    EXPECT_THAT(error.what(), HasSubstr("out of resources"));
  }
  EXPECT_EQ(num_received, 2U);
}

}  // namespace
}  // namespace xingu
