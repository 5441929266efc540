// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dicom/archive_server.h"

namespace xingu {

/// Which studies of an archive are meant; empty matches all.
struct StudyQuery {
  std::string patient_id;
  std::string study_uid;
};

/// A study as the archive describes it; what it does not say is empty.
struct ArchivedStudy {
  std::string study_uid;
  std::string patient_id;
  std::string patient_name;
  std::string date;
  std::string description;
  std::string modalities;   ///< separated by backslashes
  std::string num_objects;  ///< text, as it came
};

/// Asks an archive for studies by C-FIND (Study Root, DICOM PS3.4 C.6.2), sorted by patient, date and UID.
/// @throws InputError if the server refuses, answers against the protocol, or with more than 10 000 studies or 1 MiB a
///         study
[[nodiscard]] std::vector<ArchivedStudy> find_studies(const ArchiveAccess& access, const StudyQuery& query);

/// C-ECHO on an association of its own. @throws InputError if the server is not there or refuses.
void echo_archive(const ArchiveAccess& access);

}  // namespace xingu
