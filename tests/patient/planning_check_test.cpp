// SPDX-License-Identifier: Apache-2.0
#include "patient/planning_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace xingu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Structure square(double x_mm, double z_mm) {
  Structure structure;
  structure.name = "PTV";
  structure.contours.push_back({z_mm, {{x_mm, 0.0}, {x_mm + 10.0, 0.0}, {x_mm + 10.0, 10.0}, {x_mm, 10.0}}});
  return structure;
}

TEST(PlanningCheck, says_in_one_sentence_what_stands_against_a_plan) {
  const Grid ct = covering_grid(Vec3(-50, -50, -30), Vec3(50, 50, 30), 5.0);
  StructureSet set;
  EXPECT_THAT(planning_obstacles(ct, set, "folder"), ElementsAre(HasSubstr("folder: holds no structures")));
  set.structures.resize(2);
  EXPECT_THAT(planning_obstacles(ct, set, "folder"), ElementsAre(HasSubstr("all 2 structures are empty")));
  set.structures = {square(0.0, 200.0), square(300.0, 0.0)};  // above it, and beside it
  EXPECT_THAT(planning_obstacles(ct, set, "folder"), ElementsAre(HasSubstr("lies beside the CT")));
  set.structures.push_back(square(0.0, 10.0));
  EXPECT_THAT(planning_obstacles(ct, set, "folder"), IsEmpty());

  Patient patient;
  patient.ct.hu = Volume<float>(ct, 0.0F);
  EXPECT_THROW(require_plannable(patient, "folder"), InputError);
  patient.structure_set = set;
  EXPECT_NO_THROW(require_plannable(patient, "folder"));
}

}  // namespace
}  // namespace xingu
