// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "patient/structure.h"

namespace xingu {

/// Reads an RTSTRUCT. Closed planar contours in axial planes are kept as they are: holes, keyholes, contours between
/// slices, several structures of one name and empty structures included. Other contours and structures of another frame
/// of reference are passed over; each such thing appends a sentence to `warnings`.
///
/// @param frame_of_reference_uid  of the CT; empty accepts every frame
/// @throws InputError naming file and tag; at most 20 million points.
[[nodiscard]] StructureSet read_rtstruct(const std::filesystem::path& path, const std::string& frame_of_reference_uid,
                                         std::vector<std::string>& warnings);

}  // namespace xingu
