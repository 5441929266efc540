// SPDX-License-Identifier: Apache-2.0
#include "machine/reach_solver.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/error.h"
#include "base/philox.h"
#include "machine_fixtures.h"
#include "machine_patient.h"

namespace xingu {
namespace {

class ReachSolverOf : public testing::TestWithParam<const char*> {};

TEST_P(ReachSolverOf, returns_what_aims_at_the_isocentre_from_the_direction_asked_and_is_safe) {
  const char* const name = GetParam();
  const TreatmentMachine machine = test::shipped_machine(name);
  const PatientOnTable patient = test::ellipse_patient(500);
  const ReachSolver solver(machine, patient, PatientPosition::hfs, test::ellipse_isocentre);
  LinkPoses poses;
  int num_reached = 0;
  for (const Vec3& direction : {Vec3(0, -1, 0), Vec3(0.6, -0.8, 0), Vec3(-0.8, -0.6, 0), Vec3(0.3, -0.8, 0.4)}) {
    const Vec3 source_P = direction.normalized();
    const DirectionReach reach = solver.reach(source_P);
    if (!reach.best) {
      EXPECT_FALSE(reach.reason.empty());
      continue;
    }
    ++num_reached;
    EXPECT_TRUE(machine.mechanism.is_within_limits(reach.best->axes));
    forward_kinematics(machine.mechanism, reach.best->axes, poses);
    EXPECT_TRUE(solver.world().clearance(poses).is_safe());
    const Eigen::Isometry3d X_FP = poses.X_F[static_cast<std::size_t>(machine.table_link)] * patient.X_TP.matrix();
    EXPECT_LT((X_FP * test::ellipse_isocentre).norm(), 1e-6) << name;
    const Vec3 source_F = poses.X_F[static_cast<std::size_t>(machine.beam_link)].translation();
    EXPECT_LT((source_F.normalized() - X_FP.linear() * source_P).norm(), 1e-9) << name;
    // The angles that a plan carries say the same.
    const BeamGeometry beam = beam_geometry(room_angles(reach.best->iec), PatientPosition::hfs, test::ellipse_isocentre,
                                            reach.best->iec.source_distance_mm);
    EXPECT_LT((beam.direction_P() + source_P).norm(), 1e-9) << name;
  }
  EXPECT_GE(num_reached, 3) << name;
}

INSTANTIATE_TEST_SUITE_P(Machines, ReachSolverOf, testing::Values("ring-arm-4pi", "sphere-linac", "radiosurgery-arm"),
                         [](const auto& machine) { return std::string(machine.param).substr(0, 4); });

TEST(ReachSolver, along_the_body_nothing_can_stand_and_the_reason_names_who_would_meet) {
  const PatientOnTable patient = test::ellipse_patient(500);
  const ReachSolver sphere(test::shipped_machine("sphere-linac"), patient, PatientPosition::hfs,
                           test::ellipse_isocentre);
  const DirectionReach reach = sphere.reach(Vec3(0, 0, 1));
  EXPECT_FALSE(reach.best.has_value());
  EXPECT_THAT(reach.reason, testing::HasSubstr("patient"));
}

TEST(ReachSolver, along_the_body_a_ring_has_no_way_and_says_why) {
  const PatientOnTable patient = test::ellipse_patient(500);
  const ReachSolver ring(test::shipped_machine("ring-arm-4pi"), patient, PatientPosition::hfs, test::ellipse_isocentre);
  EXPECT_THAT(ring.reach(Vec3(0, 0, 1)).reason,
              testing::AnyOf(testing::HasSubstr("limit"), testing::HasSubstr("patient")));
}

TEST(ReachSolver, alternatives_are_safe_differ_in_the_tables_turn_and_begin_with_the_best) {
  const PatientOnTable patient = test::ellipse_patient(500);
  const ReachSolver solver(test::shipped_machine("ring-arm-4pi"), patient, PatientPosition::hfs,
                           test::ellipse_isocentre);
  const Vec3 direction = Vec3(0.2, -0.9, 0.1).normalized();
  const std::vector<Placement> alternatives = solver.alternatives(direction, 4);
  ASSERT_GE(alternatives.size(), 2U);
  EXPECT_EQ(alternatives.front().axes, solver.reach(direction).best->axes);
  EXPECT_NE(alternatives[0].iec.couch_deg, alternatives[1].iec.couch_deg);
  LinkPoses poses;
  for (const Placement& placement : alternatives) {
    forward_kinematics(solver.machine().mechanism, placement.axes, poses);
    EXPECT_TRUE(solver.world().is_safe(poses));
  }
}

TEST(ReachSolver, gives_from_farther_away_what_it_cannot_give_from_near) {
  const PatientOnTable patient = test::ellipse_patient(500);
  TreatmentMachine machine = test::shipped_machine("radiosurgery-arm");
  const std::vector<double> distances = machine.source_distances_mm;
  ASSERT_GE(distances.size(), 2U);
  const ReachSolver all(machine, patient, PatientPosition::hfs, test::ellipse_isocentre);
  std::vector<ReachSolver> each;
  for (const double distance : distances) {
    machine.source_distances_mm = {distance};
    each.emplace_back(machine, patient, PatientPosition::hfs, test::ellipse_isocentre);
  }
  int num_farther = 0;
  for (std::uint64_t k = 0; k < 60; ++k) {
    const Vec3 source_P =
        Vec3(Philox(3, 0).uniform(k) - 0.5, Philox(3, 1).uniform(k) - 0.7, Philox(3, 2).uniform(k) - 0.5).normalized();
    const auto nearest =
        std::ranges::find_if(each, [&](const ReachSolver& one) { return one.reach(source_P).best.has_value(); });
    const DirectionReach reach = all.reach(source_P);
    ASSERT_EQ(reach.best.has_value(), nearest != each.end()) << reach.reason;
    if (reach.best) {
      EXPECT_NEAR(reach.best->iec.source_distance_mm, distances[static_cast<std::size_t>(nearest - each.begin())],
                  1e-6);
      num_farther += nearest != each.begin() ? 1 : 0;
    }
  }
  EXPECT_GT(num_farther, 0);
}

TEST(ReachSolver, names_the_axis_that_would_have_to_go_beyond_its_limit) {
  TreatmentMachine machine = test::shipped_machine("radiosurgery-arm");
  machine.source_distances_mm = {1000.0};
  const ReachSolver solver(machine, test::ellipse_patient(500), PatientPosition::hfs, test::ellipse_isocentre);
  int num_limited = 0;
  for (std::uint64_t k = 0; k < 200; ++k) {
    const Vec3 source_P =
        Vec3(Philox(4, 0).uniform(k) - 0.5, Philox(4, 1).uniform(k) - 0.5, Philox(4, 2).uniform(k) - 0.5).normalized();
    const DirectionReach reach = solver.reach(source_P);
    if (!reach.best && reach.kind.ends_with("at its limit")) {
      const auto named = std::ranges::find_if(machine.head_axes, [&](int axis) {
        return reach.kind ==
               fmt::format("axis {} at its limit", machine.mechanism.axes()[static_cast<std::size_t>(axis)].name);
      });
      EXPECT_NE(named, machine.head_axes.end()) << reach.kind;
      EXPECT_THAT(reach.reason, testing::HasSubstr("beyond its limit"));
      ++num_limited;
    }
  }
  EXPECT_GT(num_limited, 0);
}

TEST(ReachSolver, gives_a_plans_beam_from_its_own_source_distance) {
  const PatientOnTable patient = test::ellipse_patient(500);
  const TreatmentMachine machine = test::shipped_machine("radiosurgery-arm");
  const ReachSolver solver(machine, patient, PatientPosition::hfs, test::ellipse_isocentre);
  const double farthest = machine.source_distances_mm.back();
  const std::vector<Placement> ways = solver.alternatives(Vec3(0.1, -0.9, 0.2).normalized(), 8, farthest);
  ASSERT_FALSE(ways.empty());
  for (const Placement& way : ways) {
    EXPECT_NEAR(way.iec.source_distance_mm, farthest, 1e-6);
  }
}

TEST(ReachSolver, a_ring_comes_to_what_lies_in_its_overlap_from_either_side) {
  const PatientOnTable patient = test::ellipse_patient(500);
  const ReachSolver solver(test::shipped_machine("ring-arm-4pi"), patient, PatientPosition::hfs,
                           test::ellipse_isocentre);
  const auto ring = static_cast<std::size_t>(solver.machine().head_axes[0]);
  const std::vector<Placement> ways = solver.alternatives(Vec3(-0.02, 0.75, 0.66).normalized(), 64);
  ASSERT_FALSE(ways.empty());
  // Turns of the ring by the couch angle, in degrees.
  std::map<long, std::vector<double>> turns;
  for (const Placement& way : ways) {
    turns[std::lround(way.iec.couch_deg)].push_back(way.axes[ring] * 180.0 / std::numbers::pi);
  }
  const auto both = std::ranges::find_if(turns, [](const auto& t) { return t.second.size() == 2; });
  ASSERT_NE(both, turns.end());
  EXPECT_NEAR(std::abs(both->second[0] - both->second[1]), 360.0, 1e-9);
  EXPECT_GT(std::max(both->second[0], both->second[1]), 175.0);
}

TEST(ReachSolver, refuses_an_isocentre_outside_the_patient_and_one_out_of_reach) {
  const PatientOnTable patient = test::ellipse_patient(500);
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const auto refusal = [&](const PatientOnTable& on_table, const Vec3& isocentre_P) -> std::string {
    try {
      static_cast<void>(ReachSolver(machine, on_table, PatientPosition::hfs, isocentre_P));
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal(patient, Vec3(0, -400, 0)), testing::HasSubstr("outside the patient"));
  PatientOnTable far = patient;
  far.X_TP = Pose<frame::T, frame::P>(patient.X_TP.rotation(), patient.X_TP.translation() + Vec3(0, -3000, 0));
  EXPECT_THAT(refusal(far, test::ellipse_isocentre), testing::HasSubstr("out of the arm's reach"));
}

}  // namespace
}  // namespace xingu
