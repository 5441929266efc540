// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "machine/mechanism.h"

namespace xingu {

/// Bounds of one motion's speed, acceleration and jerk, in any unit of length.
struct MotionLimits {
  double velocity = 0.0;
  double acceleration = 0.0;
  double jerk = 0.0;
};

/// Where something is and how it moves.
struct MotionState {
  double position = 0.0;
  double velocity = 0.0;
  double acceleration = 0.0;
};

/// The fastest motion from rest to rest over a way under limits of velocity, acceleration and jerk: seven phases of
/// constant jerk (+j 0 −j, 0, −j 0 +j), of which any may be empty. In closed form: the peak acceleration is the least
/// of a_max and what v_max or the way leave time for (Biagiotti and Melchiorri 2008, "Trajectory planning for automatic
/// machines and robots", section 3.4). Plain data; cost O(1).
class JerkLimitedMove {
 public:
  JerkLimitedMove() = default;
  /// @param way  ≥ 0; limits positive
  JerkLimitedMove(double way, const MotionLimits& limits);

  [[nodiscard]] double duration_s() const { return 4.0 * ramp_ + 2.0 * hold_ + cruise_; }
  /// At a time; before the start and after the end it rests.
  [[nodiscard]] MotionState at(double time_s) const;

  /// A stretch of constant jerk.
  struct Phase {
    double duration_s = 0.0;
    double jerk = 0.0;
  };
  /// The phases that are not empty: with rest at 0 before them they are the whole motion.
  [[nodiscard]] std::vector<Phase> phases() const;

 private:
  double way_ = 0.0;
  double jerk_ = 0.0;
  double ramp_ = 0.0;    ///< of acceleration from 0 to its peak, s
  double hold_ = 0.0;    ///< at the peak of acceleration
  double cruise_ = 0.0;  ///< at the peak of velocity
};

/// A straight move of all axes from one configuration to another: all leave and arrive together, each axis i does its
/// part Δi · s(t) of one motion s from 0 to 1, whose limits are the least over the axes of vᵢ/|Δi|, aᵢ/|Δi| and
/// jᵢ/|Δi|. Among the motions along the straight line this is the fastest; the slowest axis decides.
class AxisMove {
 public:
  AxisMove() = default;
  AxisMove(std::span<const Axis> axes, std::span<const double> from, std::span<const double> to);

  [[nodiscard]] double duration_s() const { return along_.duration_s(); }
  /// The motion of s: axis i is at fromᵢ + Δi · s(t).
  [[nodiscard]] const JerkLimitedMove& along() const { return along_; }
  /// State of one axis at a time.
  [[nodiscard]] MotionState axis_at(std::size_t axis, double time_s) const;
  [[nodiscard]] const std::vector<double>& from() const { return from_; }
  [[nodiscard]] const std::vector<double>& to() const { return to_; }
  /// The axis whose limits bind: it alone would take longest.
  [[nodiscard]] int slowest_axis() const { return slowest_; }

 private:
  std::vector<double> from_;
  std::vector<double> to_;
  JerkLimitedMove along_;
  int slowest_ = -1;
};

/// The duration of AxisMove without making one. Cost O(axes), no allocation.
[[nodiscard]] double move_duration_s(std::span<const Axis> axes, std::span<const double> from,
                                     std::span<const double> to);

}  // namespace xingu
