// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dose/influence_calculator.h"
#include "dose/influence_matrix.h"
#include "patient/density_image.h"
#include "plan/candidates.h"
#include "plan/plan_ground.h"
#include "plan/planner.h"
#include "plan/planner_ranks.h"

namespace xingu {

/// Beamlets of some candidates over the targets' projection and a margin around it.
/// @param margin_mm          at the isocentre
/// @param num_beyond_leaves  if given: how many beamlets lie beyond the leaves' field and were left out
[[nodiscard]] std::vector<InfluenceBeam> lay_beams(const std::vector<CandidateBeam>& candidates,
                                                   std::span<const std::size_t> which, const PlanGround& ground,
                                                   double margin_mm, std::size_t* num_beyond_leaves = nullptr);

/// A finished matrix, and the same in numbers.
struct ComputedMatrix {
  InfluenceMatrix matrix;
  InfluenceFacts facts;
};

/// Computes an influence matrix, tells what it will take before, and takes finished beams from the work folder.
/// @param notes  gets the note of a memory cap that was kept by coarser sampling
[[nodiscard]] ComputedMatrix compute_matrix(const MachinePhysics& machine, const DensityImage& image,
                                            const SamplePoints& samples, const std::vector<InfluenceBeam>& beams,
                                            MatrixQuality quality, const PlannerOptions& options,
                                            std::vector<std::string>& notes);

}  // namespace xingu
