// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "dose/poly_kernel.h"

namespace xingu {

/// A cylinder of cells around a ray: slabs along it, rings around it, eight sectors of azimuth. Ring edges grow with
/// the distance from the source, so that they mean the same in every slab when projected to the isocentre plane.
struct PencilMesh {
  static constexpr int num_sectors = 8;
  std::vector<float> ring_edges_mm;  ///< num_rings + 1, at the isocentre plane, from 0
  std::vector<float> magnification;  ///< [num_slabs] distance from the source / source-axis distance
  float slab_mm = 2.5F;

  [[nodiscard]] int num_rings() const { return static_cast<int>(ring_edges_mm.size()) - 1; }
  [[nodiscard]] int num_slabs() const { return static_cast<int>(magnification.size()); }
  [[nodiscard]] std::size_t num_cells() const {
    return static_cast<std::size_t>(num_slabs()) * static_cast<std::size_t>(num_rings()) * num_sectors;
  }
};

/// A polar ring of collapsed cones as pencils use it: one line per sector at a common polar angle.
struct PencilCone {
  float sin_polar;
  float cos_polar;
  std::array<float, PolyKernel::num_primary> primary;  ///< share per sector; Σ over cones, sectors and rates = 1
  std::array<float, PolyKernel::num_scatter> scatter;
};

/// Deposits the energy that slabs of the ray release on the axis: each cone carries it outwards through the cells.
/// The recursion is transport_cones()'s with the source on the axis only, eight azimuths at once.
///
/// @param density          [slabs, rings, sectors] g/cm³
/// @param primary,scatter  [slabs] energy released on the axis
/// @param deposit          [slabs, rings, sectors] is added to
/// Cost about slabs · cones · (slabs crossed + rings) vector steps.
void march_pencil(const PencilMesh& mesh, std::span<const PencilCone> cones, std::span<const float> density,
                  std::span<const float> primary, std::span<const float> scatter, std::span<float> deposit);

/// What the nodes of a raster see through the beamlet's square: for each slab
/// out[slab][node] = magnification² · Σ_cells dose[slab][cell] · square[cell][node] over the cells of the inner rings.
///
/// @param dose    [slabs, rings, sectors]
/// @param square  [inner cells, nodes] cm²
/// @param out     [slabs, nodes]
void average_pencils(const PencilMesh& mesh, int num_inner_rings, std::span<const float> dose,
                     std::span<const float> square, std::span<float> out);

}  // namespace xingu
