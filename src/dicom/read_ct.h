// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dicom/dicom_folder.h"
#include "patient/ct_image.h"

namespace xingu {

/// Reads the images of one series and stacks them into a regular axis-aligned grid in frame P, whatever the patient's
/// position (axial images with swapped or mirrored rows and columns are turned, values unchanged). What is mended and
/// what is refused: docs/methods/dicom.md. Every sentence about something mended is appended to `warnings`.
/// @throws InputError naming file and tag. Memory: 4 bytes a voxel and a few slices; at most 2²⁸ voxels.
[[nodiscard]] CtImage read_ct_series(const CtSeries& series, std::vector<std::string>& warnings);

}  // namespace xingu
