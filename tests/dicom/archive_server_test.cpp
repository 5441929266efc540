// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_server.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu {
namespace {

TEST(ArchiveServer, reads_title_host_and_port) {
  const ArchiveServer server = parse_archive_server("MY ARCHIVE@pacs-1.example:11112");
  EXPECT_EQ(server.title, "MY ARCHIVE");
  EXPECT_EQ(server.host, "pacs-1.example");
  EXPECT_EQ(server.port, 11112);
  EXPECT_EQ(server.text(), "MY ARCHIVE@pacs-1.example:11112");
}

TEST(ArchiveServer, refuses_what_is_no_server) {
  for (const char* text :
       {"", "ORTHANC", "ORTHANC@host", "host:104", "@host:104", "A@:104", "A@host:", "A@host:0", "A@host:65536",
        "A@host:104x", "A@ho st:104", "SEVENTEEN-LETTERS@host:104", "A\\B@host:104", "   @host:104", "A@host;rm:104"}) {
    EXPECT_THROW(static_cast<void>(parse_archive_server(text)), InputError) << text;
  }
}

TEST(ArchiveServer, access_needs_a_title_and_an_end_of_waiting) {
  ArchiveAccess access{{"A", "host", 104}};
  EXPECT_NO_THROW(require_valid(access));
  access.own_title = "";
  EXPECT_THROW(require_valid(access), InputError);
  access.own_title = "XINGU";
  access.timeout_s = 0;
  EXPECT_THROW(require_valid(access), InputError);
}

}  // namespace
}  // namespace xingu
