// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/ranks.h"
#include "dose/influence_calculator.h"
#include "dose/machine_file.h"
#include "dose/machine_physics.h"
#include "dose/mc/plan_dose.h"
#include "dose/treatment_plan.h"
#include "patient/patient.h"
#include "plan/planner.h"

namespace xingu {

/// What a matrix is for: candidates are compared on a draft, fluence is optimised on a final one.
enum class MatrixQuality { draft, final };

/// How the planner computes, which all ranks must agree on.
[[nodiscard]] InfluenceCalculator::Config matrix_config(const MachinePhysics& machine, MatrixQuality quality,
                                                        const PlannerOptions& options);
[[nodiscard]] CccEngine::Config full_dose_config(const MachinePhysics& machine, const PlannerOptions& options);

/// The root plans, and tells the other ranks before each long computation what it is about to share out; nothing where
/// there are none. A matrix travels as its points and beams (12 bytes a point, 8 a beamlet), a plan as its segments.
void announce_matrix(Ranks& ranks, MatrixQuality quality, const SamplePoints& samples,
                     const std::vector<InfluenceBeam>& beams);
void announce_cones(Ranks& ranks, const TreatmentPlan& plan);
void announce_calibration(Ranks& ranks);
void announce_monte_carlo(Ranks& ranks, const TreatmentPlan& plan, const mc::Calibration& calibration,
                          std::uint64_t seed);

/// What every rank but the root does while it plans: computes its part of all that is announced, with the patient's
/// image and the machine as it has read them itself. Ends with RanksEnded, when the root ends the job.
/// @throws InputError for a patient or machine that it cannot compute with, Cancelled
[[noreturn]] void help_to_plan(const Patient& patient, const MachineDescription& machine,
                               const PlannerOptions& options);

}  // namespace xingu
