// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dicom/dicom_folder.h"
#include "dicom/read_dose.h"
#include "dicom/read_plan.h"
#include "patient/patient.h"

namespace xingu {

struct ReadOptions {
  std::optional<std::string> series_uid;  ///< which CT series, where there are several; a unique ending is enough
  std::optional<std::string>
      structure_set;  ///< which RTSTRUCT, where several match: its SOPInstanceUID, label or file name
};

/// " of 2 patients" where a folder's CT series are of several, else empty.
[[nodiscard]] std::string patients_words(const DicomFolder& folder);

/// The series that the options choose. @throws InputError if there is none, or several and none is chosen: it lists
/// them.
[[nodiscard]] const CtSeries& choose_ct_series(const DicomFolder& folder, const ReadOptions& options);

/// The RTSTRUCTs that belong to a series: those drawn on it, else in its frame of reference, else of its study.
[[nodiscard]] std::vector<const RtFile*> structure_sets_of(const DicomFolder& folder, const CtSeries& series);

/// The one of structure_sets_of that the options choose, or the only one. Null if there is none.
/// @throws InputError if several match and none is chosen.
[[nodiscard]] const RtFile* choose_structure_set(const DicomFolder& folder, const CtSeries& series,
                                                 const ReadOptions& options);

/// What a person should know of structures that were chosen for a series: that it was not drawn on it by name, or is of
/// another patient; one sentence each.
[[nodiscard]] std::vector<std::string> choice_warnings(const CtSeries& series, const RtFile& structure_set);

/// One sentence for each RTSTRUCT that belongs to none of the folder's CT series: it names others, and its frame of
/// reference is another's. None where the folder has no CT.
[[nodiscard]] std::vector<std::string> foreign_structure_sets(const DicomFolder& folder);

/// Reads the CT and the structures that belong to it. Without an RTSTRUCT the structure set is empty and a warning says
/// so.
/// @throws InputError with one sentence naming file and tag.
[[nodiscard]] Patient read_patient(const DicomFolder& folder, const ReadOptions& options = {});

}  // namespace xingu
