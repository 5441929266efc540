// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "dose/ccc_engine.h"
#include "dose/influence_matrix.h"
#include "dose/pencil_march.h"

namespace xingu {

/// Collapsed-cone dose of single beamlets at sample points.
///
/// Around the beamlet's central ray lies a cylindrical mesh (slabs, rings, eight sectors) that follows the patient's
/// density. The ray releases TERMA on its axis, cones carry it through the mesh, and the pencil's dose is averaged over
/// the beamlet's square, blurred by the focal spot, as if the medium did not change across the few millimetres of a
/// beamlet. What that neglects is measured by the full recomputation of every plan. See
/// docs/methods/influence-matrix.md.
class BeamletDose {
 public:
  struct Config {
    ConeQuality quality = ConeQuality::normal;
    double beamlet_mm = 5.0;
    double slab_mm = 2.5;     ///< along the ray
    double radius_mm = 80.0;  ///< of the mesh, at the isocentre plane
    /// Beyond this distance from the beamlet's ray only one sample in `sparse_one_in` is looked at, from a random
    /// start, and counted that many times: far scatter is smooth, and sums of dose stay unbiased. A power of two.
    double sparse_beyond_mm = 40.0;
    std::uint32_t sparse_one_in = 4;
    SourceBlur blur;
  };

  BeamletDose(std::shared_ptr<const PhotonPhysics> physics, const Config& config);

  /// One beam over all sample points: prepares what its beamlets share.
  class Beam {
   public:
    Beam(const BeamletDose& parent, const DensityImage& image, const SpectralTable& table, const SamplePoints& samples,
         const BeamGeometry& geometry);

    /// Dose of one beamlet at the samples it reaches, Gy cm² per unit fluence; ascending rows, values > 0. The returned
    /// span lives until the next call. Not for concurrent use: give each thread its own Beam.
    /// @param stream  names the random draws of far samples: another number for each beamlet
    std::span<const MatrixEntry> compute(const Beamlet& beamlet, std::uint64_t stream);

   private:
    struct Axis;
    void lay_mesh(const Axis& axis);
    [[nodiscard]] float dose_at(const Axis& axis, const Vec3& point) const;

    const BeamletDose& parent_;
    const DensityImage& image_;
    const SpectralTable& table_;
    const SamplePoints& samples_;
    BeamGeometry geometry_;
    // Samples sorted into square bins of the isocentre plane.
    double bin_mm_;
    int bins_x_ = 0, bins_y_ = 0;
    double bin_x0_ = 0.0, bin_y0_ = 0.0;
    std::vector<std::uint32_t> bin_start_;
    std::vector<std::uint32_t> bin_rows_;
    double nearest_mm_ = 0.0, farthest_mm_ = 0.0;  // of the samples from the source
    // Work space of one beamlet.
    PencilMesh mesh_;
    double first_mm_ = 0.0;
    RayTerma terma_;
    std::vector<float> density_, deposit_, primary_, scatter_;
    std::vector<float> inner_;  // [slab, node, node]
    std::vector<MatrixEntry> entries_;
  };

  [[nodiscard]] const Config& config() const { return config_; }

 private:
  friend class Beam;
  std::shared_ptr<const PhotonPhysics> physics_;
  Config config_;
  std::vector<PencilCone> cones_;
  std::vector<float> ring_edges_mm_;
  std::vector<float> ring_middles_mm_;
  std::vector<float> ring_squares_mm2_;  // 1 over the ring's mean of 1/r²
  // Averages over the square: nodes of a Cartesian raster near the axis.
  int num_nodes_ = 0;         // per side
  double node_pitch_mm_ = 0;  // at the isocentre plane
  int inner_rings_ = 0;
  std::vector<float> square_;  // [cell = ring, sector][node, node]: cm² of the square that a node sees in a cell
};

}  // namespace xingu
