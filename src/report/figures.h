// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/plan_report.h"
#include "report/structure_colours.h"

namespace xingu {

/// Dash patterns of the report's dose (first, solid) and of its comparisons, as SVG stroke-dasharray.
[[nodiscard]] std::string_view dash_of_dataset(std::size_t dataset);
inline constexpr std::size_t most_drawn_comparisons = 3;

/// A round step of 1, 2 or 5 times a power of ten that cuts [0, extent] into at most `most` parts; extent > 0.
[[nodiscard]] double round_step(double extent, int most);

/// Cumulative dose-volume histograms as SVG: % of volume over Gy, direct labels where there is room.
[[nodiscard]] std::string dvh_figure(const PlanReport& report, const StructureColours& colours);

/// A key for each curve, under the names of their labels.
[[nodiscard]] std::string curve_keys(const std::vector<ReportDvh>& curves, const StructureColours& colours);

/// The figure for the structures of ReportDose::others.
[[nodiscard]] std::string other_dvh_figure(const PlanReport& report, const StructureColours& colours);

/// Where beams come from, as the two halves of the sphere about the isocentre in Lambert's azimuthal equal-area
/// projection, seen from the patient's front and back.
[[nodiscard]] std::string beam_map_figure(const PlanReport& report);

/// Position on the half's disc of radius 1 of a beam that travels along `direction_P`, y upwards.
struct MapPoint {
  double x = 0.0;
  double y = 0.0;
  bool is_front = true;  ///< on the half seen from the patient's front
};
[[nodiscard]] MapPoint map_direction(const Vec3& direction_P);
/// The direction whose beam is shown at (x, y) of a half; beyond the rim it continues onto the other half (radius <
/// √2).
[[nodiscard]] Vec3 unmap_direction(const MapPoint& point);

/// Axial, sagittal and coronal CT slices with outlines and isodose lines, whole and about the target, with legends.
[[nodiscard]] std::string slice_figures(const PlanReport& report, const StructureColours& colours);

/// "M x y L …" of SVG for polylines already in user units.
struct IsoLine;
[[nodiscard]] std::string svg_path(const std::vector<IsoLine>& lines, int decimals);

}  // namespace xingu
