// SPDX-License-Identifier: Apache-2.0
#include "delivery/axis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xingu {
namespace {

TEST(SetpointGenerator, reaches_its_goal_within_the_limits_and_without_overshoot) {
  const AxisDynamics dynamics{12.0, 6.0, 8.0, 20, 0.0};
  for (const double goal : {0.001, 0.5, 3.0, 170.0, -90.0}) {
    SetpointGenerator setpoint(dynamics);
    double last_speed = 0.0;
    int steps = 0;
    while (setpoint.position() != goal && steps < 100'000) {
      setpoint.advance(goal);
      ++steps;
      EXPECT_LE(std::abs(setpoint.speed()), 12.0 + 1e-9);
      if (setpoint.position() != goal) {
        EXPECT_LE(std::abs(setpoint.speed() - last_speed), 6.0 * step_s + 1e-9);
      }
      last_speed = setpoint.speed();
      EXPECT_LE(std::abs(setpoint.position()), std::abs(goal) + 1e-9);
    }
    // a trapezoid, or a triangle where the top speed is not reached
    const double distance = std::abs(goal);
    const double ramp = 12.0 / 6.0;
    const double shortest_s = distance > 12.0 * ramp ? distance / 12.0 + ramp : 2.0 * std::sqrt(distance / 6.0);
    EXPECT_EQ(setpoint.position(), goal);
    EXPECT_NEAR(steps * step_s, shortest_s, 0.05 + 0.02 * shortest_s);
  }
}

TEST(SetpointGenerator, brakes_to_rest) {
  SetpointGenerator setpoint({10.0, 5.0, 8.0, 20, 0.0});
  for (int i = 0; i < 1500; ++i) {
    setpoint.advance(100.0);
  }
  const double before = setpoint.position();
  const double speed = setpoint.speed();
  for (int i = 0; i < 3000; ++i) {
    setpoint.brake();
  }
  EXPECT_EQ(setpoint.speed(), 0.0);
  EXPECT_NEAR(setpoint.position() - before, speed * speed / (2.0 * 5.0), 0.02);
}

TEST(DelayLine, gives_what_went_in_so_many_steps_ago) {
  for (const int delay : {0, 1, 20, 63}) {
    DelayLine line(delay, -1.0);
    for (int i = 0; i < 200; ++i) {
      EXPECT_EQ(line.pass(i), i < delay ? -1.0 : i - delay);
    }
  }
}

TEST(AxisServo, follows_a_steady_move_without_lag_and_settles_without_overshoot) {
  const AxisDynamics dynamics{12.0, 6.0, 8.0, 20, 0.0};
  AxisServo servo(dynamics);
  double setpoint = 0.0;
  for (int i = 0; i < 3000; ++i) {
    setpoint += 5.0 * step_s;
    servo.advance(setpoint);
  }
  EXPECT_NEAR(servo.position(), setpoint - 5.0 * 0.020, 0.01);
  double highest = servo.position();
  for (int i = 0; i < 2000; ++i) {
    servo.advance(setpoint);
    highest = std::max(highest, servo.position());
  }
  EXPECT_NEAR(servo.position(), setpoint, 1e-6);
  EXPECT_LT(highest - setpoint, 0.1);
}

TEST(AxisServo, comes_back_after_it_was_displaced) {
  AxisServo servo({12.0, 6.0, 8.0, 20, 0.0}, 30.0);
  servo.displace(2.0);
  EXPECT_EQ(servo.position(), 32.0);
  for (int i = 0; i < 500; ++i) {
    servo.advance(30.0);
  }
  EXPECT_NEAR(servo.position(), 30.0, 1e-6);
}

}  // namespace
}  // namespace xingu
