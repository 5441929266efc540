// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "dicom/dataset_writer.h"
#include "dicom/uid.h"
#include "dicom/write_patient.h"

namespace xingu {

/// "HFS", "HFP", "FFS", "FFP" as DICOM writes them.
[[nodiscard]] std::string dicom_position(PatientPosition position);

/// Date and time that a written object carries: the options', else the study's.
struct Stamp {
  std::string date;
  std::string time;
};
[[nodiscard]] Stamp stamp_of(const CtImage& ct, const WriteOptions& options);

/// Patient and General Study modules (DICOM PS3.3 C.7.1.1, C.7.2.1), taken over from the CT.
void write_patient_and_study(ItemWriter root, const CtImage& ct, const PatientUids& uids);
/// Series and General Equipment modules (C.7.3.1 or C.8.8.1, C.7.5.1).
void write_series(ItemWriter root, const std::string& modality, const std::string& series_uid,
                  const std::string& description, int number);
/// Frame of Reference module (C.7.4.1).
void write_frame_of_reference(ItemWriter root, const PatientUids& uids);
/// A reference by SOP class and instance.
void write_reference(ItemWriter item, const std::string& sop_class_uid, const std::string& sop_instance_uid);

/// A coded concept (PS3.3 table 8.8-1): code, coding scheme, and what it means to people.
struct CodedConcept {
  std::string_view value;  ///< at most 16 letters; longer ones are cut
  std::string_view scheme;
  std::string_view meaning;
};
void write_code(ItemWriter item, const CodedConcept& code);

}  // namespace xingu
