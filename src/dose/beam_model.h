// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dose/spectrum.h"

namespace xingu {

/// A piecewise linear function of one variable; constant beyond its ends.
struct LinearCurve {
  std::vector<double> x;  ///< ascending
  std::vector<double> y;
  [[nodiscard]] double at(double value) const;
};

/// A multileaf collimator as planning sees it: everything projected to the isocentre plane, frame B, mm.
struct MultileafCollimator {
  std::vector<double> boundaries_mm;  ///< num_pairs + 1, ascending, along Y; empty: no leaves, fields are cut sharp
  double max_position_mm = 120.0;     ///< a leaf tip moves within [−max, max] along X
  double max_span_mm = 240.0;         ///< largest distance between two tips of one bank (carriage travel)
  double min_gap_mm = 0.0;            ///< between opposite tips of one pair
  double transmission = 0.0;   ///< part of the fluence that passes a closed leaf, mean over leaf and gap between leaves
  double tip_offset_mm = 0.0;  ///< the radiation edge lies this far behind the tip's nominal position (round ends)
  double min_segment_mu = 1.0;  ///< per fraction

  [[nodiscard]] std::size_t num_pairs() const { return boundaries_mm.empty() ? 0 : boundaries_mm.size() - 1; }
};

/// Photons that do not come from the focal spot but were scattered in the head: a broad Gaussian source some way down.
struct ExtraFocalSource {
  double fraction = 0.0;     ///< of the fluence on the axis of a wide field
  double sigma_mm = 0.0;     ///< of its Gaussian profile, in its own plane
  double distance_mm = 0.0;  ///< from the focal spot towards the isocentre
};

/// The condition at which one MU is defined: water, square field, axis.
struct OutputReference {
  double dose_Gy_per_mu = 0.01;
  double ssd_mm = 785.0;
  double depth_mm = 15.0;
  double field_mm = 100.0;  ///< side at the isocentre plane
};

/// A photon beam before the patient. Fluence at a point of the isocentre plane, per MU:
///
///     Φ(x, y) = A(x, y) · profile(r) , r² = x² + y²
///
/// A the opening (0 to 1), blurred by the focal spot as seen from beyond the collimator, plus the extra-focal part. Off
/// the axis the spectrum softens: bin i carries weight_i · (E_i/Ē)^(−softening(r)) before normalisation. Distances are
/// at the isocentre plane. Plain data.
struct BeamModel {
  std::string name;
  Spectrum spectrum;                   ///< on the axis
  double nominal_energy_MV = 6.0;      ///< what plans state; the spectrum decides the dose
  bool has_flattening_filter = false;  ///< what plans state; spectrum and profile decide the dose
  double sad_mm = 800.0;
  double focal_sigma_x_mm = 0.0;  ///< Gaussian sigma of the focal spot along X and Y of frame B
  double focal_sigma_y_mm = 0.0;
  double collimator_distance_mm = 0.0;  ///< from the source to the end of the leaves; 0: edges are sharp at any depth
  LinearCurve profile;                  ///< photon fluence relative to the axis over radius in mm
  LinearCurve softening;                ///< exponent over radius in mm
  ExtraFocalSource extra_focal;
  MultileafCollimator mlc;
  OutputReference reference;

  /// Sigma of the edges' Gaussian blur by the focal spot, in mm at distance `d` from the source (isotropic mean of the
  /// two axes): σ_spot (d − d_c)/d_c, 0 for an ideal source. Similar triangles through the leaf end.
  [[nodiscard]] double focal_blur_sigma_mm(double distance_mm) const;
  /// The same for the extra-focal source, which lies nearer to the leaves.
  [[nodiscard]] double extra_focal_blur_sigma_mm(double distance_mm) const;
  /// Spectrum at radius r at the isocentre plane, weights normalised to 1.
  [[nodiscard]] Spectrum spectrum_at(double radius_mm) const;

  /// The same head with its source at another distance from the isocentre, as an arm can carry it. What the head does
  /// keeps its angles, so lengths at the isocentre plane (profile, softening, leaves) grow with the distance; what lies
  /// within the head (focal spot, leaf end, extra-focal source) and the reference condition of one MU stay.
  /// @throws InputError if the distance does not reach beyond the leaves
  [[nodiscard]] BeamModel at_distance(double source_distance_mm) const;
  /// Fluence on the axis at the isocentre plane per MU, relative to that at sad_mm: (sad_mm/distance)², for a head
  /// sends the same photons into the same solid angle wherever it stands.
  [[nodiscard]] double output_at(double source_distance_mm) const;
};

/// An isotropic point source with sharp edges and no leaves: what references are computed with. Its photons per solid
/// angle are even, so its fluence at the isocentre plane falls off the axis by the inverse square, 1/(1 + r²/SAD²).
[[nodiscard]] BeamModel ideal_point_source(Spectrum spectrum, double sad_mm);

}  // namespace xingu
