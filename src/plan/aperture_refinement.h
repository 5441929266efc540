// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/beam_model.h"
#include "dose/influence_matrix.h"
#include "dose/treatment_plan.h"
#include "plan/objectives.h"

namespace xingu {

struct ApertureRefinementOptions {
  int max_iterations = 100;
  /// Stop when `window` iterations together lowered the objective by less than this part of it.
  double objective_tolerance = 2e-3;
  int window = 10;
  /// A leaf's edge counts as a ramp of this half width, so that the objective is smooth where a tip leaves a beamlet;
  /// the penumbra of a real edge is wider.
  double edge_mm = 1.0;
  double longest_step_mm = 2.0;  ///< of a leaf in one iteration
};

struct ApertureRefinement {
  double objective_before = 0.0;
  double objective_after = 0.0;  ///< never above the one before
  int iterations = 0;
};

/// Moves the leaves of all segments so that the objective of their dose falls, their MU as they are: direct aperture
/// optimisation by the gradient of dose with respect to leaf positions, from segments that are there (Hårdemark et al.
/// 2003, Cassioli & Unkelbach 2013). Accelerated projected gradient in the metric of a separable majorant; leaves keep
/// to the beamlets' raster and to their least gap. Positions come in hundredths of a millimetre, not tied to the
/// raster. Where that does not lower the objective of sharp edges the segments stay as they were.
///
/// @param matrix     of the beams, one each
/// @param model      its leaves, taken to each beam's source distance, have the least gap and transmission
/// @param fractions  segments hold MU per fraction, the objective speaks of the whole course
/// One iteration costs two products with the matrix, one with its transpose, and O(segments · beamlets · leaf pairs of
/// a beamlet). Same bits for any number of threads. Equations in docs/methods/leaf-sequencing.md.
ApertureRefinement refine_apertures(const InfluenceMatrix& matrix, const Objective& objective, const BeamModel& model,
                                    double fractions, std::vector<PlannedBeam>& beams,
                                    const ApertureRefinementOptions& options = {});

}  // namespace xingu
