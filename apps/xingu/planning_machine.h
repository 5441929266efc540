// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dose/treatment_plan.h"
#include "machine/reach_solver.h"
#include "machine/treatment_machine.h"
#include "patient/body_outline.h"
#include "plan/candidates.h"
#include "report/plan_report.h"

namespace xingu {

/// What `xingu plan` asks of a machine's axes and shapes: its candidates, the order of the beams, and the certified way
/// through them. One patient and isocentre at a time.
class PlanningMachine {
 public:
  explicit PlanningMachine(TreatmentMachine machine) : machine_(std::move(machine)) {}

  /// Kinematics and collisions for this patient and isocentre. A direction that the nearest source distance of the
  /// machine's list cannot give is tried from the next: near ones come first, since MU grow with the square of the
  /// distance and the penumbra with it.
  [[nodiscard]] MachineReach reach(const BodyOutline& body, PatientPosition position, const Vec3& isocentre_P);

  /// The order of beams that makes the certified path shortest. After reach(), for its patient and isocentre.
  /// @return indices into the plan's beams
  /// @throws InputError if there is no certified way through all of them
  [[nodiscard]] std::vector<std::size_t> order(const TreatmentPlan& plan) const;

  /// The way through the plan's beams in their order, with its time. After reach(), likewise.
  [[nodiscard]] ReportTreatment treatment(const TreatmentPlan& plan) const;

  /// Whether an arm carries the head, so that its plans are Robotic-Arm Radiation too.
  [[nodiscard]] bool has_head_arm() const { return machine_.head_arm.has_value(); }

 private:
  TreatmentMachine machine_;
  std::shared_ptr<const ReachSolver> solver_;
};

/// Nothing for a machine without [mechanics], whose table of angles decides instead.
[[nodiscard]] std::unique_ptr<PlanningMachine> planning_machine(const std::string& machine);

}  // namespace xingu
