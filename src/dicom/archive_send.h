// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "dicom/archive_server.h"

namespace xingu {

/// A DICOM object in a file.
struct ObjectFile {
  std::filesystem::path path;
  std::string sop_class;
  std::string sop_instance;
  std::string syntax;  ///< UID of its transfer syntax
};

/// The DICOM objects below some files and folders, by path; files that are not DICOM are counted.
struct ObjectFiles {
  std::vector<ObjectFile> objects;
  std::size_t num_other_files = 0;
};

/// @throws InputError if a path does not exist, a file is damaged or states no UIDs, or there is no DICOM at all
[[nodiscard]] ObjectFiles find_objects(const std::vector<std::filesystem::path>& paths);

/// What the archive remarked about an object that it took.
struct StoreRemark {
  std::filesystem::path path;
  std::string text;
};

/// Sends objects to an archive by C-STORE (DICOM PS3.4 B), each in its own transfer syntax, or, if it is not compressed
/// and the server does not take that, in another uncompressed one. Whether the server takes every kind is known before
/// the first is sent. Sending an object again is harmless: archives keep one per UID.
/// @return remarks on objects that were taken with a warning
/// @throws InputError naming the file if the server does not take its kind or refuses it; EnvironmentError if the
///         connection breaks. What was sent before stays in the archive.
std::vector<StoreRemark> send_objects(const ArchiveAccess& access, const std::vector<ObjectFile>& objects);

}  // namespace xingu
