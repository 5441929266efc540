// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dose/treatment_plan.h"
#include "plan/candidates.h"
#include "plan/plan_ground.h"
#include "plan/planner.h"
#include "plan/step_clock.h"

namespace xingu {

/// Finds the directions that the machine can give, chooses the plan's beams among them (or lays the coplanar ones) and
/// puts them into the order of delivery.
/// @param outcome  has its density and isocentre; gets candidates, chosen and what tells how they were chosen
/// @throws InputError if there are fewer candidates than beams, Cancelled
void choose_beams(PlanOutcome& outcome, const PlanGround& ground, StepClock& timed);

/// A beam of the plan before it has segments.
/// @param number  from 1 on
[[nodiscard]] PlannedBeam empty_beam(const CandidateBeam& candidate, int number, const MachineDescription& machine,
                                     const Vec3& isocentre);

}  // namespace xingu
