// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "dose/beam_model.h"
#include "dose/fluence.h"
#include "dose/influence_matrix.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// Whether the tip of one leaf may pass the opposite tip of a neighbouring pair.
enum class Interdigitation { allowed, forbidden };

struct SequencingOptions {
  int max_segments = 10;
  /// No segment more is used once ‖delivered − wanted‖ / ‖wanted‖ is below this.
  double tolerance = 0.03;
  Interdigitation interdigitation = Interdigitation::allowed;
  int fit_rounds = 25;  ///< of fitting leaves and MU in turn, at most
};

struct SequencedBeam {
  std::vector<Segment> segments;  ///< one leaf pair per pair of the collimator; MU in the unit of the wanted map
  FluenceMap delivered;           ///< on the wanted map's raster
  double relative_error = 0.0;    ///< ‖delivered − wanted‖₂ / ‖wanted‖₂ over the wanted map's raster
};

/// Finds step-and-shoot segments for a fluence map. Starts from exact decompositions of the map rounded to several
/// numbers of levels and from a greedy choice of apertures, then in turn fits each aperture's leaf positions (exact for
/// its weight and the other apertures) and all weights (non-negative least squares), and keeps the best; weights below
/// the machine's least MU are dropped and the rest fitted again. Transmission through closed leaves is part of the fit.
/// Equations and limits in docs/methods/leaf-sequencing.md.
///
/// @param wanted  MU per fraction (so that min_segment_mu applies), ≥ 0
/// @throws InputError if the map does not fit into the leaves' field or the collimator has no leaves
/// Deterministic. Milliseconds for a field of 100 cm².
[[nodiscard]] SequencedBeam sequence_fluence(const FluenceMap& wanted, const MultileafCollimator& mlc,
                                             const SequencingOptions& options = {});

/// Fluence that segments give: Σ MU (opening + transmission (1 − opening)), the opening averaged over each pixel of
/// `raster` exactly. Cost O(segments · pixels · leaf pairs in a pixel).
[[nodiscard]] FluenceMap fluence_of(std::span<const Segment> segments, const MultileafCollimator& mlc,
                                    const FluenceMap& raster);

/// The map of one beam of an influence matrix: pixel = beamlet, 0 where there is none.
/// @param x      [beamlets of the beam]
/// @param scale  factor on x, for example 1/fractions
[[nodiscard]] FluenceMap fluence_map(const InfluenceMatrix::Beam& beam, std::span<const float> x, double scale = 1.0);

}  // namespace xingu
