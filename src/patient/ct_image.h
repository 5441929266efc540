// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "geometry/grid.h"

namespace xingu {

/// How the patient lies on the couch, DICOM (0018,5100).
enum class PatientPosition { hfs, hfp, ffs, ffp };

[[nodiscard]] std::string to_string(PatientPosition position);

/// A CT series as planning uses it: HU on a regular axis-aligned grid in frame P (LPS, whatever the patient's
/// position).
struct CtImage {
  Volume<float> hu;  ///< [nz, ny, nx] Hounsfield units
  PatientPosition position = PatientPosition::hfs;
  std::string patient_name;
  std::string patient_id;
  std::string patient_birth_date;  ///< DICOM DA, may be empty
  std::string patient_sex;         ///< DICOM CS, may be empty
  std::string study_uid;
  std::string study_date;  ///< DICOM DA, may be empty
  std::string study_time;
  std::string study_id;
  std::string accession_number;
  std::string referring_physician;
  std::string series_uid;
  std::string series_description;
  std::string frame_of_reference_uid;
  struct Slice {
    double z_mm;  ///< as in the file, before any resampling to a regular grid
    std::string sop_instance_uid;
  };
  std::vector<Slice> slices;  ///< ascending z
};

}  // namespace xingu
