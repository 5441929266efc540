// SPDX-License-Identifier: Apache-2.0
#include "console/treatment_room.h"

#include <fmt/format.h>

#include "base/error.h"
#include "patient/body_outline.h"

namespace xingu {
namespace {

constexpr double same_place_mm = 0.1;

/// Ways to give each beam, and the way through them.
void find_ways(const TreatmentPlan& plan, TreatmentRoom& room) {
  for (const PlannedBeam& beam : plan.beams) {
    std::string why;
    try {
      room.stops.push_back(stop_of(beam, plan.position, *room.solver));
    } catch (const InputError& failure) {
      why = failure.what();
      room.stops.push_back({beam.name, {}});
    }
    room.barred.push_back(why);
  }
  const Vec3 isocentre_P = plan.beams.front().isocentre_P;
  for (std::size_t b = 0; b < plan.beams.size(); ++b) {
    const PlannedBeam& beam = plan.beams[b];
    XINGU_REQUIRE((beam.isocentre_P - isocentre_P).norm() < same_place_mm, "beam {} has an isocentre of its own",
                  beam.number);
    XINGU_REQUIRE(room.barred[b].empty(), "{}", room.barred[b]);
  }
  room.path = path_in_order(*room.solver, room.stops);
}

}  // namespace

TreatmentRoom treatment_room(const std::string& machine_name, const TreatmentPlan& plan, const Patient& patient) {
  TreatmentRoom room;
  std::optional<TreatmentMachine> machine;
  try {
    if (has_mechanics(machine_name) && !plan.beams.empty()) {
      machine = load_treatment_machine(machine_name);
    }
  } catch (const InputError& failure) {
    room.hindrance = failure.what();
  }
  room.skin = skin_of(find_body(patient), machine ? machine->unseen : UnseenPatient());
  if (!machine) {
    return room;
  }
  const Vec3 isocentre_P = plan.beams.front().isocentre_P;
  try {
    const PatientOnTable on_table{room.skin, patient_on_table(*room.skin, plan.position, isocentre_P)};
    room.solver = std::make_shared<const ReachSolver>(*machine, on_table, plan.position, isocentre_P);
    find_ways(plan, room);
  } catch (const InputError& failure) {
    room.hindrance = failure.what();
  }
  return room;
}

}  // namespace xingu
