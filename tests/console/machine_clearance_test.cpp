// SPDX-License-Identifier: Apache-2.0
#include "console/machine_clearance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/philox.h"
#include "delivery/session.h"
#include "machine/machine_fixtures.h"
#include "machine/machine_patient.h"
#include "support/allocations.h"

namespace xingu {
namespace {

constexpr double threshold_mm = 20.0;  // of the clearance interlock

/// Three beams of ring-arm-4pi around a torso, with the certified way through them.
struct Ground {
  TreatmentMachine machine = xingu::test::shipped_machine("ring-arm-4pi");
  std::shared_ptr<const ReachSolver> solver = std::make_shared<const ReachSolver>(
      machine, xingu::test::ellipse_patient(500), PatientPosition::hfs, xingu::test::ellipse_isocentre);
  BeamPath path;
  TreatmentPlan treatment;
  std::unique_ptr<DeliveryPlan> plan;
  MachineDynamics dynamics = default_dynamics(machine.description.room);

  Ground() {
    std::vector<BeamStop> stops;
    treatment.label = "three beams";
    for (const Vec3& source : {Vec3(0.2, -1, 0.1), Vec3(1, -0.5, 0.25), Vec3(-0.7, -0.8, -0.3)}) {
      const auto ways = solver->alternatives(source.normalized(), 1);
      stops.push_back({"B", ways});
      treatment.beams.push_back(beam_at(ways.at(0).iec));
    }
    path = path_in_order(*solver, stops);
    MachineDescription description = machine.description;
    description.room.forbidden.clear();
    plan = std::make_unique<DeliveryPlan>(treatment, description);
  }

