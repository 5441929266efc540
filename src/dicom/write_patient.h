// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "patient/patient.h"

namespace xingu {

struct WriteOptions {
  std::string seed;  ///< mixed into the UIDs of the written objects: another seed, other UIDs
  std::string date;  ///< DICOM DA of the written object; empty: the study's date
  std::string time;  ///< DICOM TM
};

/// Options for objects that are made now: local date and time by the clock, or those of SOURCE_DATE_EPOCH (UTC) where
/// the environment sets it, so that the same input gives the same files. The UIDs do not depend on the time.
/// @throws InputError if that is no number of seconds since 1970.
[[nodiscard]] WriteOptions written_now(std::string seed);

/// Writes one CT image a plane as "CT.0001.dcm", … into a folder, which is made if needed. HU are stored in 16 bits: as
/// they are where all are whole numbers of that range, else scaled (error at most 1/131068 of their range). UIDs that
/// the CT has are kept while its planes are those that were read; others follow from its content.
/// @throws EnvironmentError if the folder cannot be written, InputError if HU are not finite.
void write_ct_series(const CtImage& ct, const std::filesystem::path& folder, const WriteOptions& options = {});

/// Writes the structure set of a patient with references to its CT; coordinates to 1e-6 mm or better. Returns its
/// SOPInstanceUID. @throws InputError if there is no structure.
std::string write_rtstruct(const Patient& patient, const std::filesystem::path& path, const WriteOptions& options = {});

}  // namespace xingu
