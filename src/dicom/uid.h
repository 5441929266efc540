// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/uid.h"
#include "patient/patient.h"

namespace xingu {

/// The UIDs that written objects carry: those that the CT and the structures came with, and for what has none, ones
/// that follow from the content, so that files written apart still refer to each other and writing twice gives the same
/// bytes.
struct PatientUids {
  std::string study;
  std::string series;  ///< of the CT as it was read
  std::string frame_of_reference;
  std::string structure_set;           ///< SOPInstanceUID of the RTSTRUCT
  std::vector<CtImage::Slice> slices;  ///< the images that structures are drawn on, ascending z
};

/// Cost O(1) where the CT states its UIDs, else one pass over its voxels.
[[nodiscard]] PatientUids uids_of(const CtImage& ct);
[[nodiscard]] PatientUids uids_of(const Patient& patient);

/// Whether the slices are the planes of the grid, so that the written images are those that were read.
[[nodiscard]] bool has_original_planes(const CtImage& ct);

}  // namespace xingu