  [[nodiscard]] PlannedBeam beam_at(const IecSettings& iec) const {
    PlannedBeam beam;
    beam.number = static_cast<int>(treatment.beams.size()) + 1;
    beam.name = "B";
    beam.angles = room_angles(iec);
    beam.leaf_boundaries_mm = {-10.0, 0.0, 10.0};
    beam.segments = {{{-10.0, -10.0}, {10.0, 10.0}, 3.0}};
    return beam;
  }
  [[nodiscard]] MachineClearance clearance_in(const CollisionWorld& world) const {
    return {world, machine, path, *plan, dynamics};
  }
  [[nodiscard]] AxisPositions start_of(std::size_t beam) const {
    return beam == 0 ? AxisPositions{} : plan->beams()[beam - 1].axes;
  }
};

const Ground& ground() {
  static const Ground shared;
  return shared;
}

const MachineClearance& clearance() {
  static const MachineClearance shared = ground().clearance_in(ground().solver->world());
  return shared;
}

/// The least distance of all pairs, gaps of hardware threefold, without any of the shortcuts.
double brute_clearance(const std::vector<double>& values, const CollisionWorld& world) {
  LinkPoses poses;
  forward_kinematics(world.mechanism(), values, poses);
  std::vector<Eigen::Isometry3d> X_F;
  world.place(poses, X_F);
  double least = 500.0;
  for (const CollisionWorld::Pair& pair : world.pairs()) {
    least = std::min(least, world.nearest(pair, X_F, 1e9).distance * (pair.buffer_mm < 20.0 ? 3.0 : 1.0));
  }
  return least;
}

AxisPositions between(const AxisPositions& from, const AxisPositions& to, double part) {
  AxisPositions axes{};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    axes[i] = std::lerp(from[i], to[i], part);
  }
  return axes;
}

TEST(MachineClearance, is_never_more_than_there_is_until_the_machine_could_stand) {
  const CollisionWorld& world = ground().solver->world();
  for (std::size_t beam = 0; beam < 3; ++beam) {
    const AxisPositions start = ground().start_of(beam);
    const AxisPositions& goal = ground().plan->beams()[beam].axes;
    double longest_s = 0.0;  // of the axis that takes longest
    for (std::size_t i = 0; i < start.size(); ++i) {
      longest_s = std::max(longest_s, std::abs(goal[i] - start[i]) / ground().dynamics.axes[i].max_speed);
    }
    for (std::uint64_t draw = 0; draw < 40; ++draw) {
      const double part = Philox(3, beam).uniform(draw);
      const double number = clearance().read(between(start, goal, part), {beam, false}).clearance_mm;
      double least = 500.0;
      for (const double later_s : {0.0, 0.010, 0.2, 0.5}) {  // and half a second to brake from full speed
        const AxisPositions then = between(start, goal, std::min(1.0, part + later_s / longest_s));
        const double exact = brute_clearance(clearance().posture(then, {beam, false}), world);
        EXPECT_LE(number, exact + 1e-6) << beam << ' ' << part;
        least = std::min(least, exact);
      }
      EXPECT_GE(number, 0.95 * least - 6.0) << beam << ' ' << part;  // nor much less
    }
  }
}

TEST(MachineClearance, is_nearly_the_distance_where_the_machine_stands_and_above_the_threshold_at_every_beam) {
  const CollisionWorld& world = ground().solver->world();
  for (std::size_t beam = 0; beam < 3; ++beam) {
    const AxisPositions& goal = ground().plan->beams()[beam].axes;
    const double exact = brute_clearance(clearance().posture(goal, {beam, false}), world);
    EXPECT_EQ(clearance().posture(goal, {beam, false}), ground().path.visits[beam].legs.back().to);
    EXPECT_LE(clearance().read(goal, {beam, false}).clearance_mm, exact);
    EXPECT_GE(clearance().read(goal, {beam, false}).clearance_mm, exact - 2.0 * 3.0);
    EXPECT_GT(clearance().read(goal, {beam, false}).clearance_mm, threshold_mm);
    EXPECT_GE(clearance().read(goal, {beam, false}).pair, 0);
    EXPECT_EQ(clearance().posture(ground().start_of(beam), {beam, false}),
              ground().path.visits[beam].legs.front().from);
  }
}

TEST(MachineClearance, follows_the_way_from_home_where_a_session_begins_with_a_later_beam) {
  const AxisPositions& goal = ground().plan->beams()[2].axes;
  EXPECT_EQ(clearance().posture({}, {2, true}), ground().machine.home());
  EXPECT_EQ(clearance().posture(goal, {2, true}), ground().path.visits[2].legs.back().to);
  for (double part = 0.0; part <= 1.0; part += 0.05) {
    EXPECT_GT(clearance().read(between({}, goal, part), {2, true}).clearance_mm, threshold_mm) << part;
  }
}

TEST(MachineClearance, falls_by_what_an_axis_can_have_moved_that_left_its_place) {
  const AxisPositions& goal = ground().plan->beams()[1].axes;
  const double before = clearance().read(goal, {1, false}).clearance_mm;
  AxisPositions slipped = goal;
  slipped[2] += 1.0;  // the collimator has no way to go
  EXPECT_LT(clearance().read(slipped, {1, false}).clearance_mm, before - 5.0);
}

TEST(MachineClearance, takes_nothing_from_the_heap_in_the_loop) {
  double sum =
      clearance().read(ground().start_of(0), {0, false}).clearance_mm;  // made by now, whichever test comes first
  const std::uint64_t before = xingu::test::num_allocations();
  for (std::size_t step = 0; step < 200; ++step) {
    const std::size_t beam = step % 3;
    const double part = static_cast<double>(step) / 200.0;
    sum += clearance()
               .read(between(ground().start_of(beam), ground().plan->beams()[beam].axes, part), {beam, false})
               .clearance_mm;
  }
  EXPECT_EQ(xingu::test::num_allocations(), before);
  EXPECT_GT(sum, 0.0);
}

/// A world with a box of 200 mm where the source is half-way to the second beam.
CollisionWorld world_with_an_obstacle() {
  const Ground& g = ground();
  const std::vector<double> half_way =
      clearance().posture(between(g.start_of(1), g.plan->beams()[1].axes, 0.5), {1, false});
  LinkPoses poses;
  forward_kinematics(g.machine.mechanism, half_way, poses);
  Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
  X.translation() = poses.X_F[static_cast<std::size_t>(g.machine.beam_link)].translation();
  std::vector<Link> links = g.machine.mechanism.links();
  Link obstacle;
  obstacle.name = "trolley";
  obstacle.parent = 0;
  obstacle.shapes.push_back(ConvexShape::box(Vec3(200, 200, 200), X));
  links.push_back(obstacle);
  TreatmentMachine crowded = g.machine;
  crowded.mechanism = Mechanism(std::move(links), g.machine.mechanism.axes());
  const PatientOnTable& patient = g.solver->patient();
  return CollisionWorld(crowded, &patient);
}

/// How a session went that a clearance watched.
class Watcher final : public SessionRecorder {
 public:
  explicit Watcher(const ClearanceSource& clearance) {
    const auto motion = make_still_motion();
    WillingOperator person;
    SessionSettings settings;
    settings.dynamics = ground().dynamics;
    Session session(*ground().plan, settings, *motion, clearance, FaultSchedule(std::vector<Fault>()), person, this);
    run_fast(session, 600'000);
    end = session.controller().state();
  }
  void take(std::uint64_t, OperatorAction, const Controller& controller, const Plant& plant) noexcept override {
    least_mm = std::min(least_mm, plant.sensors().clearance.clearance_mm);
    has_tripped = has_tripped || controller.panel().stands(Interlock::clearance);
    beam = controller.beam();
    axes = plant.truth().axes;
  }
  [[nodiscard]] bool is_full() const noexcept override { return false; }

  SessionState end = SessionState::idle;
  double least_mm = 500.0;
  bool has_tripped = false;
  std::size_t beam = 0;
  AxisPositions axes{};  ///< at last
};

TEST(MachineClearance, lets_a_session_end_by_certified_ways) {
  const Watcher watcher(clearance());
  EXPECT_EQ(watcher.end, SessionState::complete);
  EXPECT_FALSE(watcher.has_tripped);
  EXPECT_GT(watcher.least_mm, threshold_mm);
}

TEST(MachineClearance, stops_a_session_before_an_obstacle_and_names_it) {
  const CollisionWorld crowded = world_with_an_obstacle();
  const MachineClearance watched = ground().clearance_in(crowded);
  const Watcher watcher(watched);
  EXPECT_NE(watcher.end, SessionState::complete);
  EXPECT_TRUE(watcher.has_tripped);
  EXPECT_EQ(watcher.beam, 1U);
  EXPECT_GT(brute_clearance(watched.posture(watcher.axes, {1, false}), crowded), 0.0) << "it stands clear of it";
  const ClearanceReading near = watched.read(watcher.axes, {1, false});
  ASSERT_GE(near.pair, 0);
  const WatchedPair& pair = watched.pairs()[static_cast<std::size_t>(near.pair)];
  EXPECT_TRUE(pair.first == "trolley" || pair.second == "trolley") << pair.first << ", " << pair.second;
}

}  // namespace
}  // namespace xingu
