// SPDX-License-Identifier: Apache-2.0
#include "machine/move_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double far_mm = 60.0;
constexpr std::array<double, 7> first_looks{0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875};

/// The farthest that a part can be from an axis that moves it, whatever the axes beyond do: the lengths along the chain
/// from the axis to the part, with the whole travel of slides, and the part's own size.
double reach_from(const Mechanism& mechanism, int axis_link, const CollisionWorld::Part& part) {
  double reach = (part.X_link * part.centre).norm() + part.radius;
  for (int link = part.link; link != axis_link; link = mechanism.links()[static_cast<std::size_t>(link)].parent) {
    const Joint& joint = mechanism.links()[static_cast<std::size_t>(link)].joint;
    reach += joint.X_parent.translation().norm();
    if (joint.type == JointType::prismatic) {
      const AxisLimits& limits = mechanism.axes()[static_cast<std::size_t>(joint.axis)].limits;
      reach += std::max(std::abs(limits.lower), std::abs(limits.upper));
    }
  }
  return reach;
}

}  // namespace

MoveCheck::MoveCheck(const CollisionWorld& world) : world_(&world) {
  const Mechanism& mechanism = world.mechanism();
  for (const CollisionWorld::Pair& pair : world.pairs()) {
    std::vector<Lever>& levers = levers_.emplace_back();
    const CollisionWorld::Part& a = world.parts()[static_cast<std::size_t>(pair.first)];
    const CollisionWorld::Part& b = world.parts()[static_cast<std::size_t>(pair.second)];
    const std::vector<int> axes_a = mechanism.axes_of(a.link);
    const std::vector<int> axes_b = mechanism.axes_of(b.link);
    for (const auto& [axes, others, part] : {std::tuple{&axes_a, &axes_b, &a}, {&axes_b, &axes_a, &b}}) {
      for (const int axis : *axes) {
        if (std::ranges::find(*others, axis) != others->end()) {
          continue;  // it carries both
        }
        const Axis& moved = mechanism.axes()[static_cast<std::size_t>(axis)];
        levers.push_back({axis, moved.type == JointType::revolute ? reach_from(mechanism, moved.link, *part) : 1.0});
      }
    }
  }
}

MoveVerdict MoveCheck::check(std::span<const double> from, std::span<const double> to) const {
  const std::optional<double> part = barred_at(from, to);
  if (!part) {
    return {true, 1.0, {}};
  }
  std::vector<double> values(from.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = from[i] + *part * (to[i] - from[i]);
  }
  LinkPoses poses;
  forward_kinematics(world_->mechanism(), values, poses);
  return {false, *part, world_->clearance(poses)};
}

double MoveCheck::most_closing_mm(std::size_t pair, std::span<const double> from, std::span<const double> to) const {
  double sum = 0.0;
  for (const Lever& lever : levers_[pair]) {
    const auto axis = static_cast<std::size_t>(lever.axis);
    sum += std::abs(to[axis] - from[axis]) * lever.arm_mm;
  }
  return sum;
}

std::optional<double> MoveCheck::barred_at(std::span<const double> from, std::span<const double> to) const {
  const std::vector<CollisionWorld::Pair>& pairs = world_->pairs();
  std::vector<double> speed(pairs.size());
  std::vector<double> safe_until(pairs.size(), 0.0);
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    speed[k] = most_closing_mm(k, from, to);
  }
  LinkPoses poses;
  std::vector<Eigen::Isometry3d> X_F;
  std::vector<double> values(from.size());
  const auto place_at = [&](double part) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = from[i] + part * (to[i] - from[i]);
    }
    forward_kinematics(world_->mechanism(), values, poses);
  };
  for (const double part : first_looks) {  // most moves that are barred show it here, at little cost
    place_at(part);
    if (!world_->is_safe(poses)) {
      return part;
    }
  }
  double at = 0.0;
  for (;;) {
    place_at(at);
    world_->place(poses, X_F);
    double next = 1.0;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      if (safe_until[k] <= at) {
        const double floor = std::max(0.0, pairs[k].buffer_mm - slack_mm);
        const double needed = floor + speed[k] * (1.0 - at) + 2.0 * grazing_mm;
        const double bound = world_->quick_bound(pairs[k], X_F);
        // Where the cheap bound allows a fair step it is taken; else the distance itself, up to what is worth knowing.
        const double useful = std::min(needed, floor + far_mm);
        const double distance = bound >= useful ? bound : world_->nearest(pairs[k], X_F, useful).distance;
        const double free = distance - floor;
        if (free < grazing_mm) {
          return at;
        }
        safe_until[k] = speed[k] > 0 ? at + free / speed[k] : 2.0;
      }
      next = std::min(next, safe_until[k]);
    }
    if (at >= 1.0) {
      return std::nullopt;
    }
    at = std::min(1.0, next);
  }
}

}  // namespace xingu
