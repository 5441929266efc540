// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_server.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace xingu {
namespace {

constexpr std::size_t max_title = 16;
constexpr std::size_t max_host = 253;  // RFC 1035

bool is_title(std::string_view text) {
  return !text.empty() && text.size() <= max_title && text.find_first_not_of(' ') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '\\'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= max_host && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

}  // namespace

std::string ArchiveServer::text() const { return fmt::format("{}@{}:{}", title, host, port); }

ArchiveServer parse_archive_server(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.rfind(':');
  ArchiveServer server;
  bool is_valid = at != std::string_view::npos && colon != std::string_view::npos && at < colon;
  if (is_valid) {
    server.title = text.substr(0, at);
    server.host = text.substr(at + 1, colon - at - 1);
    const std::string_view port = text.substr(colon + 1);
    const auto end = port.data() + port.size();
    const auto result = std::from_chars(port.data(), end, server.port);
    is_valid = result.ec == std::errc{} && result.ptr == end && server.port >= 1 && server.port <= 65535 &&
               is_title(server.title) && is_host(server.host);
  }
  XINGU_REQUIRE(is_valid,
                "'{}' is no DICOM server (its title, host and port are needed); write for example "
                "ORTHANC@127.0.0.1:4242",
                printable(text));
  return server;
}

void require_valid(const ArchiveAccess& access) {
  XINGU_REQUIRE(is_title(access.own_title),
                "--as '{}' is no AE title (servers tell their callers apart by it); give 1 to 16 ASCII letters",
                printable(access.own_title));
  XINGU_REQUIRE(access.timeout_s >= 1 && access.timeout_s <= 3600,
                "--timeout-s {} is not from 1 to 3600 (a silent server must end sometime); correct it",
                access.timeout_s);
}

}  // namespace xingu
