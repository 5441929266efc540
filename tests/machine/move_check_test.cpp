// SPDX-License-Identifier: Apache-2.0
#include "machine/move_check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "machine_fixtures.h"
#include "machine_patient.h"
#include "needle.h"

namespace xingu {
namespace {

TEST(MoveCheck, a_needle_between_samples_is_never_missed) {
  TreatmentMachine machine = test::shipped_machine("sphere-linac");
  machine.ignored_pairs = {};
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    const double angle = 0.3 + 2.4 * Philox(51, 0).uniform(draw);
    const double distance = 0.25 + 0.7 * Philox(51, 1).uniform(draw);
    machine.mechanism = test::bar_and_needle(angle, distance);
    const CollisionWorld world(machine, nullptr, Buffers::none);
    const MoveCheck check(world);
    EXPECT_FALSE(check.check(std::vector<double>{0.0}, std::vector<double>{3.0}).is_certified) << draw;
    const double before = angle - 0.01 / distance;
    EXPECT_TRUE(check.check(std::vector<double>{-0.5}, std::vector<double>{before}).is_certified) << draw;
  }
}

TEST(MoveCheck, what_it_certifies_is_free_at_every_fine_sample) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const PatientOnTable patient = test::ellipse_patient(500);
  const CollisionWorld world(machine, &patient);
  const MoveCheck check(world);
  LinkPoses poses;
  int num_certified = 0;
  for (std::uint64_t draw = 0; draw < 40; ++draw) {
    std::vector<double> from = machine.home();
    std::vector<double> to = machine.home();
    for (std::size_t k = 0; k < 2; ++k) {
      const auto axis = static_cast<std::size_t>(machine.head_axes[k]);
      const AxisLimits& l = machine.mechanism.axes()[axis].limits;
      from[axis] = l.lower + (l.upper - l.lower) * Philox(52, 2 * k).uniform(draw);
      to[axis] = l.lower + (l.upper - l.lower) * Philox(52, 2 * k + 1).uniform(draw);
    }
    const MoveVerdict verdict = check.check(from, to);
    bool is_free = true;
    for (int k = 0; k <= 200; ++k) {
      std::vector<double> q(from.size());
      for (std::size_t i = 0; i < q.size(); ++i) {
        q[i] = from[i] + (to[i] - from[i]) * k / 200.0;
      }
      forward_kinematics(machine.mechanism, q, poses);
      is_free = is_free && world.clearance(poses, 1.0).margin_mm >= -MoveCheck::slack_mm;
    }
    EXPECT_LE(verdict.is_certified, is_free) << draw;
    num_certified += verdict.is_certified ? 1 : 0;
    if (!verdict.is_certified) {
      EXPECT_FALSE(verdict.clearance.first.empty());
    }
  }
  EXPECT_GT(num_certified, 3);
}

std::vector<double> random_values(const Mechanism& mechanism, std::uint64_t stream, std::uint64_t draw) {
  std::vector<double> values;
  for (const Axis& axis : mechanism.axes()) {
    const double share = Philox(stream, draw).uniform(values.size());
    values.push_back(std::lerp(axis.limits.lower, axis.limits.upper, share));
  }
  return values;
}

TEST(StraightMove, no_distance_changes_by_more_than_it_says_and_short_parts_change_it_little) {
  for (const char* name : {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"}) {
    const CollisionWorld world(test::shipped_machine(name), nullptr, Buffers::none);
    const MoveCheck check(world);
    double said_of_short = 0.0;
    double said_of_whole = 0.0;
    for (std::uint64_t draw = 0; draw < 60; ++draw) {
      const std::vector<double> from = random_values(world.mechanism(), 53, draw);
      StraightMove here(check, from, random_values(world.mechanism(), 54, draw));
      StraightMove there = here;
      const double part = 0.5 * Philox(55, draw).uniform(0);
      const double further = 0.5 * std::pow(10.0, -3.0 * Philox(55, draw).uniform(1));
      here.go_to(part);
      there.go_to(part + further);
      for (std::size_t k = 0; k < world.pairs().size(); ++k) {
        const double change = std::abs(world.nearest(world.pairs()[k], here.X_F(), 1e9).distance -
                                       world.nearest(world.pairs()[k], there.X_F(), 1e9).distance);
        EXPECT_LE(change, here.most_change_mm(k, further) + 1e-6) << name << ' ' << draw << ' ' << k;
        EXPECT_LE(change, there.most_change_mm(k, further) + 1e-6) << name << ' ' << draw << ' ' << k;
        EXPECT_GE(here.part_within(k, here.most_change_mm(k, further)), further * (1.0 - 1e-9));
        said_of_short += here.most_change_mm(k, 1e-3);
        said_of_whole += here.most_change_mm(k, 1.0);
      }
    }
    EXPECT_LT(said_of_short, 0.75e-3 * said_of_whole) << name;  // as it goes there, not as far as any axis could carry
  }
}

}  // namespace
}  // namespace xingu
