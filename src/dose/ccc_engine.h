// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "dose/attenuation.h"
#include "dose/ccc_transport.h"
#include "dose/dose_engine.h"
#include "dose/kernel_data.h"

namespace xingu {

/// The photon beam as convolution needs it: spectrum, kernels and cross sections joined. Immutable, shared by all
/// beams.
struct PhotonPhysics {
  std::vector<double> energy_MeV;
  std::vector<double> photon_fluence;    ///< [bins], sums to 1
  std::vector<double> primary_fraction;  ///< [bins]
  PolyKernel kernel;
  LinearCurve softening;  ///< exponent over the tangent of the angle off the axis; see BeamModel
  PhotonCrossSections cross_sections;
  MaterialTable materials;

  /// @param energy_MeV, fluence  [bins] the spectrum; any norm
  /// @throws InputError for an empty or negative spectrum or energies outside the data
  PhotonPhysics(std::vector<double> energy_MeV, std::vector<double> fluence, const PointKernels& kernels,
                PhotonCrossSections cross_sections, MaterialTable materials);

  /// For the materials of one image.
  [[nodiscard]] SpectralTable spectral_table(const std::vector<std::string>& material_names) const;
};

/// How much finer than its dose grid a patient's beam is computed across: with voxels of 1.25 mm, never coarser than
/// the dose grid. See docs/methods/ccc.md for what coarser ones cost.
/// @return  CccEngine::Config::refinement for a dose grid of that spacing
[[nodiscard]] double lateral_refinement(double grid_mm);

/// Collapsed-cone convolution/superposition (Ahnesjö 1989) on a grid along the beam's axis. See docs/methods/ccc.md.
class CccEngine final : public DoseEngine {
 public:
  struct Config {
    ConeQuality quality = ConeQuality::normal;
    double spacing_mm = 2.5;  ///< of the beam-aligned grid, along the beam
    double refinement = 1.0;  ///< voxels of that grid across the beam for one along it, at least 1
    double margin_mm = 80.0;  ///< of that grid around the field's edge
    SourceBlur blur;
  };

  CccEngine(std::shared_ptr<const PhotonPhysics> physics, const Config& config);

  [[nodiscard]] Volume<float> compute(const DensityImage& image, const BeamGeometry& geometry,
                                      const FluenceMap& fluence, const Grid& grid) const override;
  [[nodiscard]] std::string description() const override;

  /// What one field released and deposited, MeV cm² per unit fluence, for balances.
  struct Energy {
    double released = 0.0;
    double deposited = 0.0;
  };
  [[nodiscard]] Volume<float> compute(const DensityImage& image, const BeamGeometry& geometry,
                                      const FluenceMap& fluence, const Grid& grid, Energy& energy) const;

 private:
  std::shared_ptr<const PhotonPhysics> physics_;
  Config config_;
};

}  // namespace xingu
