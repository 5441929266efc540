// SPDX-License-Identifier: Apache-2.0
#include "machine/mechanism.h"

#include <gtest/gtest.h>

#include <cmath>

#include "machine_fixtures.h"

namespace xingu {
namespace {

TEST(ForwardKinematics, ring_and_tilt_put_the_source_where_trigonometry_does) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  std::vector<double> q = machine.home();
  LinkPoses poses;
  for (const auto& [gantry, tilt] : {std::pair{0.0, 0.0}, {0.5, -0.3}, {-2.0, 0.7}}) {
    q[static_cast<std::size_t>(machine.head_axes[0])] = gantry;
    q[static_cast<std::size_t>(machine.head_axes[1])] = tilt;
    forward_kinematics(machine.mechanism, q, poses);
    const Vec3 source =
        800.0 * Vec3(std::cos(tilt) * std::sin(gantry), -std::sin(tilt), std::cos(tilt) * std::cos(gantry));
    EXPECT_LT((poses.X_F[static_cast<std::size_t>(machine.beam_link)].translation() - source).norm(), 1e-9);
  }
}

TEST(ForwardKinematics, arm_at_zero_reaches_its_published_length) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const int foot = machine.mechanism.find_link("couch_0");
  const int flange = machine.mechanism.find_link("couch_6");
  LinkPoses poses;
  forward_kinematics(machine.mechanism, std::vector<double>(machine.mechanism.num_axes(), 0.0), poses);
  const Vec3 p =
      poses.X_F[static_cast<std::size_t>(foot)].inverse() * poses.X_F[static_cast<std::size_t>(flange)].translation();
  EXPECT_LT((p - Vec3(350 + 1150 + 1200 + 215, 0, 675 - 41)).norm(), 1e-9);
}

TEST(Jacobian, agrees_with_finite_differences) {
  constexpr double step = 1e-6;
  for (const char* name : {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"}) {
    const TreatmentMachine machine = test::shipped_machine(name);
    const Mechanism& mechanism = machine.mechanism;
    LinkPoses at;
    LinkPoses before;
    LinkPoses after;
    for (std::uint64_t draw = 0; draw < 100; ++draw) {
      std::vector<double> q = test::random_axis_values(mechanism, 3, draw);
      forward_kinematics(mechanism, q, at);
      for (const int link : {machine.beam_link, machine.table_link}) {
        const auto l = static_cast<std::size_t>(link);
        const Vec3 local(100, -50, 200);
        const auto J = jacobian(mechanism, at, link, at.X_F[l] * local);
        for (std::size_t axis = 0; axis < mechanism.num_axes(); ++axis) {
          const double value = q[axis];
          q[axis] = value - step;
          forward_kinematics(mechanism, q, before);
          q[axis] = value + step;
          forward_kinematics(mechanism, q, after);
          q[axis] = value;
          const Vec3 velocity = (after.X_F[l] * local - before.X_F[l] * local) / (2 * step);
          const Mat3 spin =
              (after.X_F[l].linear() - before.X_F[l].linear()) / (2 * step) * at.X_F[l].linear().transpose();
          const Vec3 turning(spin(2, 1), spin(0, 2), spin(1, 0));
          const auto column = J.col(static_cast<Eigen::Index>(axis));
          EXPECT_LT((velocity - column.head<3>()).norm(), 1e-6 * std::max(1.0, column.head<3>().norm()));
          EXPECT_LT((turning - column.tail<3>()).norm(), 1e-6);
        }
      }
    }
  }
}

TEST(Mechanism, knows_what_hangs_on_what) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const Mechanism& m = machine.mechanism;
  EXPECT_TRUE(m.is_below(machine.beam_link, m.find_link("arc")));
  EXPECT_FALSE(m.is_below(machine.beam_link, m.find_link("couch_1")));
  EXPECT_EQ(m.axes_of(machine.beam_link), machine.head_axes);
  EXPECT_EQ(m.axes_of(machine.table_link), machine.table_axes);
  EXPECT_EQ(m.find_axis("nothing"), -1);
}

}  // namespace
}  // namespace xingu
