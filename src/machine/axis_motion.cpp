// SPDX-License-Identifier: Apache-2.0
#include "machine/axis_motion.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace xingu {
namespace {

/// The limits of s from 0 to 1 along a straight line; infinite if nothing moves.
MotionLimits limits_along(std::span<const Axis> axes, std::span<const double> from, std::span<const double> to) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  MotionLimits limits{infinity, infinity, infinity};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const double way = std::abs(to[i] - from[i]);
    if (way > 0) {
      limits.velocity = std::min(limits.velocity, axes[i].limits.velocity / way);
      limits.acceleration = std::min(limits.acceleration, axes[i].limits.acceleration / way);
      limits.jerk = std::min(limits.jerk, axes[i].limits.jerk / way);
    }
  }
  return limits;
}

JerkLimitedMove move_along(const MotionLimits& limits) {
  return std::isfinite(limits.velocity) ? JerkLimitedMove(1.0, limits) : JerkLimitedMove();
}

}  // namespace

JerkLimitedMove::JerkLimitedMove(double way, const MotionLimits& limits) : way_(way), jerk_(limits.jerk) {
  XINGU_EXPECT(way >= 0 && limits.velocity > 0 && limits.acceleration > 0 && limits.jerk > 0);
  if (!(way > 0)) {
    return;
  }
  const double a = limits.acceleration;
  const double v = limits.velocity;
  const double j = limits.jerk;
  // Speeding up to v takes ramp + hold + ramp and covers v/2 · that; slowing down is its mirror image.
  const auto speed_up = [&](double peak) {
    ramp_ = std::min(a / j, std::sqrt(peak / j));
    hold_ = std::max(0.0, peak / (j * ramp_) - ramp_);
    return 2.0 * ramp_ + hold_;
  };
  const double time_to_v = speed_up(v);
  if (v * time_to_v <= way) {
    cruise_ = way / v - time_to_v;
    return;
  }
  // The peak speed is not reached: way = peak · (2 ramp + hold).
  const double full_ramp = a / j;
  if (way <= 2.0 * a * full_ramp * full_ramp) {
    ramp_ = std::cbrt(0.5 * way / j);
    hold_ = 0.0;
  } else {
    // peak = a (ramp + hold): a (r + h)(2r + h) = way
    ramp_ = full_ramp;
    hold_ = 0.5 * (-3.0 * full_ramp + std::sqrt(full_ramp * full_ramp + 4.0 * way / a));
  }
}

MotionState JerkLimitedMove::at(double time_s) const {
  const double total = duration_s();
  if (time_s <= 0 || total <= 0) {
    return {};
  }
  if (time_s >= total) {
    return {way_, 0.0, 0.0};
  }
  if (time_s > 0.5 * total) {  // the mirror image keeps the end exact
    const MotionState mirrored = at(total - time_s);
    return {way_ - mirrored.position, mirrored.velocity, -mirrored.acceleration};
  }
  const double peak = jerk_ * ramp_;
  double t = time_s;
  if (t <= ramp_) {
    return {jerk_ * t * t * t / 6.0, 0.5 * jerk_ * t * t, jerk_ * t};
  }
  MotionState state{peak * ramp_ * ramp_ / 6.0, 0.5 * peak * ramp_, peak};
  t -= ramp_;
  const double held = std::min(t, hold_);
  state.position += state.velocity * held + 0.5 * peak * held * held;
  state.velocity += peak * held;
  t -= held;
  const double eased = std::min(t, ramp_);
  state.position += state.velocity * eased + 0.5 * peak * eased * eased - jerk_ * eased * eased * eased / 6.0;
  state.velocity += peak * eased - 0.5 * jerk_ * eased * eased;
  state.acceleration = peak - jerk_ * eased;
  t -= eased;
  if (t > 0) {
    state.position += state.velocity * t;
    state.acceleration = 0.0;
  }
  return state;
}

std::vector<JerkLimitedMove::Phase> JerkLimitedMove::phases() const {
  std::vector<Phase> result;
  for (const Phase& phase : {Phase{ramp_, jerk_}, Phase{hold_, 0.0}, Phase{ramp_, -jerk_}, Phase{cruise_, 0.0},
                             Phase{ramp_, -jerk_}, Phase{hold_, 0.0}, Phase{ramp_, jerk_}}) {
    if (phase.duration_s > 0) {
      result.push_back(phase);
    }
  }
  return result;
}

AxisMove::AxisMove(std::span<const Axis> axes, std::span<const double> from, std::span<const double> to)
    : from_(from.begin(), from.end()), to_(to.begin(), to.end()), along_(move_along(limits_along(axes, from, to))) {
  double longest = 0.0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const AxisLimits& limits = axes[i].limits;
    const double alone =
        JerkLimitedMove(std::abs(to[i] - from[i]), {limits.velocity, limits.acceleration, limits.jerk}).duration_s();
    if (alone > longest) {
      longest = alone;
      slowest_ = static_cast<int>(i);
    }
  }
}

MotionState AxisMove::axis_at(std::size_t axis, double time_s) const {
  const MotionState s = along_.at(time_s);
  const double way = to_[axis] - from_[axis];
  return {time_s >= duration_s() ? to_[axis] : from_[axis] + way * s.position, way * s.velocity, way * s.acceleration};
}

double move_duration_s(std::span<const Axis> axes, std::span<const double> from, std::span<const double> to) {
  return move_along(limits_along(axes, from, to)).duration_s();
}

}  // namespace xingu
