// SPDX-License-Identifier: Apache-2.0
#include "machine/beam_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "machine_fixtures.h"
#include "machine_patient.h"

namespace xingu {
namespace {

std::vector<BeamStop> stops_around(const ReachSolver& solver, int count) {
  std::vector<BeamStop> stops;
  for (int k = 0; k < count; ++k) {
    const double angle = 2.4 * k;
    const Vec3 direction = Vec3(std::sin(angle), -std::cos(angle), 0.35 * std::sin(3.0 * angle)).normalized();
    BeamStop stop{fmt::format("B{}", k), solver.alternatives(direction, 2)};
    if (!stop.placements.empty()) {
      stops.push_back(std::move(stop));
    }
  }
  return stops;
}

class BeamPathOf : public testing::TestWithParam<const char*> {};

TEST_P(BeamPathOf, visits_every_beam_once_by_moves_that_join_and_are_certified) {
  const char* const name = GetParam();
  const TreatmentMachine machine = test::shipped_machine(name);
  const ReachSolver solver(machine, test::ellipse_patient(500), PatientPosition::hfs, test::ellipse_isocentre);
  const std::vector<BeamStop> stops = stops_around(solver, 7);
  ASSERT_GE(stops.size(), 4U) << name;
  const MoveCheck check(solver.world());
  std::vector<double> at;
  double sum = 0.0;
  const auto follow = [&](const std::vector<PathLeg>& legs) {
    for (const PathLeg& leg : legs) {
      EXPECT_EQ(leg.from, at);
      EXPECT_TRUE(check.check(leg.from, leg.to).is_certified || check.check(leg.to, leg.from).is_certified) << name;
      EXPECT_NEAR(leg.duration_s, move_duration_s(machine.mechanism.axes(), leg.from, leg.to), 1e-12);
      sum += leg.duration_s;
      at = leg.to;
    }
  };
  const BeamPath shortest = plan_path(solver, stops);
  const BeamPath in_order = path_in_order(solver, stops);
  for (const BeamPath* path : {&shortest, &in_order}) {
    std::vector<int> visits(stops.size(), 0);
    at = machine.home();
    sum = 0.0;
    for (const BeamPath::Visit& visit : path->visits) {
      ++visits[visit.beam];
      follow(visit.legs);
      EXPECT_EQ(at, stops[visit.beam].placements[visit.placement].axes);
    }
    follow(path->home);
    EXPECT_EQ(at, machine.home());
    EXPECT_EQ(std::ranges::count(visits, 1), static_cast<std::ptrdiff_t>(stops.size()));
    EXPECT_NEAR(path->motion_s(), sum, 1e-9);
  }
  EXPECT_TRUE(std::ranges::is_sorted(in_order.visits, {}, &BeamPath::Visit::beam));
  EXPECT_LE(shortest.motion_s(), 1.05 * in_order.motion_s()) << "what is free to choose is no longer";
}

INSTANTIATE_TEST_SUITE_P(Machines, BeamPathOf, testing::Values("ring-arm-4pi", "radiosurgery-arm"),
                         [](const auto& machine) { return std::string(machine.param).substr(0, 4); });

TEST(BeamPath, takes_at_most_two_per_cent_more_than_the_exact_order_of_unhindered_moves) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const ReachSolver solver(machine, test::ellipse_patient(500), PatientPosition::hfs, test::ellipse_isocentre);
  const std::vector<BeamStop> stops = stops_around(solver, 10);
  std::vector<std::vector<double>> nodes;
  std::vector<std::vector<std::size_t>> groups;
  for (const BeamStop& stop : stops) {
    groups.emplace_back();
    for (const Placement& placement : stop.placements) {
      groups.back().push_back(nodes.size());
      nodes.push_back(placement.axes);
    }
  }
  nodes.push_back(machine.home());
  const GroupedTour exact = exact_tour(groups, nodes.size() - 1, [&](std::size_t a, std::size_t b) {
    return move_duration_s(machine.mechanism.axes(), nodes[a], nodes[b]);
  });
  EXPECT_LE(plan_path(solver, stops).motion_s(), 1.02 * exact.cost);
}

/// A beam from a direction, at the angles of one of its placements.
PlannedBeam beam_at(const Placement& placement) {
  PlannedBeam beam;
  beam.number = 1;
  beam.name = "B01";
  beam.angles = room_angles(placement.iec);
  beam.isocentre_P = test::ellipse_isocentre;
  beam.sad_mm = placement.iec.source_distance_mm;
  return beam;
}

TEST(StopOf, keeps_the_plans_own_angles_where_the_machine_has_them) {
  for (const char* name : {"ring-arm-4pi", "radiosurgery-arm"}) {
    const TreatmentMachine machine = test::shipped_machine(name);
    const ReachSolver solver(machine, test::ellipse_patient(500), PatientPosition::hfs, test::ellipse_isocentre);
    std::vector<Placement> ways;
    for (const double distance : machine.source_distances_mm) {
      std::ranges::move(solver.alternatives(Vec3(0.2, -0.9, 0.1).normalized(), 64, distance), std::back_inserter(ways));
    }
    ASSERT_GE(ways.size(), 2U) << name;
    for (const Placement& way : ways) {  // the best and those that nothing but the plan speaks for
      const PlannedBeam beam = beam_at(way);
      const BeamStop stop = stop_of(beam, PatientPosition::hfs, solver);
      EXPECT_EQ(stop.name, "B01");
      ASSERT_FALSE(stop.placements.empty());
      for (const Placement& placement : stop.placements) {
        EXPECT_EQ(departure_from_plan(beam, placement.iec), "");
        EXPECT_NEAR(std::remainder(placement.iec.couch_deg - beam.angles.couch_deg, 360.0), 0.0, 0.5) << name;
      }
    }
  }
}

TEST(WorkOf, adds_the_way_of_the_slowest_leaf_in_the_plane_where_its_speed_is_stated) {
  PlannedBeam beam;
  beam.sad_mm = 1000.0;
  beam.segments = {{{-10, -10}, {10, 10}, 20.0}, {{-15, -10}, {10, 22.5}, 30.0}, {{-15, -15}, {10, 20}, 5.0}};
  const BeamWork work = work_of(beam, 800.0);
  EXPECT_DOUBLE_EQ(work.mu, 55.0);
  EXPECT_DOUBLE_EQ(work.leaf_travel_mm, 0.8 * (12.5 + 5.0));
}

TEST(StopOf, tells_what_differs_where_only_the_direction_can_be_kept) {
  const ReachSolver solver(test::shipped_machine("ring-arm-4pi"), test::ellipse_patient(500), PatientPosition::hfs,
                           test::ellipse_isocentre);
  const std::vector<Placement> ways = solver.alternatives(Vec3(0.3, -0.9, 0.0).normalized(), 64);
  ASSERT_FALSE(ways.empty());
  PlannedBeam beam = beam_at(ways.front());
  beam.angles.collimator_deg = 40.0;  // which this machine cannot turn
  const BeamStop turned = stop_of(beam, PatientPosition::hfs, solver);
  EXPECT_EQ(departure_from_plan(beam, turned.placements.front().iec), "collimator 0° instead of 40°");
  beam.sad_mm = 1000.0;
  EXPECT_EQ(departure_from_plan(beam, turned.placements.front().iec),
            "collimator 0° instead of 40°, source at 800 mm instead of 1000 mm");
  // The same direction at a turn of the table between those that are tried.
  beam.sad_mm = 800.0;
  beam.angles = {0.0, 7.0, 0.0, 0.0};
  EXPECT_EQ(stop_of(beam, PatientPosition::hfs, solver).placements.size(),
            solver.alternatives(Vec3(0, -1, 0), 64).size());
  EXPECT_NE(departure_from_plan(beam, solver.reach(Vec3(0, -1, 0)).best->iec).find("couch"), std::string::npos);
  beam.angles = {270.0, 90.0, 0.0, 0.0};  // along the body
  EXPECT_THROW((void)stop_of(beam, PatientPosition::hfs, solver), InputError);
}

TEST(BeamPath, is_the_same_on_any_number_of_threads) {
  const ReachSolver solver(test::shipped_machine("ring-arm-4pi"), test::ellipse_patient(500), PatientPosition::hfs,
                           test::ellipse_isocentre);
  const std::vector<BeamStop> stops = stops_around(solver, 6);
  const int threads = num_threads();
  set_num_threads(1);
  const BeamPath one = plan_path(solver, stops);
  set_num_threads(3);
  const BeamPath three = plan_path(solver, stops);
  set_num_threads(threads);
  ASSERT_EQ(one.visits.size(), three.visits.size());
  for (std::size_t k = 0; k < one.visits.size(); ++k) {
    EXPECT_EQ(one.visits[k].beam, three.visits[k].beam);
    EXPECT_EQ(one.visits[k].placement, three.visits[k].placement);
  }
}

TEST(BeamPath, refuses_no_beams_and_a_beam_without_placement) {
  const ReachSolver solver(test::shipped_machine("sphere-linac"), test::ellipse_patient(500), PatientPosition::hfs,
                           test::ellipse_isocentre);
  EXPECT_THROW((void)plan_path(solver, {}), InputError);
  EXPECT_THROW((void)plan_path(solver, {{"B1", {}}}), InputError);
}

TEST(PredictTime, adds_up_its_parts) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  BeamPath path;
  for (std::size_t beam = 0; beam < 6; ++beam) {
    path.visits.push_back({beam, 0, {{{}, {}, 0.5}}, {}});
  }
  path.home = {{{}, {}, 4.0}};
  const std::vector<BeamWork> work(6, BeamWork{100.0, 50.0});
  const TreatmentTime time = predict_time(machine, path, work);
  EXPECT_DOUBLE_EQ(time.motion_s, 7.0);
  EXPECT_DOUBLE_EQ(time.beam_on_s, 36.0);     // 600 MU at 1000 MU/min
  EXPECT_DOUBLE_EQ(time.leaves_s, 12.0);      // 300 mm at 25 mm/s
  EXPECT_DOUBLE_EQ(time.setup_s, 6 * 2.1);    // 2 s and a latency of 0.1 s
  EXPECT_DOUBLE_EQ(time.imaging_s, 2 * 8.0);  // before the first and the sixth
  EXPECT_DOUBLE_EQ(time.total_s(), 7.0 + 36.0 + 12.0 + 12.6 + 16.0);
  double parts = 4.0;  // the way home
  for (std::size_t visit = 0; visit < path.visits.size(); ++visit) {
    const TreatmentTime part = time_of_visit(machine, path, visit, work);
    EXPECT_EQ(part.imaging_s, visit % 5 == 0 ? 8.0 : 0.0);
    parts += part.total_s();
  }
  EXPECT_NEAR(parts, time.total_s(), 1e-9);
}

TEST(LeastClearance, finds_where_a_move_is_tight) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const PatientOnTable patient = test::ellipse_patient(500);
  const CollisionWorld world(machine, &patient);
  const std::vector<double> home = machine.home();
  std::vector<double> turned = home;
  turned[static_cast<std::size_t>(machine.head_axes[0])] = 3.0;
  const Clearance least = least_clearance(world, machine.mechanism, {home, turned, 1.0});
  LinkPoses poses;
  double brute = std::numeric_limits<double>::infinity();
  for (int k = 0; k <= 32; ++k) {
    std::vector<double> axes = home;
    axes[static_cast<std::size_t>(machine.head_axes[0])] += (turned[static_cast<std::size_t>(machine.head_axes[0])] -
                                                             axes[static_cast<std::size_t>(machine.head_axes[0])]) *
                                                            k / 32.0;
    forward_kinematics(machine.mechanism, axes, poses);
    brute = std::min(brute, world.clearance(poses).margin_mm);
  }
  EXPECT_NEAR(least.margin_mm, brute, 1e-9);
  EXPECT_FALSE(least.first.empty());
  EXPECT_NEAR((least.first_F - least.second_F).norm(), least.distance_mm, 1e-6);
}

}  // namespace
}  // namespace xingu
