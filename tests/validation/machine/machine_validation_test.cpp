// SPDX-License-Identifier: Apache-2.0
// Many random cases: inverse kinematics of every branch, both layers of collision checks against each other, timing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "base/parallel.h"
#include "base/philox.h"
#include "machine/axis_motion.h"
#include "machine/collision_world.h"
#include "machine/machine_fixtures.h"
#include "machine/machine_patient.h"
#include "machine/move_check.h"
#include "machine/needle.h"
#include "triangle_meeting.h"

namespace xingu {
namespace {

constexpr std::size_t num_cases = XINGU_NUM_CASES;
constexpr std::size_t reduction = XINGU_NUM_CASES >= 1000000 ? 1 : 4;  // of collision cases, for every day
constexpr std::size_t num_chunks = 64;

struct ArmMiss {
  double mm = 0.0;
  double rad = 0.0;
};

/// Worst miss of all branches of the inverse over random axis values anywhere in a full turn.
ArmMiss worst_miss(const SphericalWristArm& arm, std::uint64_t seed) {
  std::array<ArmMiss, num_chunks> worst{};
  parallel_chunks(num_cases, num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    for (std::size_t draw = begin; draw < end; ++draw) {
      std::array<double, 6> q{};
      for (std::size_t k = 0; k < 6; ++k) {
        q[k] = 2.0 * std::numbers::pi * (Philox(seed, k).uniform(draw) - 0.5);
      }
      const Eigen::Isometry3d X = arm.forward(q);
      const auto branches = arm.inverse(X);
      for (const ArmBranch& branch : branches.all()) {
        const Eigen::Isometry3d Y = arm.forward(branch.q);
        const Mat3 left = X.linear().transpose() * Y.linear();
        const Vec3 turn(left(2, 1) - left(1, 2), left(0, 2) - left(2, 0), left(1, 0) - left(0, 1));
        worst[chunk].mm = std::max(worst[chunk].mm, (X.translation() - Y.translation()).norm());
        worst[chunk].rad = std::max(worst[chunk].rad, std::atan2(turn.norm(), left.trace() - 1.0));
      }
    }
  });
  ArmMiss result;
  for (const ArmMiss& miss : worst) {
    result = {std::max(result.mm, miss.mm), std::max(result.rad, miss.rad)};
  }
  return result;
}

TEST(MachineValidation, every_branch_of_the_inverse_returns_to_the_pose) {
  const TreatmentMachine robot = test::shipped_machine("radiosurgery-arm");
  const TreatmentMachine ring = test::shipped_machine("ring-arm-4pi");
  for (const SphericalWristArm* arm : {&*robot.head_arm, &*robot.table_arm, &*ring.table_arm}) {
    const ArmMiss miss = worst_miss(*arm, 61);
    fmt::print("  worst over {} poses: {:.1e} mm, {:.1e} rad\n", num_cases, miss.mm, miss.rad);
    EXPECT_LE(miss.mm, 1e-9);
    EXPECT_LE(miss.rad, 1e-12);
  }
}

/// What the two layers say of random configurations, against the triangles.
struct Verdicts {
  std::size_t safe = 0;           ///< no triangles meet
  std::size_t wrong = 0;          ///< called safe by the conservative layer although triangles meet
  std::size_t wrong_exact = 0;    ///< the same by both layers together
  std::size_t refused = 0;        ///< safe, but not shown by the conservative layer
  std::size_t refused_exact = 0;  ///< safe, but refused by both layers together
};

Verdicts judge_layers(const TreatmentMachine& machine, const PatientOnTable& patient) {
  const CollisionWorld world(machine, &patient, Buffers::none);
  std::vector<test::TriangleBody> bodies;
  for (const CollisionWorld::Part& part : world.parts()) {
    bodies.emplace_back(part.skin ? part.skin->surface() : part.shape->surface());
  }
  std::array<Verdicts, num_chunks> verdicts{};
  parallel_chunks(num_cases / reduction, num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    LinkPoses poses;
    std::vector<Eigen::Isometry3d> X_F;
    Verdicts& v = verdicts[chunk];
    for (std::size_t draw = begin; draw < end; ++draw) {
      forward_kinematics(machine.mechanism, test::random_axis_values(machine.mechanism, 62, draw), poses);
      world.place(poses, X_F);
      const bool is_safe = std::ranges::none_of(world.pairs(), [&](const CollisionWorld::Pair& pair) {
        const auto a = static_cast<std::size_t>(pair.first);
        const auto b = static_cast<std::size_t>(pair.second);
        return test::TriangleBody::meet(bodies[a], bodies[b], X_F[a].inverse(Eigen::Isometry) * X_F[b]);
      });
      const bool is_certified = world.is_certified(poses);
      const bool is_called_safe = world.is_safe(poses);
      v.safe += is_safe ? 1 : 0;
      v.wrong += is_certified && !is_safe ? 1 : 0;
      v.wrong_exact += is_called_safe && !is_safe ? 1 : 0;
      v.refused += is_safe && !is_certified ? 1 : 0;
      v.refused_exact += is_safe && !is_called_safe ? 1 : 0;
    }
  });
  Verdicts sum;
  for (const Verdicts& v : verdicts) {
    sum = {sum.safe + v.safe, sum.wrong + v.wrong, sum.wrong_exact + v.wrong_exact, sum.refused + v.refused,
           sum.refused_exact + v.refused_exact};
  }
  return sum;
}

