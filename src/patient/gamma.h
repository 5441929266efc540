// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/grid.h"

namespace xingu {

enum class GammaNormalisation {
  global,  ///< the dose criterion is a part of one dose: GammaOptions::reference_gy
  local,   ///< a part of the reference dose at each point
};

struct GammaOptions {
  double dose_percent = 3.0;        ///< dose criterion, % of the normalisation dose
  double distance_mm = 2.0;         ///< distance criterion
  double threshold_percent = 10.0;  ///< points below this part of the normalisation dose are not evaluated
  GammaNormalisation normalisation = GammaNormalisation::global;
  double reference_gy = 0.0;  ///< normalisation dose; 0 takes the largest reference dose
  double largest = 2.0;       ///< the search ends here: larger values are reported as this one
};

struct GammaResult {
  std::size_t num_evaluated = 0;
  std::size_t num_outside = 0;     ///< points above the threshold that lie outside the evaluated grid: not compared
  std::size_t num_both_above = 0;  ///< evaluated points where the evaluated dose, too, reaches the threshold
  double pass_percent = 0.0;       ///< evaluated points with γ ≤ 1; NaN if none was evaluated
  double mean = 0.0;
  double max = 0.0;
  double normalisation_gy = 0.0;
  Volume<float> map;  ///< [nz, ny, nx] on the reference grid, −1 where not evaluated
};

/// γ index of Low et al. 1998 (Med Phys 25:656) in three dimensions, geometrically exact: for each point of the
/// reference the smallest distance, in the space of place and dose, to the evaluated dose as a continuous function.
/// That function is linear in the six tetrahedra of each cell between eight voxel centres, and the distance to each
/// tetrahedron is found in closed form (Ju et al. 2008, Med Phys 35:879), so no sampling step enters. Cells are visited
/// from near to far; a cell whose distance and dose range cannot improve on the best value so far is passed over.
///
/// A reference point is evaluated if its dose reaches the threshold and it lies within the evaluated grid. γ is not
/// symmetrical: swapping the doses changes it.
///
/// @param reference  [nz, ny, nx] Gy, frame P
/// @param evaluated  Gy, frame P, on any grid
/// @throws InputError for criteria that are not positive, or a reference without dose
/// Deterministic, in parallel. Cost O(points · cells within `largest` times the distance criterion).
[[nodiscard]] GammaResult compute_gamma(const Volume<float>& reference, const Volume<float>& evaluated,
                                        const GammaOptions& options = {});

}  // namespace xingu
