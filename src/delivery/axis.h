// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace xingu {

/// The control loop's step.
inline constexpr double step_s = 1e-3;

/// How one axis moves; units are the axis' own (deg or mm) and seconds.
struct AxisDynamics {
  double max_speed = 6.0;
  double max_acceleration = 6.0;
  double bandwidth_hz = 8.0;  ///< natural frequency of the servo, which is damped critically
  int latency_ms = 20;        ///< from a setpoint to the drive that acts on it; below 64
  double encoder_noise = 0.005;
};

/// Setpoints of a move that is limited in speed and acceleration, made one step at a time, so that the goal may change
/// on the way. The speed is the largest from which the axis can still brake before the goal (a trapezoid from rest to
/// rest). Plain data, no allocation.
class SetpointGenerator {
 public:
  explicit SetpointGenerator(const AxisDynamics& dynamics, double position = 0.0) noexcept
      : max_speed_(dynamics.max_speed), max_acceleration_(dynamics.max_acceleration), position_(position) {}

  void advance(double goal) noexcept;
  /// Brakes to rest where it can.
  void brake() noexcept;

  [[nodiscard]] double position() const noexcept { return position_; }
  [[nodiscard]] double speed() const noexcept { return speed_; }

 private:
  void move(double wanted_speed) noexcept;

  double max_speed_;
  double max_acceleration_;
  double position_;
  double speed_ = 0.0;
};

/// A fixed delay of up to 63 steps. Before the first value has come through it gives the initial one.
class DelayLine {
 public:
  explicit DelayLine(int steps, double initial = 0.0) noexcept : steps_(static_cast<std::size_t>(steps) & 63U) {
    values_.fill(initial);
  }
  /// Takes this step's value and returns that of `steps` ago.
  double pass(double value) noexcept {
    values_[head_ & 63U] = value;
    const double result = values_[(head_ - steps_) & 63U];
    ++head_;
    return result;
  }

 private:
  std::array<double, 64> values_{};
  std::size_t steps_;
  std::size_t head_ = 0;
};

/// The drive and the mass behind it: x'' = ω² (s − x) + 2 ω (s' − x'), s the setpoint after its latency; critically
/// damped, with the setpoint's speed fed forward so that a steady move has no lag. Semi-implicit Euler at 1 kHz, stable
/// for bandwidths below 150 Hz.
class AxisServo {
 public:
  explicit AxisServo(const AxisDynamics& dynamics, double position = 0.0) noexcept;

  void advance(double setpoint) noexcept;
  /// The brake slipped, or someone pushed: the axis stands elsewhere.
  void displace(double by) noexcept { position_ += by; }
  /// The drive has no force: the axis stays where it is.
  void block() noexcept { speed_ = 0.0; }

  [[nodiscard]] double position() const noexcept { return position_; }

 private:
  double omega_;
  DelayLine delay_;
  double last_setpoint_;
  double position_;
  double speed_ = 0.0;
};

}  // namespace xingu