class CollisionLayers : public testing::TestWithParam<const char*> {};

TEST_P(CollisionLayers, call_nothing_safe_whose_triangles_meet_and_refuse_little_that_is_safe) {
  const TreatmentMachine machine = test::shipped_machine(GetParam());
  const Verdicts v = judge_layers(machine, test::ellipse_patient(5000));
  fmt::print("  {}: {} of {} safe by triangles; called safe in error {} (conservative), {} (both); refused {} and {}\n",
             GetParam(), v.safe, num_cases / reduction, v.wrong, v.wrong_exact, v.refused, v.refused_exact);
  EXPECT_EQ(v.wrong, 0U);
  EXPECT_EQ(v.wrong_exact, 0U);
  EXPECT_GT(v.safe, num_cases / 400);
  EXPECT_LT(static_cast<double>(v.refused), 0.05 * static_cast<double>(v.safe));
  EXPECT_LE(v.refused_exact, v.refused);
}
INSTANTIATE_TEST_SUITE_P(MachineValidation, CollisionLayers,
                         testing::Values("ring-arm-4pi", "sphere-linac", "radiosurgery-arm"), [](const auto& name) {
                           std::string text = name.param;
                           std::ranges::replace(text, '-', '_');
                           return text;
                         });

TEST(TriangleBody, meets_what_it_crosses_and_what_it_holds) {
  const ConvexShape large = ConvexShape::box(Vec3(100, 100, 100), Eigen::Isometry3d::Identity());
  const ConvexShape small = ConvexShape::box(Vec3(20, 20, 20), Eigen::Isometry3d::Identity());
  const test::TriangleBody a(large.surface());
  const test::TriangleBody b(small.surface());
  const auto at = [&](double x) {
    Eigen::Isometry3d X = Eigen::Isometry3d::Identity();
    X.linear() = Eigen::AngleAxisd(0.3, Vec3(1, 2, 3).normalized()).toRotationMatrix();
    X.translation() = Vec3(x, 1, 2);
    return X;
  };
  EXPECT_TRUE(test::TriangleBody::meet(a, b, at(0)));            // held
  EXPECT_TRUE(test::TriangleBody::meet(b, a, at(0).inverse()));  // holds
  EXPECT_TRUE(test::TriangleBody::meet(a, b, at(50)));           // crossed
  EXPECT_FALSE(test::TriangleBody::meet(a, b, at(70)));
}

TEST(MachineValidation, no_needle_in_the_way_of_a_move_is_missed) {
  TreatmentMachine machine = test::shipped_machine("sphere-linac");
  machine.ignored_pairs = {};
  for (std::uint64_t draw = 0; draw < num_cases / 100; ++draw) {
    const double angle = 0.3 + 2.4 * Philox(51, 0).uniform(draw);
    const double distance_m = 0.25 + 0.7 * Philox(51, 1).uniform(draw);
    machine.mechanism = test::bar_and_needle(angle, distance_m);
    const CollisionWorld world(machine, nullptr, Buffers::none);
    const MoveCheck check(world);
    ASSERT_FALSE(check.is_certified(std::vector<double>{0.0}, std::vector<double>{3.0})) << draw;
    ASSERT_TRUE(check.is_certified(std::vector<double>{-0.5}, std::vector<double>{angle - 0.01 / distance_m})) << draw;
  }
}

TEST(MachineValidation, no_move_exceeds_a_limit_and_all_axes_arrive_together) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const auto& axes = machine.mechanism.axes();
  constexpr int num_looks = 10;
  std::array<double, num_chunks> worst{};
  parallel_chunks(num_cases, num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    for (std::size_t draw = begin; draw < end; ++draw) {
      const auto from = test::random_axis_values(machine.mechanism, 63, draw);
      const auto to = test::random_axis_values(machine.mechanism, 64, draw);
      const AxisMove move(axes, from, to);
      for (std::size_t i = 0; i < axes.size(); ++i) {
        MotionState before = move.axis_at(i, 0.0);
        for (int k = 1; k <= num_looks; ++k) {
          const MotionState s = move.axis_at(i, k * move.duration_s() / num_looks);
          // The acceleration is piecewise linear, so no quotient of differences is above the jerk.
          const double jerk = std::abs(s.acceleration - before.acceleration) * num_looks / move.duration_s();
          worst[chunk] = std::max({worst[chunk], std::abs(s.velocity) / axes[i].limits.velocity,
                                   std::abs(s.acceleration) / axes[i].limits.acceleration, jerk / axes[i].limits.jerk});
          before = s;
        }
        worst[chunk] = std::max(worst[chunk], std::abs(move.axis_at(i, move.duration_s()).position - to[i]));
      }
    }
  });
  EXPECT_LE(std::ranges::max(worst), 1.0 + 1e-9);
}

}  // namespace
}  // namespace xingu
