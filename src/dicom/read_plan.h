// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dose/treatment_plan.h"

namespace xingu {

/// A photon plan as read from an RTPLAN.
struct RtPlan {
  TreatmentPlan plan;
  std::string sop_instance_uid;
  std::string study_uid;
  std::string patient_id;
  std::string frame_of_reference_uid;
  std::string referenced_structure_set_uid;
  std::string approval_status;        ///< APPROVED, UNAPPROVED, REJECTED or empty
  std::vector<std::string> warnings;  ///< what was mended or passed over, one sentence each
};

/// Reads an RTPLAN of external photon beams. Step-and-shoot control points become the segments they are; in a dynamic
/// beam each interval between control points becomes one segment with the leaves half-way and the MU of the interval,
/// so the fluence of a sliding window is kept to the leaf travel of one interval. Setup and imaging beams are passed
/// over with a warning.
/// @throws InputError naming file, beam and tag: arcs, electron and particle beams, wedges, blocks, and moving couches
/// are not read.
[[nodiscard]] RtPlan read_rtplan(const std::filesystem::path& path);

}  // namespace xingu
