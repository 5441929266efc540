// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace xingu {

/// One series of CT images, its files in the order of their names.
struct CtSeries {
  std::string uid;
  std::string study_uid;
  std::string frame_of_reference_uid;
  std::string description;
  std::string modality;
  std::string patient_id;
  std::string patient_name;
  std::string study_date;  ///< DICOM DA, may be empty
  std::vector<std::filesystem::path> files;
};

/// One RTSTRUCT, RTDOSE, RTPLAN or Robotic-Arm Radiation file and what it refers to; a UID that the file does not state
/// is empty.
struct RtFile {
  std::filesystem::path path;
  std::string sop_instance_uid;
  std::string series_uid;
  std::string study_uid;
  std::string frame_of_reference_uid;
  std::string patient_id;
  std::string label;                                ///< StructureSetLabel, RTPlanLabel or DoseSummationType
  std::string date;                                 ///< StructureSetDate, RTPlanDate or ContentDate
  std::vector<std::string> referenced_series_uids;  ///< of an RTSTRUCT: the image series it was drawn on
  std::string predecessor_uid;                      ///< of an RTSTRUCT: the one that it was made from
  std::string referenced_plan_uid;                  ///< of an RTDOSE
  bool is_dose_error = false;                       ///< an RTDOSE of the uncertainty of a dose: DoseType ERROR
  std::string referenced_structure_set_uid;         ///< of an RTPLAN
};

/// A series that Xingu does not use: another modality, or a kind of CT that it does not read.
struct OtherSeries {
  std::string uid;
  std::string modality;
  std::string description;
  std::size_t num_files = 0;
};

/// What a folder and the folders below it hold. Everything is sorted, so the result does not depend on the file system.
struct DicomFolder {
  std::filesystem::path path;
  std::vector<CtSeries> ct_series;
  std::vector<RtFile> structure_sets;
  std::vector<RtFile> doses;
  std::vector<RtFile> plans;
  std::vector<RtFile> robotic_radiations;
  std::vector<OtherSeries> other_series;
  std::size_t num_other_files = 0;    ///< not DICOM
  std::vector<std::string> problems;  ///< files that had to be passed over, one sentence each
};

/// Every file below a folder, sorted; of a file itself only that.
/// @throws InputError if `path` does not exist, cannot be searched or holds more than 100 000 files.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& path);

/// Looks at every file below `path`, whatever its name, without reading images. Files that are not DICOM are counted,
/// damaged ones are listed in `problems`. A single file may be given instead of a folder.
/// @throws InputError if `path` does not exist, holds no file or more than 100 000.
[[nodiscard]] DicomFolder scan_dicom_folder(const std::filesystem::path& path);

}  // namespace xingu
