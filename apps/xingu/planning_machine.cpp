// SPDX-License-Identifier: Apache-2.0
#include "planning_machine.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "machine/beam_path.h"

namespace xingu {
namespace {

constexpr std::size_t most_ways = 64;  // to give one beam that are looked at

/// Where the machine comes nearest to something over a whole path.
struct TightestPlace {
  Clearance clearance;
  std::string where;
};

TightestPlace tightest_place(const ReachSolver& solver, const BeamPath& path, const std::vector<BeamStop>& stops) {
  TightestPlace tightest;
  const auto look_at = [&](const std::vector<PathLeg>& legs, const std::string& where) {
    for (const PathLeg& leg : legs) {
      const Clearance here = least_clearance(solver.world(), solver.machine().mechanism, leg);
      if (here.margin_mm < tightest.clearance.margin_mm) {
        tightest = {here, where};
      }
    }
  };
  for (const BeamPath::Visit& visit : path.visits) {
    look_at(visit.legs, fmt::format("at or on the way to {}", stops[visit.beam].name));
  }
  look_at(path.home, "on the way home");
  return tightest;
}

/// True if a beam can still be given at its angles once they are rounded to what a plan carries.
bool can_be_set(const ReachSolver& solver, const IecSettings& iec, PatientPosition position, const Vec3& isocentre_P) {
  PlannedBeam beam;
  beam.angles = settable_angles(room_angles(iec));
  beam.isocentre_P = isocentre_P;
  beam.sad_mm = iec.source_distance_mm;
  const Vec3 source_P = -beam_geometry(beam.angles, position, isocentre_P, beam.sad_mm).direction_P();
  return std::ranges::any_of(solver.alternatives(source_P, most_ways, beam.sad_mm), [&](const Placement& placement) {
    return departure_from_plan(beam, placement.iec).empty();
  });
}

}  // namespace

MachineReach PlanningMachine::reach(const BodyOutline& body, PatientPosition position, const Vec3& isocentre_P) {
  const auto skin = skin_of(body, machine_.unseen);
  const PatientOnTable patient{skin, patient_on_table(*skin, position, isocentre_P)};
  solver_ = std::make_shared<const ReachSolver>(machine_, patient, position, isocentre_P);
  return [solver = solver_, position, isocentre_P](const Vec3& direction_P) -> tl::expected<ReachedBeam, std::string> {
    const DirectionReach reach = solver->reach(-direction_P);
    if (!reach.best) {
      return tl::unexpected(reach.kind);
    }
    const IecSettings& iec = reach.best->iec;
    if (!can_be_set(*solver, iec, position, isocentre_P)) {
      return tl::unexpected(std::string("a hundredth of a degree from a collision"));
    }
    return ReachedBeam{room_angles(iec), iec.table_position_mm, iec.source_distance_mm};
  };
}

std::vector<std::size_t> PlanningMachine::order(const TreatmentPlan& plan) const {
  XINGU_EXPECT(solver_ != nullptr);
  std::vector<std::size_t> result;
  for (const BeamPath::Visit& visit : plan_path(*solver_, stops_of(plan, *solver_)).visits) {
    result.push_back(visit.beam);
  }
  return result;
}

ReportTreatment PlanningMachine::treatment(const TreatmentPlan& plan) const {
  XINGU_EXPECT(solver_ != nullptr);
  ReportTreatment treatment;
  const std::vector<BeamStop> stops = stops_of(plan, *solver_);
  const BeamPath path = path_in_order(*solver_, stops);
  std::vector<BeamWork> work;
  for (const PlannedBeam& beam : plan.beams) {
    work.push_back(work_of(beam, machine_.description.beam.sad_mm));
  }
  for (std::size_t k = 0; k < path.visits.size(); ++k) {
    const BeamPath::Visit& visit = path.visits[k];
    treatment.beam_motion_s.push_back(visit.duration_s());
    if (const std::string departure =
            departure_from_plan(plan.beams[visit.beam], stops[visit.beam].placements[visit.placement].iec);
        !departure.empty()) {
      treatment.departures.push_back(fmt::format("{}: {}", stops[visit.beam].name, departure));
    }
  }
  const TreatmentTime time = predict_time(machine_, path, work);
  treatment.motion_s = time.motion_s;
  treatment.beam_on_s = time.beam_on_s;
  treatment.leaves_s = time.leaves_s;
  treatment.setup_s = time.setup_s;
  treatment.imaging_s = time.imaging_s;
  const TightestPlace tightest = tightest_place(*solver_, path, stops);
  treatment.least_clearance_mm = tightest.clearance.distance_mm;
  treatment.buffer_mm = tightest.clearance.buffer_mm;
  treatment.nearest = {tightest.clearance.first, tightest.clearance.second};
  treatment.nearest_where = tightest.where;
  return treatment;
}

std::unique_ptr<PlanningMachine> planning_machine(const std::string& machine) {
  return has_mechanics(machine) ? std::make_unique<PlanningMachine>(load_treatment_machine(machine)) : nullptr;
}

}  // namespace xingu
