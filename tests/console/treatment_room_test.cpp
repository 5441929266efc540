// SPDX-License-Identifier: Apache-2.0
#include "console/treatment_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "console/machine_clearance.h"
#include "cube_patient.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* machine_name = "ring-arm-4pi";

WatchedPlan watched_in(const TreatmentRoom& room, const TreatmentPlan& plan) {
  const MachineDescription machine = load_machine(machine_name);
  return watched_plan(room, machine, plan, default_dynamics(machine.room));
}

TEST(TreatmentRoom, holds_the_way_through_all_beams_by_which_clearance_is_watched) {
  const TreatmentPlan plan = test::cube_plan();
  const TreatmentRoom room = treatment_room(machine_name, plan, test::cube_patient());
  EXPECT_THAT(room.hindrance, IsEmpty());
  ASSERT_TRUE(room.path);
  EXPECT_EQ(room.path->visits.size(), plan.beams.size());
  EXPECT_EQ(room.solver->patient().skin, room.skin) << "one skin for all";
  EXPECT_FALSE(watched_in(room, plan).clearance->pairs().empty());
}

TEST(TreatmentRoom, says_why_there_is_no_such_way) {
  TreatmentPlan plan = test::cube_plan();
  plan.beams.push_back(plan.beams.front());
  plan.beams.back().number = 2;
  plan.beams.back().isocentre_P += Vec3(0, 0, 10);
  const TreatmentRoom room = treatment_room(machine_name, plan, test::cube_patient());
  EXPECT_FALSE(room.path);
  EXPECT_THAT(room.hindrance, HasSubstr("beam 2 has an isocentre of its own"));
  ASSERT_EQ(room.stops.size(), 2U);
  EXPECT_FALSE(room.stops[0].placements.empty()) << "each beam by itself can be given";
  EXPECT_TRUE(watched_in(room, plan).clearance->pairs().empty()) << "the file's sectors know no parts";
}

TEST(TreatmentRoom, has_the_patient_alone_where_the_machine_has_no_kinematics) {
  const xingu::test::TemporaryFolder folder;
  const std::string file = (folder.path() / "plain.toml").string();
  std::ofstream(file) << "name = \"plain\"\n";
  const TreatmentRoom room = treatment_room(file, test::cube_plan(), test::cube_patient());
  EXPECT_EQ(room.solver, nullptr);
  EXPECT_THAT(room.hindrance, IsEmpty());
  EXPECT_FALSE(room.skin->surface().triangles.empty());
}

}  // namespace
}  // namespace xingu::console
