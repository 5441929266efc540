// SPDX-License-Identifier: Apache-2.0
#include "machine/axis_motion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "machine_fixtures.h"

namespace xingu {
namespace {

double spread(std::uint64_t key, std::uint64_t draw) {
  return std::pow(10.0, 6.0 * Philox(41, key).uniform(draw) - 3.0);
}

TEST(JerkLimitedMove, keeps_every_limit_and_arrives_over_six_decades_of_each) {
  for (std::uint64_t draw = 0; draw < 20'000; ++draw) {
    const MotionLimits limits{spread(0, draw), spread(1, draw), spread(2, draw)};
    const double way = spread(3, draw);
    const JerkLimitedMove move(way, limits);
    const double total = move.duration_s();
    double before = 0.0;
    MotionState last;
    for (int k = 0; k <= 64; ++k) {
      const MotionState s = move.at(total * k / 64.0);
      EXPECT_LE(std::abs(s.velocity), limits.velocity * (1 + 1e-9));
      EXPECT_LE(std::abs(s.acceleration), limits.acceleration * (1 + 1e-9));
      EXPECT_LE(std::abs(s.acceleration - last.acceleration), limits.jerk * total / 64.0 * (1 + 1e-6) + 1e-12);
      EXPECT_GE(s.position, before - 1e-9 * way);
      before = s.position;
      last = s;
    }
    EXPECT_NEAR(move.at(total).position, way, 1e-9 * way);
    EXPECT_NEAR(move.at(total * (1 - 1e-12)).position, way, 1e-9 * way);
  }
}

TEST(JerkLimitedMove, velocity_and_acceleration_are_derivatives) {
  const JerkLimitedMove move(100.0, {30.0, 20.0, 40.0});
  const double h = 1e-5;
  for (double t = 0.05; t < move.duration_s() - 0.05; t += 0.0137) {
    EXPECT_NEAR((move.at(t + h).position - move.at(t - h).position) / (2 * h), move.at(t).velocity, 1e-5);
    EXPECT_NEAR((move.at(t + h).velocity - move.at(t - h).velocity) / (2 * h), move.at(t).acceleration, 1e-3);
  }
}

TEST(JerkLimitedMove, is_its_phases_of_constant_jerk) {
  for (std::uint64_t draw = 0; draw < 500; ++draw) {
    const MotionLimits limits{spread(0, draw), spread(1, draw), spread(2, draw)};
    const double way = spread(3, draw);
    const JerkLimitedMove move(way, limits);
    const double rounding_s = 1e-15 * move.duration_s();  // of a time, in which acceleration and speed go on changing
    double time = 0.0;
    MotionState state;
    for (const JerkLimitedMove::Phase& phase : move.phases()) {
      const double t = phase.duration_s;
      state.position += state.velocity * t + state.acceleration * t * t / 2.0 + phase.jerk * t * t * t / 6.0;
      state.velocity += state.acceleration * t + phase.jerk * t * t / 2.0;
      state.acceleration += phase.jerk * t;
      time += t;
      const MotionState there = move.at(time);
      EXPECT_NEAR(state.position, there.position, 1e-9 * way);
      EXPECT_NEAR(state.velocity, there.velocity, 1e-9 * limits.velocity + rounding_s * limits.acceleration);
      EXPECT_NEAR(state.acceleration, there.acceleration, 1e-9 * limits.acceleration + rounding_s * limits.jerk);
    }
    EXPECT_NEAR(time, move.duration_s(), 1e-12 * time);
    EXPECT_NEAR(state.position, way, 1e-9 * way);
  }
}

TEST(JerkLimitedMove, is_as_fast_as_the_textbook_where_that_is_simple) {
  EXPECT_NEAR(JerkLimitedMove(2.0, {1e9, 1e9, 1.0}).duration_s(), 4.0, 1e-9);       // jerk alone: 4 (way / 2j)^(1/3)
  EXPECT_NEAR(JerkLimitedMove(9.0, {1e9, 1.0, 1e9}).duration_s(), 6.0, 1e-6);       // acceleration alone: 2 √(way/a)
  EXPECT_NEAR(JerkLimitedMove(100.0, {10.0, 5.0, 1e9}).duration_s(), 12.0, 1e-6);   // way/v + v/a
  EXPECT_NEAR(JerkLimitedMove(100.0, {10.0, 5.0, 10.0}).duration_s(), 12.5, 1e-9);  // and + a/j
  EXPECT_EQ(JerkLimitedMove(0.0, {1, 1, 1}).duration_s(), 0.0);
}

TEST(JerkLimitedMove, no_motion_with_another_peak_acceleration_is_faster) {
  // Slow twin: every symmetric seven-phase motion on a grid of peak acceleration and peak velocity.
  for (std::uint64_t draw = 0; draw < 100; ++draw) {
    const auto u = [&](std::uint64_t k) { return 0.1 + 3.0 * Philox(43, k).uniform(draw); };
    const MotionLimits limits{u(0), u(1), u(2)};
    const double way = 5.0 * u(3);
    double best = 1e300;
    for (int i = 1; i <= 200; ++i) {
      const double a = limits.acceleration * i / 200.0;
      for (int k = 1; k <= 200; ++k) {
        const double v = limits.velocity * k / 200.0;
        const double hold = v / a - a / limits.jerk;
        const double half = 2.0 * a / limits.jerk + hold;
        const double cruise = way / v - half;
        if (hold >= 0 && cruise >= 0) {
          best = std::min(best, 2.0 * half + cruise);
        }
      }
    }
    EXPECT_LE(JerkLimitedMove(way, limits).duration_s(), best + 1e-9);
  }
}

TEST(AxisMove, all_axes_keep_their_limits_and_arrive_together) {
  const TreatmentMachine machine = test::shipped_machine("radiosurgery-arm");
  const auto& axes = machine.mechanism.axes();
  for (std::uint64_t draw = 0; draw < 2000; ++draw) {
    const auto from = test::random_axis_values(machine.mechanism, 44, draw);
    const auto to = test::random_axis_values(machine.mechanism, 45, draw);
    const AxisMove move(axes, from, to);
    EXPECT_DOUBLE_EQ(move.duration_s(), move_duration_s(axes, from, to));
    for (std::size_t i = 0; i < axes.size(); ++i) {
      for (int k = 0; k <= 16; ++k) {
        const MotionState s = move.axis_at(i, move.duration_s() * k / 16.0);
        ASSERT_LE(std::abs(s.velocity), axes[i].limits.velocity * (1 + 1e-9));
        ASSERT_LE(std::abs(s.acceleration), axes[i].limits.acceleration * (1 + 1e-9));
      }
      EXPECT_EQ(move.axis_at(i, move.duration_s()).position, to[i]);
    }
    const auto slow = static_cast<std::size_t>(move.slowest_axis());
    const AxisLimits& l = axes[slow].limits;
    EXPECT_GE(
        move.duration_s(),
        JerkLimitedMove(std::abs(to[slow] - from[slow]), {l.velocity, l.acceleration, l.jerk}).duration_s() - 1e-9);
  }
}

}  // namespace
}  // namespace xingu
