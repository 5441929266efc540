// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "dose/beam_model.h"
#include "patient/density_image.h"

namespace xingu {

/// What a photon spectrum does in each material, ready for ray tracing. Immutable; safe to share.
struct SpectralTable {
  std::size_t num_bins = 0;
  std::vector<double> energy_fluence;    ///< [bins] MeV per photon: weight · energy, weights sum to 1
  std::vector<double> primary_fraction;  ///< [bins] share of a released MeV that first electrons carry
  std::vector<double> energy_MeV;        ///< [bins]
  LinearCurve softening;                 ///< exponent over the tangent of the angle off the axis; empty: none
  std::vector<double> mu;  ///< [materials, bins] cm²/g without coherent scattering; materials as in the image
};

/// Energy fluence of the bins off the axis: weight · (E/Ē)^(−softening), normalised to one photon, times energy.
/// @param tangent  of the angle between axis and ray, at the source
[[nodiscard]] std::vector<double> energy_fluence_at(const SpectralTable& table, double tangent);

/// Energy released per mass along one ray, in slabs of equal length, for unit photon fluence without distance.
struct RayTerma {
  std::vector<float> primary;  ///< [slabs] MeV cm²/g
  std::vector<float> scatter;  ///< [slabs] MeV cm²/g
};

/// Exact ray trace with spectral hardening: in each slab every bin b loses Ψ_b (1 − exp(−Σ_m μ_mb G_m)), G_m the slab's
/// g/cm² of material m, and the sum over bins divided by the slab's g/cm² is the TERMA per mass. Energy is conserved
/// along the ray. What lies between `source` and the first slab attenuates too.
///
/// @param source, direction  frame P, mm, unit
/// @param first_mm           distance from the source to the first slab
/// @param slab_mm            length of a slab along the ray
/// @param energy_fluence     [bins] of this ray; empty: the table's
/// Cost O(nx + ny + nz + slabs · bins · materials present).
void trace_terma(const DensityImage& image, const SpectralTable& table, const Vec3& source, const Vec3& direction,
                 double first_mm, double slab_mm, int num_slabs, RayTerma& out,
                 std::span<const double> energy_fluence = {});

/// The same for a narrow bundle of rays from one source: G_m is the mean over the rays, so that the bundle sees of each
/// voxel about the part that it crosses, not what one line happens to meet. Cost: the way through the CT for every ray,
/// the spectrum once. @param directions  frame P, unit, at least one
void trace_terma(const DensityImage& image, const SpectralTable& table, const Vec3& source,
                 std::span<const Vec3> directions, double first_mm, double slab_mm, int num_slabs, RayTerma& out,
                 std::span<const double> energy_fluence = {});

}  // namespace xingu
