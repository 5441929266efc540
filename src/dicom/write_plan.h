// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "dicom/write_patient.h"
#include "dose/treatment_plan.h"
#include "geometry/grid.h"
#include "patient/patient.h"

namespace xingu {

/// Writes a plan as RTPLAN for research: step and shoot, two control points a segment, angles of IEC 61217, the
/// prescription as dose reference 1 on the target. Returns its SOPInstanceUID, which follows from the plan, the patient
/// and the seed.
/// @throws InputError if a beam has no segment or no MU, or leaves that do not fit its boundaries.
std::string write_rtplan(const TreatmentPlan& plan, const Patient& patient, const std::filesystem::path& path,
                         const WriteOptions& options = {});

/// Bits of a stored dose value. 16 resolve 1/65535 of the maximum; 32 bits are exact to float, but the validator
/// dciodvfy of Debian 12 aborts on them.
enum class DoseBits { bits_16, bits_32 };

/// What the voxels of an RTDOSE are: DoseType (3004,0004). The standard knows no term for a standard deviation; ERROR,
/// in its words a difference of doses, is the nearest, and the comment says what it is.
enum class DoseContent { physical, standard_deviation };

/// The dose that read_rtdose() gives of one that write_rtdose() has written with 16 bits, voxel for voxel.
/// @throws InputError as write_rtdose
[[nodiscard]] Volume<float> as_stored_rtdose(const Volume<float>& dose_Gy);

/// Writes the dose of a whole plan as RTDOSE, Gy, DoseSummationType PLAN. Negative values are stored as 0.
///
/// @param dose_Gy              [nz, ny, nx] total over all fractions, frame P
/// @param referenced_plan_uid  what write_rtplan returned
/// @param comment              for people, at most 64 letters: engine and status, "final, collapsed cone"
/// @return its SOPInstanceUID
/// @throws InputError if the dose is zero everywhere or not finite.
std::string write_rtdose(const Volume<float>& dose_Gy, const Patient& patient, const std::string& referenced_plan_uid,
                         const std::string& comment, const std::filesystem::path& path,
                         const WriteOptions& options = {}, DoseBits bits = DoseBits::bits_16,
                         DoseContent content = DoseContent::physical);

}  // namespace xingu
