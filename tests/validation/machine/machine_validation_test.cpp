// SPDX-License-Identifier: Apache-2.0
// Many random cases: inverse kinematics of every branch, both layers of collision checks against each other, timing.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <numbers>

#include "base/parallel.h"
#include "base/philox.h"
#include "machine/axis_motion.h"
#include "machine/collision_world.h"
#include "machine/machine_fixtures.h"
#include "machine/machine_patient.h"

namespace xingu {
namespace {

constexpr std::size_t num_cases = XINGU_NUM_CASES;
constexpr std::size_t num_chunks = 64;

TEST(MachineValidation, every_branch_of_the_inverse_returns_to_the_pose) {
  const TreatmentMachine machine = test::shipped_machine("radiosurgery-arm");
  const SphericalWristArm& arm = *machine.head_arm;
  std::array<double, num_chunks> worst_mm{};
  std::array<double, num_chunks> worst_rad{};
  parallel_chunks(num_cases, num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    for (std::size_t draw = begin; draw < end; ++draw) {
      std::array<double, 6> q{};
      for (std::size_t k = 0; k < 6; ++k) {
        q[k] = 2.0 * std::numbers::pi * (Philox(61, k).uniform(draw) - 0.5);
      }
      const Eigen::Isometry3d X = arm.forward(q);
      for (const ArmBranch& branch : arm.inverse(X).all()) {
        const Eigen::Isometry3d Y = arm.forward(branch.q);
        const Mat3 left = X.linear().transpose() * Y.linear();
        const Vec3 turn(left(2, 1) - left(1, 2), left(0, 2) - left(2, 0), left(1, 0) - left(0, 1));
        worst_mm[chunk] = std::max(worst_mm[chunk], (X.translation() - Y.translation()).norm());
        worst_rad[chunk] = std::max(worst_rad[chunk], 0.5 * turn.norm());
      }
    }
  });
  EXPECT_LE(std::ranges::max(worst_mm), 1e-9);
  EXPECT_LE(std::ranges::max(worst_rad), 1e-12);
}

TEST(MachineValidation, the_conservative_layer_is_never_wrong_and_seldom_shy) {
  const PatientOnTable patient = test::ellipse_patient(5000);
  for (const char* name : {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"}) {
    const TreatmentMachine machine = test::shipped_machine(name);
    const CollisionWorld world(machine, &patient, Buffers::none);
    std::array<std::size_t, num_chunks> num_safe{};
    std::array<std::size_t, num_chunks> num_shy{};
    std::array<std::size_t, num_chunks> num_wrong{};
    parallel_chunks(num_cases / 4, num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
      LinkPoses poses;
      for (std::size_t draw = begin; draw < end; ++draw) {
        forward_kinematics(machine.mechanism, test::random_axis_values(machine.mechanism, 62, draw), poses);
        const bool is_safe = world.clearance(poses, 1.0).distance_mm > 1e-6;
        const bool is_certified = world.is_certified(poses);
        num_safe[chunk] += is_safe ? 1 : 0;
        num_shy[chunk] += is_safe && !is_certified ? 1 : 0;
        num_wrong[chunk] += is_certified && !is_safe ? 1 : 0;
      }
    });
    std::size_t safe = 0;
    std::size_t shy = 0;
    for (std::size_t c = 0; c < num_chunks; ++c) {
      safe += num_safe[c];
      shy += num_shy[c];
      EXPECT_EQ(num_wrong[c], 0U) << name;
    }
    EXPECT_GT(safe, num_cases / 400) << name;
    EXPECT_LT(static_cast<double>(shy), 0.05 * static_cast<double>(safe)) << name;
    RecordProperty(std::string("refused_per_mille_") + name,
                   static_cast<int>(1000 * shy / std::max<std::size_t>(1, safe)));
  }
}

TEST(MachineValidation, no_move_exceeds_a_limit_and_all_axes_arrive_together) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const auto& axes = machine.mechanism.axes();
  std::array<double, num_chunks> worst{};
  parallel_chunks(num_cases, num_chunks, [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    for (std::size_t draw = begin; draw < end; ++draw) {
      const auto from = test::random_axis_values(machine.mechanism, 63, draw);
      const auto to = test::random_axis_values(machine.mechanism, 64, draw);
      const AxisMove move(axes, from, to);
      for (std::size_t i = 0; i < axes.size(); ++i) {
        for (const double part : {0.1, 0.3, 0.5, 0.8}) {
          const MotionState s = move.axis_at(i, part * move.duration_s());
          worst[chunk] = std::max({worst[chunk], std::abs(s.velocity) / axes[i].limits.velocity,
                                   std::abs(s.acceleration) / axes[i].limits.acceleration});
        }
        worst[chunk] = std::max(worst[chunk], std::abs(move.axis_at(i, move.duration_s()).position - to[i]));
      }
    }
  });
  EXPECT_LE(std::ranges::max(worst), 1.0 + 1e-9);
}

}  // namespace
}  // namespace xingu
