// SPDX-License-Identifier: Apache-2.0
#include "machine/spherical_wrist_arm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "machine_fixtures.h"

namespace xingu {
namespace {

constexpr double turn = 2.0 * std::numbers::pi;

/// The couch arm of a shipped machine with the mechanism it was taken from.
struct ShippedArm {
  TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const SphericalWristArm& arm = *machine.table_arm;
};

TEST(SphericalWristArm, forward_is_that_of_the_mechanism) {
  const ShippedArm shipped;
  const Mechanism& mechanism = shipped.machine.mechanism;
  LinkPoses poses;
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    const std::vector<double> values = test::random_axis_values(mechanism, 1, draw);
    forward_kinematics(mechanism, values, poses);
    std::array<double, 6> q{};
    for (std::size_t k = 0; k < 6; ++k) {
      q[k] = values[static_cast<std::size_t>(shipped.arm.axes()[k])];
    }
    const Eigen::Isometry3d X = poses.X_F[static_cast<std::size_t>(shipped.arm.base_link())].inverse() *
                                poses.X_F[static_cast<std::size_t>(shipped.machine.table_link)];
    const Eigen::Isometry3d Y = shipped.arm.forward(q);
    EXPECT_LT((X.translation() - Y.translation()).norm(), 1e-9);
    EXPECT_LT((X.linear() - Y.linear()).norm(), 1e-12);
  }
}

TEST(SphericalWristArm, every_branch_returns_to_the_pose_and_one_is_where_it_came_from) {
  const ShippedArm shipped;
  for (std::uint64_t draw = 0; draw < 2000; ++draw) {
    std::array<double, 6> q{};
    for (std::size_t k = 0; k < 6; ++k) {
      q[k] = turn * (Philox(2, k).uniform(draw) - 0.5);
    }
    const Eigen::Isometry3d X = shipped.arm.forward(q);
    const ArmBranches branches = shipped.arm.inverse(X);
    double nearest = 1e9;
    for (const ArmBranch& branch : branches.all()) {
      const Eigen::Isometry3d Y = shipped.arm.forward(branch.q);
      EXPECT_LT((X.translation() - Y.translation()).norm(), 1e-9);
      EXPECT_LT((X.linear() - Y.linear()).norm(), 2e-12);
      double worst = 0.0;
      for (std::size_t k = 0; k < 6; ++k) {
        worst = std::max(worst, std::abs(std::remainder(branch.q[k] - q[k], turn)));
      }
      nearest = std::min(nearest, worst);
    }
    EXPECT_LT(nearest, 1e-6 / std::max(1e-4, shipped.arm.singularity_distance(q))) << draw;
  }
}

TEST(SphericalWristArm, a_straight_wrist_still_returns_to_the_pose) {
  const ShippedArm shipped;
  const std::array<double, 6> q{0.3, -1.0, 1.2, 0.4, 0.0, -0.9};
  EXPECT_NEAR(shipped.arm.singularity_distance(q), 0.0, 1e-12);
  const Eigen::Isometry3d X = shipped.arm.forward(q);
  const ArmBranches branches = shipped.arm.inverse(X);
  EXPECT_GT(branches.count, 0);
  for (const ArmBranch& branch : branches.all()) {
    EXPECT_LT((shipped.arm.forward(branch.q).translation() - X.translation()).norm(), 1e-9);
    EXPECT_LT((shipped.arm.forward(branch.q).linear() - X.linear()).norm(), 1e-12);
  }
}

TEST(SphericalWristArm, nothing_is_returned_out_of_reach) {
  const ShippedArm shipped;
  Eigen::Isometry3d X = shipped.arm.forward(std::array<double, 6>{});
  X.translation() += Vec3(0, 5000, 0);
  EXPECT_EQ(shipped.arm.inverse(X).count, 0);
}

TEST(SphericalWristArm, whole_turns_bring_values_into_limits_near_where_the_arm_is) {
  const ShippedArm shipped;
  const std::array<double, 6> near{0, -1, 1, 5.0, 0, -5.0};
  std::array<double, 6> q{0.1, -1.0 - turn, 1.0, 4.9 - turn, 0.0, -4.9 + turn};
  ASSERT_TRUE(shipped.arm.fit_to_limits(q, near));
  EXPECT_NEAR(q[1], -1.0, 1e-12);
  EXPECT_NEAR(q[3], 4.9, 1e-12);
  EXPECT_NEAR(q[5], -4.9, 1e-12);
  std::array<double, 6> outside{0, 1.0, 1, 0, 0, 0};  // axis 2 may not go there by any number of turns
  EXPECT_FALSE(shipped.arm.fit_to_limits(outside, near));
}

TEST(SphericalWristArm, refuses_axes_that_are_no_spherical_wrist_arm) {
  const TreatmentMachine machine = test::shipped_machine("radiosurgery-arm");
  std::vector<int> mixed = machine.head_axes;
  mixed[5] = machine.table_axes[5];
  EXPECT_THROW(SphericalWristArm(machine.mechanism, mixed, machine.beam_link, "test"), InputError);
  std::vector<int> five(machine.head_axes.begin(), machine.head_axes.end() - 1);
  EXPECT_THROW(SphericalWristArm(machine.mechanism, five, machine.beam_link, "test"), InputError);
}

}  // namespace
}  // namespace xingu
