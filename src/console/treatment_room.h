// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dose/treatment_plan.h"
#include "machine/beam_path.h"
#include "patient/patient.h"

namespace xingu {

/// A plan's patient at the machine that gives the plan: what live clearance and the room that people see both stand on.
struct TreatmentRoom {
  std::shared_ptr<const PatientSkin> skin;
  /// Null of a machine without kinematics, and where the patient cannot be brought to the machine.
  std::shared_ptr<const ReachSolver> solver;
  /// Ways to give each beam, in the plan's order; without a placement where the machine cannot give it, and empty
  /// without a solver.
  std::vector<BeamStop> stops;
  std::vector<std::string> barred;  ///< by beam: why it has no placement; empty where it has
  std::optional<BeamPath> path;     ///< through all beams in their order, certified
  std::string hindrance;            ///< why there is no path, or no solver, although the machine has kinematics
};

/// @param machine_name  as load_treatment_machine takes it
/// @throws InputError if nothing of the patient is in the CT
/// Cost: some seconds, most of it the path.
[[nodiscard]] TreatmentRoom treatment_room(const std::string& machine_name, const TreatmentPlan& plan,
                                           const Patient& patient);

}  // namespace xingu
