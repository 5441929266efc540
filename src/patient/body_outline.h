// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "geometry/grid.h"
#include "patient/patient.h"

namespace xingu {

/// Where the patient is.
struct BodyOutline {
  Volume<std::uint8_t> mask;  ///< 1 inside, on the CT's grid
  std::string source;         ///< one sentence part: "the structure 'External'" or "the CT image above -400 HU …"
  /// How far the patient goes on along z beyond the first and the last slice of the mask, mm: as far as the CT shows
  /// tissue within that slice's outline, without end where it does so to its own last slice, or where the mask reaches
  /// that.
  std::array<double, 2> beyond_mm{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
};

/// Slices in which the mask touches the image's edge, so that something of the patient may lie beyond: at low x, high
/// x, low y, high y (in frame P: the patient's right, left, front and back). Cost O(pixels of the edges).
[[nodiscard]] std::array<std::vector<int>, 4> cut_slices(const Volume<std::uint8_t>& mask);

/// One sentence for each side at which the image cuts the body off; none where it does not.
[[nodiscard]] std::vector<std::string> cut_remarks(const Volume<std::uint8_t>& mask);

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

/// The body as a structure of type EXTERNAL named External: contours around the voxels of the mask, half-way to those
/// outside, slice by slice. Frame of the mask's grid (P), mm. Cost O(voxels).
[[nodiscard]] Structure outline_structure(const Volume<std::uint8_t>& mask);

/// Cubic voxels of `spacing_mm` over the box of the body: where dose is wanted. Cost O(voxels of the mask).
[[nodiscard]] Grid grid_over_body(const BodyOutline& body, double spacing_mm);

}  // namespace xingu
