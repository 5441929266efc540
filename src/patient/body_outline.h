// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "geometry/grid.h"
#include "patient/patient.h"

namespace xingu {

/// Where the patient is.
struct BodyOutline {
  Volume<std::uint8_t> mask;  ///< 1 inside, on the CT's grid
  std::string source;         ///< one sentence part: "the structure 'External'" or "the CT image above -400 HU …"
};

/// The structure that outlines the body: of type EXTERNAL, else named External, Body, Skin or the like; nullptr if
/// there is none with contours.
[[nodiscard]] const Structure* external_structure(const StructureSet& set);

/// The body's outline: of external_structure() (voxels at least half inside; a shell named Skin is filled), else found
/// in the image: voxels above −400 HU, opened in plane by 3 mm so that couch and mask come off, the largest connected
/// part (and others at least a third as large: a second leg), grown back, and holes of each axial slice filled, which
/// keeps lungs and airways inside.
/// @throws InputError if no structure is there and the image shows nothing above −400 HU.
/// Cost O(voxels).
[[nodiscard]] BodyOutline find_body(const Patient& patient);

/// find_body(patient).mask.
[[nodiscard]] Volume<std::uint8_t> body_mask(const Patient& patient);

/// Cubic voxels of `spacing_mm` over the box of the body: where dose is wanted. Cost O(voxels of the mask).
[[nodiscard]] Grid grid_over_body(const BodyOutline& body, double spacing_mm);

}  // namespace xingu
