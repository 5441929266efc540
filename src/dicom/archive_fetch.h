// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
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

/// One object as it was received.
struct FetchedObject {
  std::filesystem::path path;
  std::string sop_class;
  std::string sop_instance;
  std::uint64_t bytes = 0;  ///< of its data set
};

/// Fetches studies from an archive by C-GET (Study Root, DICOM PS3.4 C.4.3): over the same connection, so that nothing
/// has to listen here. Data sets are written as they come, bit by bit, as Part 10 files named by SOP instance UID. The
/// folder appears whole or not at all: objects are received beside it and checked (structure, UIDs as announced), and
/// it is renamed once the server says that all were sent.
///
/// @param folder  must not exist
/// @return what was fetched, by file name
/// @throws InputError if the server refuses, sends what was not asked for, more than the limits or nothing;
///         EnvironmentError if the connection breaks or the disk is full
[[nodiscard]] std::vector<FetchedObject> fetch_studies(const ArchiveAccess& access,
                                                       const std::vector<std::string>& study_uids,
                                                       const std::filesystem::path& folder,
                                                       const FetchLimits& limits = {});

}  // namespace xingu
