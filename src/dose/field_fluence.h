// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dose/beam_model.h"
#include "dose/fluence.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// What leaves the collimator, at the isocentre plane of frame B, relative to the axis of a wide open field at the beam
/// model's source distance, times MU.
///
/// Both maps have one raster. The primary map has sharp edges: the focal spot's blur depends on depth and is the
/// engine's (BeamModel::focal_blur_sigma_mm). The extra-focal map carries its blur already, as it is at the isocentre
/// plane; over ±150 mm of depth its width changes by a third, of a part of a few per cent.
struct FieldFluence {
  FluenceMap primary;
  FluenceMap extra_focal;

  /// Sum of both, what the engines take.
  [[nodiscard]] FluenceMap total() const;
};

/// How a fluence raster is laid.
struct FluenceRaster {
  double pixel_mm = 1.0;
  double margin_mm = 25.0;  ///< transmitted and extra-focal fluence is kept this far around the opening
};

/// Fluence of all segments of a beam, weighted by their MU: Σ_s MU_s [(1 − f) A_s + f (A_s ∗ G)] profile(r), with
/// A = T + (1 − T) · (open part of the pixel), T the transmission of the leaves, f and G part and shape of the
/// extra-focal source. Open parts are exact areas. Leaves are those of the beam (its leaf boundaries), their tips moved
/// outwards by the model's tip offset. Beyond the outermost leaves, the beam's jaws (if it has any) and the margin
/// nothing passes. The model is taken to the beam's own source distance (BeamModel::at_distance), and the fluence falls
/// with its square (BeamModel::output_at).
///
/// @throws InputError if the beam has no leaves, a segment has another number of leaf pairs, tips cross, or nothing is
/// open Cost O(segments · leaves + pixels).
[[nodiscard]] FieldFluence field_fluence(const BeamModel& model, const PlannedBeam& beam,
                                         const FluenceRaster& raster = {});

/// The same as one map.
[[nodiscard]] FluenceMap fluence_of_segments(const BeamModel& model, const PlannedBeam& beam, double pixel_mm);

/// A rectangular opening, mm at the isocentre plane.
struct FieldRectangle {
  double x_low_mm = -50.0;
  double x_high_mm = 50.0;
  double y_low_mm = -50.0;
  double y_high_mm = 50.0;
};

/// One MU through a rectangular opening of ideal jaws: sharp edges, nothing passes outside but the extra-focal part.
/// @throws InputError if the rectangle is empty.
[[nodiscard]] FieldFluence field_fluence(const BeamModel& model, const FieldRectangle& opening,
                                         const FluenceRaster& raster = {});

/// Convolution with a Gaussian of `sigma_mm`, cut at four sigma and at the raster's edge (fluence beyond is 0); pixel
/// by pixel the kernel is the Gaussian's mass in the pixel, so means are exact. Cost O(pixels · sigma / pixel).
[[nodiscard]] FluenceMap gaussian_blur(const FluenceMap& map, double sigma_mm);

/// Opening of an arbitrary map (each pixel 0 to 1, or times MU) turned into fluence: profile, extra-focal part.
[[nodiscard]] FieldFluence field_fluence(const BeamModel& model, const FluenceMap& opening);

}  // namespace xingu
