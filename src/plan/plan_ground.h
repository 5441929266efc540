// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

#include "dose/machine_file.h"
#include "dose/machine_physics.h"
#include "patient/patient.h"
#include "plan/plan_problem.h"
#include "plan/planner.h"
#include "plan/protocol.h"

namespace xingu {

/// What every step of one plan stands on. It refers to what the planner holds.
struct PlanGround {
  const Patient& patient;
  const Protocol& protocol;
  const MachineDescription& machine_file;
  const MachinePhysics& machine;
  const PlanProblem& problem;            ///< the samples that fluence is optimised on
  std::vector<Eigen::Vector3f> targets;  ///< those inside a target, mm, frame P
  const PlannerOptions& options;
};

}  // namespace xingu
