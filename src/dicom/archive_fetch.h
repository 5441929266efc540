// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dicom/archive_server.h"

namespace xingu {

/// What a server may send at most for one call.
struct FetchLimits {
  std::size_t num_objects = 50'000;
  std::uint64_t object_bytes = 4ULL << 30;
  std::uint64_t total_bytes = 32ULL << 30;
};

/// How an archive is asked for objects.
struct FetchWay {
  enum class Service {
    get_or_move,  ///< C-GET, or, where the server has none and a port is given, C-MOVE
    move          ///< C-MOVE
  };
  Service service = Service::get_or_move;
  std::optional<int> listen_port;  ///< on which the server reaches us under access.own_title; C-MOVE needs it
};

/// @throws InputError naming the option if C-MOVE is wanted without a port, or the port is none.
void require_valid(const FetchWay& way);

/// One object as it was received.
struct FetchedObject {
  std::filesystem::path path;
  std::string sop_class;
  std::string sop_instance;
  std::uint64_t bytes = 0;  ///< of its data set
};

/// Fetches studies from an archive (Study Root, DICOM PS3.4 C.4). By C-GET the objects come over the same connection,
/// and nothing listens here. By C-MOVE the server opens connections to us, where it believes our title to be: a port is
/// open for the time of the transfer. Either way data sets are written as they come, bit by bit, as Part 10 files named
/// by SOP instance UID. The folder appears whole or not at all: objects are received beside it and checked (structure,
/// UIDs as announced, the study asked for), and it is renamed once the server says that all were sent and as many came.
///
/// @param folder  must not exist
/// @return what was fetched, by file name
/// @throws InputError if the server refuses, sends what was not asked for, more than the limits or nothing, or if the
///         port cannot be listened on; EnvironmentError if a connection breaks, nothing is heard of the server for
///         access.timeout_s, or the disk is full
[[nodiscard]] std::vector<FetchedObject> fetch_studies(const ArchiveAccess& access,
                                                       const std::vector<std::string>& study_uids,
                                                       const std::filesystem::path& folder, const FetchWay& way = {},
                                                       const FetchLimits& limits = {});

}  // namespace xingu
