// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "dicom/write_patient.h"
#include "dose/treatment_record.h"
#include "patient/patient.h"

namespace xingu {

/// Writes what was delivered as RT Beams Treatment Record (DICOM PS3.3 A.31): for each beam that was begun its
/// metersets by both monitors, how it ended, and two control points a segment with leaves by the encoders. Returns its
/// SOPInstanceUID.
///
/// @param referenced_plan_uid  SOPInstanceUID of the RTPLAN
/// @throws InputError if no beam was begun
std::string write_treatment_record(const TreatmentRecord& record, const Patient& patient,
                                   const std::string& referenced_plan_uid, const std::filesystem::path& path,
                                   const WriteOptions& options = {});

}  // namespace xingu
