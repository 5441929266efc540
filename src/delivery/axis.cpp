// SPDX-License-Identifier: Apache-2.0
#include "delivery/axis.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xingu {

void SetpointGenerator::move(double wanted_speed) noexcept {
  const double change = max_acceleration_ * step_s;
  speed_ = std::clamp(wanted_speed, speed_ - change, speed_ + change);
  position_ += speed_ * step_s;
}

void SetpointGenerator::advance(double goal) noexcept {
  const double distance = goal - position_;
  // the speed from which whole steps of braking end at the goal: v (v + a dt) = 2 a d
  const double brake = max_acceleration_ * step_s;
  const double fastest = 0.5 * (std::sqrt(brake * brake + 8.0 * max_acceleration_ * std::abs(distance)) - brake);
  const double wanted = std::copysign(std::min({fastest, max_speed_, std::abs(distance) / step_s}), distance);
  move(wanted);
  if (std::abs(goal - position_) <= brake * step_s && std::abs(speed_) <= 2.0 * brake) {
    position_ = goal;
    speed_ = 0.0;
  }
}

void SetpointGenerator::brake() noexcept { move(0.0); }

AxisServo::AxisServo(const AxisDynamics& dynamics, double position) noexcept
    : omega_(2.0 * std::numbers::pi * dynamics.bandwidth_hz),
      delay_(dynamics.latency_ms, position),
      last_setpoint_(position),
      position_(position) {}

void AxisServo::advance(double setpoint) noexcept {
  const double delayed = delay_.pass(setpoint);
  const double setpoint_speed = (delayed - last_setpoint_) / step_s;
  last_setpoint_ = delayed;
  const double acceleration = omega_ * omega_ * (delayed - position_) + 2.0 * omega_ * (setpoint_speed - speed_);
  speed_ += acceleration * step_s;
  position_ += speed_ * step_s;
}

}  // namespace xingu
