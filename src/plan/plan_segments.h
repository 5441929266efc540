// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dose/influence_matrix.h"
#include "plan/objectives.h"
#include "plan/plan_ground.h"
#include "plan/planner.h"

namespace xingu {

/// Segments of all chosen beams from the ideal fluence.
/// @param matrix  of the chosen beams
void sequence_plan(PlanOutcome& outcome, const PlanGround& ground, const InfluenceMatrix& matrix);

/// MU of all segments optimised as a whole, from those they have; segments below the machine's least MU are dropped.
/// @param price  of one MU, Gy²
/// @return the dose of the segments at the samples as the matrix has it, Gy
/// @throws InputError if no segment is left
std::vector<float> optimise_segment_mu(PlanOutcome& outcome, const MultileafCollimator& mlc,
                                       const InfluenceMatrix& matrix, Objective& objective, double price);

/// MU and leaf positions of all segments optimised in turn. @return as optimise_segment_mu
std::vector<float> optimise_segments(PlanOutcome& outcome, const BeamModel& head, const InfluenceMatrix& matrix,
                                     Objective& objective, double price);

/// Leaves out beams without a segment, numbers the others anew, and says so.
void drop_empty_beams(PlanOutcome& outcome);

}  // namespace xingu
