// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace xingu {

/// A DICOM archive as people write it: TITLE@HOST:PORT.
struct ArchiveServer {
  std::string title;  ///< its AE title (DICOM PS3.5 6.2, AE): 1 to 16 printable ASCII letters without backslash
  std::string host;
  int port = 0;
  [[nodiscard]] std::string text() const;
};

/// @throws InputError if the text is not TITLE@HOST:PORT with a port from 1 to 65535.
[[nodiscard]] ArchiveServer parse_archive_server(std::string_view text);

/// Whom to talk to, as whom, and how long to wait.
struct ArchiveAccess {
  ArchiveServer server;
  std::string own_title = "XINGU";
  int timeout_s = 30;  ///< longest silence of the server that is borne
};

/// @throws InputError naming the option if the title is not one or the time is not from 1 to 3600 s.
void require_valid(const ArchiveAccess& access);

}  // namespace xingu
