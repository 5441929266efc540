// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/ccc_transport.h"
#include "dose/dose_engine.h"

namespace xingu {

/// The patient and the released energy of one field on a grid along the beam.
struct BeamAlignedField {
  BeamAlignedGrid grid;
  Mat3 axes_P;                 ///< columns: u, v, w in frame P; w runs away from the source
  Vec3 isocentre_P;            ///< the grid's (0, 0, 0)
  std::vector<float> density;  ///< [nw, nv, nu] g/cm³
  std::vector<float> primary;  ///< [nw, nv, nu] MeV per voxel for unit fluence 1/cm², i.e. MeV cm²
  std::vector<float> scatter;
};

/// Voxel sides of a beam's grid. Across the beam a voxel blurs every field edge by about its own side, so that dose in
/// valleys between steep edges rises with it; along the beam dose changes slowly.
struct BeamSpacing {
  double across_mm = 2.5;
  double along_mm = 2.5;
};

/// Lays the grid over the part of the body that the field and its margin reach, samples the density and releases
/// energy. The lattice passes through the image's own voxel centres, so that an axis-aligned beam of equal spacing sees
/// the image unchanged. @throws InputError if the field is closed or misses the body.
[[nodiscard]] BeamAlignedField make_beam_aligned_field(const DensityImage& image, const SpectralTable& table,
                                                       const BeamGeometry& geometry, const FluenceMap& fluence,
                                                       const SourceBlur& blur, const BeamSpacing& spacing,
                                                       double margin_mm);

/// Largest tangent of a ray's angle to the axis anywhere in the grid.
[[nodiscard]] double largest_tilt(const BeamAlignedGrid& grid);

/// Dose of the voxels of `target`: energy and mass, each by trilinear weights of the eight beam-grid voxels around a
/// point, are summed over points of the voxel (as many as beam-grid voxels across the beam fit into it, at most 4³) and
/// divided: the mean dose of its mass in Gy cm², as Monte Carlo scores it; conserves energy at density steps. 0 where
/// there is less than 5·10⁻⁴ g/cm³.
[[nodiscard]] Volume<float> dose_on_grid(const BeamAlignedField& field, const std::vector<float>& deposited_MeV,
                                         const Grid& target);

}  // namespace xingu
