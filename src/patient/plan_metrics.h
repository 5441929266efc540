// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "geometry/grid.h"
#include "patient/structure.h"

namespace xingu {

/// How well a dose fits a target, in the field's usual numbers. TV: volume of the target; PIV: volume of all tissue
/// that receives at least the prescription; PIV50: at least half of it; TV_PIV: the target's part of PIV. NaN where a
/// volume that is divided by is zero. Volumes in cm³.
struct PlanMetrics {
  double target_cc = 0.0;                ///< TV
  double prescription_isodose_cc = 0.0;  ///< PIV
  double half_isodose_cc = 0.0;          ///< PIV50
  double covered_target_cc = 0.0;        ///< TV_PIV
  double coverage = 0.0;                 ///< TV_PIV / TV
  double paddick_index = 0.0;            ///< TV_PIV² / (TV · PIV), 1 is best (Paddick 2000)
  double gradient_index = 0.0;           ///< PIV50 / PIV (Paddick and Lippitz 2006)
  double r50 = 0.0;                      ///< PIV50 / TV (RTOG 0915)
  double conformity_ratio = 0.0;         ///< PIV / TV (RTOG)
  double homogeneity_index = 0.0;        ///< (D2% − D98%) / D50% of the target, 0 is best (ICRU 83)
  double d2cm_gy = 0.0;                  ///< largest dose at 2 cm or more from the target, in the body (RTOG 0915)
};

/// @param dose             [nz, ny, nx] Gy, frame P; isodose volumes are those within this grid
/// @param body             outline, or nullptr: then the whole grid counts as the body
/// @throws InputError if the prescription is not positive or the target is empty. Cost O(dose voxels).
[[nodiscard]] PlanMetrics compute_plan_metrics(const Volume<float>& dose, const Structure& target,
                                               double prescription_gy, const Structure* body = nullptr);

/// Volume of the points of a grid at which the trilinearly interpolated dose is at least `level`, mm³; cells between
/// voxel centres that the level crosses are sampled 6 × 6 × 6. `mask`, if not empty, holds 1 for voxels that count.
[[nodiscard]] double isodose_volume_mm3(const Volume<float>& dose, double level, const Volume<std::uint8_t>& mask = {});

/// Distance of each voxel centre of a grid from the surface of the nearest of some structures, mm: right outside them
/// up to `reach_mm`, at least `reach_mm` or infinite farther away, and at most 0 inside. By the nearest of voxels of 1
/// mm (larger for structures so large that there would be more than four million), half a voxel taken off.
[[nodiscard]] Volume<float> distance_outside(std::span<const Structure* const> structures, const Grid& grid,
                                             double reach_mm);

/// Largest dose of the voxels at least `least_mm` away; NaN if there is none.
/// @param distance  distance_outside with a reach of `least_mm` or more, on the dose's grid
/// @param body      1 for voxels that count, on the dose's grid; empty: all
[[nodiscard]] double largest_dose_beyond(const Volume<float>& dose, const Volume<float>& distance, double least_mm,
                                         const Volume<std::uint8_t>& body);

}  // namespace xingu
