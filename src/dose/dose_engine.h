// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "dose/beam_geometry.h"
#include "dose/fluence.h"
#include "dose/spectral_terma.h"
#include "patient/density_image.h"

namespace xingu {

/// How a source looks from the isocentre, for the engines: its size blurs the edges of the fluence.
struct SourceBlur {
  double sigma_mm = 0.0;                  ///< standard deviation of the focal spot; 0 for an ideal point
  double collimator_distance_mm = 400.0;  ///< source to the edge that casts the penumbra

  /// Standard deviation of the penumbra, scaled to the isocentre plane, of a plane at `distance_mm` from the source.
  [[nodiscard]] double at_isocentre_plane(double distance_mm, double sad_mm) const {
    const double blur = sigma_mm * (distance_mm - collimator_distance_mm) / collimator_distance_mm;
    return blur > 0 ? blur * sad_mm / distance_mm : 0.0;
  }
};

/// Computes the dose of one field. Implementations are immutable and safe to call concurrently.
class DoseEngine {
 public:
  virtual ~DoseEngine() = default;

  /// Dose per unit photon fluence (1/cm², in air, at the isocentre, where the map says 1), Gy cm².
  ///
  /// @param image    density and material, frame P
  /// @param fluence  photon fluence at the isocentre plane, frame B, relative to the unit; divergence (SAD/distance)²
  /// is
  ///                 the engine's, a profile over the field is the map's
  /// @param grid     where dose is wanted, frame P
  /// @return         [nz, ny, nx] Gy cm²; 0 outside the body
  /// @throws InputError if the field misses the body
  [[nodiscard]] virtual Volume<float> compute(const DensityImage& image, const BeamGeometry& geometry,
                                              const FluenceMap& fluence, const Grid& grid) const = 0;

  /// "ccc, normal (80 cones), 2.5 mm", for reports.
  [[nodiscard]] virtual std::string description() const = 0;
};

constexpr double gray_per_MeV_per_g = 1.602176634e-10;

}  // namespace xingu
