// SPDX-License-Identifier: Apache-2.0
#include "machine/move_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

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
    Drive& drive = drives_.emplace_back();
    const std::array parts{&world.parts()[static_cast<std::size_t>(pair.first)],
                           &world.parts()[static_cast<std::size_t>(pair.second)]};
    const std::array axes{mechanism.axes_of(parts[0]->link), mechanism.axes_of(parts[1]->link)};
    for (std::size_t side = 0; side < 2; ++side) {
      for (const int axis : axes[side]) {
        const Axis& moved = mechanism.axes()[static_cast<std::size_t>(axis)];
        if (std::ranges::find(axes[1 - side], axis) != axes[1 - side].end()) {
          drive.carrier = moved.link;  // with all of its ways nearer to the root
          continue;
        }
        const bool turns = moved.type == JointType::revolute;
        drive.levers[side].push_back({axis, turns, turns ? reach_from(mechanism, moved.link, *parts[side]) : 1.0});
      }
    }
  }
}

StraightMove::StraightMove(const MoveCheck& check, std::span<const double> from, std::span<const double> to)
    : check_(&check), from_(from.begin(), from.end()), way_(from.size()), values_(from.size()) {
  std::ranges::transform(to, from, way_.begin(), std::minus{});
  bounds_.reserve(check.drives_.size());
  for (const MoveCheck::Drive& drive : check.drives_) {
    Bounds& bounds = bounds_.emplace_back();
    for (const std::vector<MoveCheck::Lever>& levers : drive.levers) {
      double turned = 0.0;
      for (const MoveCheck::Lever& lever : levers) {
        const double way = std::abs(way_[static_cast<std::size_t>(lever.axis)]);
        const double turn = lever.turns ? way : 0.0;
        bounds.sum += lever.arm_mm * way;
        bounds.bend += lever.arm_mm * way * (turn + 2.0 * turned);
        turned += turn;
      }
    }
  }
}

void StraightMove::go_to(double part) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    values_[i] = from_[i] + part * way_[i];
  }
  const Mechanism& mechanism = check_->world_->mechanism();
  forward_kinematics(mechanism, values_, poses_);
  check_->world_->place(poses_, X_F_);
  twists_.resize(mechanism.links().size());
  for (std::size_t i = 1; i < twists_.size(); ++i) {
    const Link& link = mechanism.links()[i];
    twists_[i] = twists_[static_cast<std::size_t>(link.parent)];
    if (link.joint.axis >= 0) {
      const Eigen::Isometry3d& X_F = poses_.X_F[i];
      const Vec3 along = way_[static_cast<std::size_t>(link.joint.axis)] * (X_F.linear() * link.joint.direction);
      if (link.joint.type == JointType::revolute) {
        twists_[i].turn += along;
        twists_[i].slide -= along.cross(X_F.translation());
      } else {
        twists_[i].slide += along;
      }
    }
  }
}

double StraightMove::speed(std::size_t pair) const {
  const CollisionWorld& world = *check_->world_;
  const Twist& carrier = twists_[static_cast<std::size_t>(check_->drives_[pair].carrier)];
  Vec3 apart = Vec3::Zero();
  double turning = 0.0;
  double sign = 1.0;
  for (const int index : {world.pairs()[pair].first, world.pairs()[pair].second}) {
    const CollisionWorld::Part& part = world.parts()[static_cast<std::size_t>(index)];
    const Twist& whole = twists_[static_cast<std::size_t>(part.link)];
    const Twist own{whole.turn - carrier.turn, whole.slide - carrier.slide};
    apart += sign * own.at(X_F_[static_cast<std::size_t>(index)] * part.centre);
    turning += own.turn.norm() * part.radius;
    sign = -1.0;
  }
  return apart.norm() + turning;
}

double StraightMove::most_change_mm(std::size_t pair, double part) const {
  const Bounds& bounds = bounds_[pair];
  if (bounds.sum <= 0) {
    return 0.0;
  }
  return part * std::min(bounds.sum, speed(pair) + 0.5 * bounds.bend * part);
}

double StraightMove::part_within(std::size_t pair, double change_mm) const {
  const Bounds& bounds = bounds_[pair];
  if (bounds.sum <= 0) {
    return std::numeric_limits<double>::infinity();
  }
  const double v = speed(pair);
  const double root = v + std::sqrt(v * v + 2.0 * bounds.bend * change_mm);  // of ½ b s² + v s = change
  return std::max(change_mm / bounds.sum, root > 0 ? 2.0 * change_mm / root : 0.0);
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

std::optional<double> MoveCheck::barred_at(std::span<const double> from, std::span<const double> to) const {
  const std::vector<CollisionWorld::Pair>& pairs = world_->pairs();
  StraightMove move(*this, from, to);
  for (const double part : first_looks) {  // most moves that are barred show it here, at little cost
    move.go_to(part);
    if (!world_->is_safe(move.poses())) {
      return part;
    }
  }
  using Due = std::pair<double, std::size_t>;  // the part of the move up to which a pair is safe, and the pair
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    due.emplace(0.0, k);
  }
  while (!due.empty()) {
    const double at = due.top().first;
    move.go_to(at);
    while (!due.empty() && due.top().first <= at) {
      const std::size_t k = due.top().second;
      due.pop();
      const double floor = std::max(0.0, pairs[k].buffer_mm - slack_mm);
      const double needed = floor + move.most_change_mm(k, 1.0 - at) + 2.0 * grazing_mm;
      const double bound = world_->quick_bound(pairs[k], move.X_F());
      // Where the cheap bound allows a fair step it is taken; else the distance itself, up to what is worth knowing.
      const double useful = std::min(needed, floor + far_mm);
      const double distance = bound >= useful ? bound : world_->nearest(pairs[k], move.X_F(), useful).distance;
      const double free = distance - floor;
      if (free < grazing_mm) {
        return at;
      }
      if (distance < needed && at < 1.0) {
        due.emplace(std::min(1.0, at + move.part_within(k, free)), k);
      }
    }
  }
  return std::nullopt;
}

}  // namespace xingu
