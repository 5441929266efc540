// SPDX-License-Identifier: Apache-2.0
#include "machine/mechanism.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace xingu {

Mechanism::Mechanism(std::vector<Link> links, std::vector<Axis> axes)
    : links_(std::move(links)), axes_(std::move(axes)) {
  XINGU_EXPECT(!links_.empty() && links_.front().parent == -1);
  for (std::size_t i = 1; i < links_.size(); ++i) {
    XINGU_EXPECT(links_[i].parent >= 0 && links_[i].parent < static_cast<int>(i));
  }
}

int Mechanism::find_link(std::string_view name) const {
  const auto found = std::ranges::find(links_, name, &Link::name);
  return found == links_.end() ? -1 : static_cast<int>(found - links_.begin());
}

int Mechanism::find_axis(std::string_view name) const {
  const auto found = std::ranges::find(axes_, name, &Axis::name);
  return found == axes_.end() ? -1 : static_cast<int>(found - axes_.begin());
}

bool Mechanism::is_below(int descendant, int ancestor) const {
  while (descendant > ancestor) {
    descendant = links_[static_cast<std::size_t>(descendant)].parent;
  }
  return descendant == ancestor;
}

std::vector<int> Mechanism::axes_of(int link) const {
  std::vector<int> result;
  for (int i = link; i > 0; i = links_[static_cast<std::size_t>(i)].parent) {
    if (const int axis = links_[static_cast<std::size_t>(i)].joint.axis; axis >= 0) {
      result.push_back(axis);
    }
  }
  std::ranges::reverse(result);
  return result;
}

bool Mechanism::is_within_limits(std::span<const double> values, double tolerance) const {
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    if (!(values[i] >= axes_[i].limits.lower - tolerance && values[i] <= axes_[i].limits.upper + tolerance)) {
      return false;
    }
  }
  return true;
}

void forward_kinematics(const Mechanism& mechanism, std::span<const double> values, LinkPoses& poses) {
  const std::vector<Link>& links = mechanism.links();
  poses.X_F.resize(links.size(), Eigen::Isometry3d::Identity());
  for (std::size_t i = 1; i < links.size(); ++i) {
    const Joint& joint = links[i].joint;
    const Eigen::Isometry3d& X_F_parent = poses.X_F[static_cast<std::size_t>(links[i].parent)];
    Eigen::Isometry3d& X = poses.X_F[i];
    X.linear().noalias() = X_F_parent.linear() * joint.X_parent.linear();
    X.translation() = X_F_parent.linear() * joint.X_parent.translation() + X_F_parent.translation();
    if (joint.type == JointType::revolute) {
      const double q = values[static_cast<std::size_t>(joint.axis)];
      X.linear() = (X.linear() * Eigen::AngleAxisd(q, joint.direction).toRotationMatrix()).eval();
    } else if (joint.type == JointType::prismatic) {
      X.translation() += X.linear() * (values[static_cast<std::size_t>(joint.axis)] * joint.direction);
    }
  }
}

Eigen::Matrix<double, 6, Eigen::Dynamic> jacobian(const Mechanism& mechanism, const LinkPoses& poses, int link,
                                                  const Vec3& point_F) {
  Eigen::Matrix<double, 6, Eigen::Dynamic> result(6, static_cast<Eigen::Index>(mechanism.num_axes()));
  result.setZero();
  for (int i = link; i > 0; i = mechanism.links()[static_cast<std::size_t>(i)].parent) {
    const Joint& joint = mechanism.links()[static_cast<std::size_t>(i)].joint;
    if (joint.axis < 0) {
      continue;
    }
    // A turn about an axis leaves the axis where it is, so the moved link's frame serves for direction and point.
    const Eigen::Isometry3d& X = poses.X_F[static_cast<std::size_t>(i)];
    const Vec3 direction_F = X.linear() * joint.direction;
    if (joint.type == JointType::revolute) {
      result.col(joint.axis).head<3>() = direction_F.cross(point_F - X.translation());
      result.col(joint.axis).tail<3>() = direction_F;
    } else {
      result.col(joint.axis).head<3>() = direction_F;
    }
  }
  return result;
}

}  // namespace xingu
