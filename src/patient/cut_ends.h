// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geometry/grid.h"
#include "patient/structure.h"

namespace xingu {

/// An end of a serial organ's contours that lies inside the scan and beside a target.
struct CutEnd {
  std::size_t structure = 0;  ///< index in the set
  bool is_upper = false;      ///< towards the head
  double end_mm = 0.0;        ///< z of the last contour, frame P
  double target_mm = 0.0;     ///< z of the targets' end on the same side
  double scan_mm = 0.0;       ///< z of the scan's last slice on the same side
  double wanted_mm = 0.0;     ///< z to which it should be drawn: a margin beyond the targets, at most the scan's end
};

/// How far beyond the targets' last contour a serial organ should be drawn, mm along z.
inline constexpr double margin_beyond_targets_mm = 20.0;

/// Ends of cord, spinal canal, cauda equina and oesophagus (by TG-263 names, planning volumes too) at which the organ
/// goes on but its contours do not: less than margin_beyond_targets_mm beyond the targets, more than a slice before the
/// end of the scan, and without the organ that follows there (brainstem, brain, cauda equina; larynx, pharynx and their
/// parts, stomach) within 20 mm. Other organs are passed over: their last cross-section does not tell whether they are
/// complete (docs/methods/dicom.md). Order of the set, the lower end first. Cost O(points).
///
/// @param ct       grid of the CT, frame P
/// @param targets  indices of what is treated; those without contours are passed over
[[nodiscard]] std::vector<CutEnd> cut_ends(const Grid& ct, const StructureSet& set,
                                           std::span<const std::size_t> targets);

/// What is a target by type (PTV, CTV, GTV) or by its TG-263 name, with contours; indices in the set.
[[nodiscard]] std::vector<std::size_t> drawn_targets(const StructureSet& set);

/// One sentence for people: where the contours end, what follows, what to do.
/// @param goals  what the protocol asks of the structure, for example "D0.035cc[Gy], V10Gy[cc]"; may be empty
[[nodiscard]] std::string cut_end_words(const CutEnd& cut, std::string_view structure, std::string_view goals);

}  // namespace xingu
