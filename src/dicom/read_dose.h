// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "geometry/grid.h"

namespace xingu {

/// A dose distribution as read from an RTDOSE.
struct RtDose {
  Volume<float> dose_Gy;  ///< [nz, ny, nx] frame P; total or per fraction as `summation` says
  std::string units;      ///< GY, or RELATIVE (then the values are relative, not Gy)
  std::string type;       ///< PHYSICAL, EFFECTIVE, ERROR
  std::string summation;  ///< PLAN, FRACTION, BEAM, …
  std::string comment;
  std::string sop_instance_uid;
  std::string study_uid;
  std::string patient_id;
  std::string frame_of_reference_uid;
  std::string referenced_plan_uid;           ///< may be empty
  std::string referenced_structure_set_uid;  ///< may be empty
  std::vector<std::string> warnings;         ///< what was mended, one sentence each
};

/// Reads an RTDOSE: axial planes of 16 or 32 bits, relative or absolute GridFrameOffsetVector in either direction,
/// mirrored axes. Planes at uneven distances are interpolated to the finest one with a warning. At most 2²⁷ voxels.
/// @throws InputError naming file and tag.
[[nodiscard]] RtDose read_rtdose(const std::filesystem::path& path);

}  // namespace xingu
