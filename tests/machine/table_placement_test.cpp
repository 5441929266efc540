// SPDX-License-Identifier: Apache-2.0
#include "machine/table_placement.h"

#include <gmock/gmock.h>

#include "machine_fixtures.h"

namespace xingu {
namespace {

using testing::HasSubstr;

TEST(TableHindrance, shipped_tables_stand_where_patients_lie) {
  for (const char* name : {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"}) {
    const TreatmentMachine machine = test::shipped_machine(name);
    for (const double below_mm : {100.0, 150.0, 200.0}) {
      EXPECT_EQ(table_hindrance(machine, Vec3(0, 0, -below_mm)), "") << name << " " << below_mm;
    }
  }
}

TEST(TableHindrance, names_the_slide_that_ends_before) {
  const TreatmentMachine machine = test::shipped_machine("sphere-linac");
  EXPECT_THAT(table_hindrance(machine, Vec3(0, 0, -360)),
              HasSubstr("couch_z would have to stand at -360 mm, and goes from -350 to 60"));
  EXPECT_THAT(table_hindrance(machine, Vec3(250, 0, -150)), HasSubstr("couch_x"));
}

TEST(TableHindrance, names_the_arm_s_axis_or_its_reach) {
  TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  EXPECT_EQ(table_hindrance(machine, Vec3(0, 4000, -150)), "it is out of the arm's reach");
  AxisLimits& limits = machine.mechanism.axes()[static_cast<std::size_t>(machine.table_axes[2])].limits;
  limits.upper = limits.lower + 0.01;
  EXPECT_THAT(table_hindrance(machine, Vec3(0, 0, -150)), HasSubstr("axis couch_a3 would have to stand at"));
}

}  // namespace
}  // namespace xingu
