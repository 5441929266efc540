// SPDX-License-Identifier: Apache-2.0
#include "machine/table_placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace xingu {
namespace {

/// How far a value is outside the axis's limits, whole turns aside; 0 inside.
double excess_of(const Axis& axis, double value) {
  const auto outside = [&](double v) { return std::max({0.0, axis.limits.lower - v, v - axis.limits.upper}); };
  if (axis.type == JointType::prismatic) {
    return outside(value);
  }
  const double turn = 2.0 * std::numbers::pi;
  const double first = std::remainder(value, turn);
  return std::min({outside(first), outside(first - turn), outside(first + turn)});
}

std::string sentence_of(const Axis& axis, double value) {
  const bool turns = axis.type == JointType::revolute;
  const double scale = turns ? 180.0 / std::numbers::pi : 1.0;
  return fmt::format("axis {} would have to stand at {:.0f} {}, and goes from {:.0f} to {:.0f}", axis.name,
                     scale * (turns ? std::remainder(value, 2.0 * std::numbers::pi) : value), turns ? "deg" : "mm",
                     scale * axis.limits.lower, scale * axis.limits.upper);
}

std::string slide_hindrance(const TreatmentMachine& machine, const Vec3& shift) {
  for (std::size_t k = 0; k < machine.table_axes.size(); ++k) {
    const Axis& axis = machine.mechanism.axes()[static_cast<std::size_t>(machine.table_axes[k])];
    const double value = shift[static_cast<Eigen::Index>(k)];
    if (excess_of(axis, value) > 1e-9) {
      return sentence_of(axis, value);
    }
  }
  return {};
}

std::string arm_hindrance(const TreatmentMachine& machine, const Eigen::Isometry3d& X_base_T) {
  const ArmBranches branches = machine.table_arm->inverse(X_base_T);
  if (branches.count == 0) {
    return "it is out of the arm's reach";
  }
  std::string nearest;
  double least = std::numeric_limits<double>::infinity();
  for (const ArmBranch& branch : branches.all()) {
    double worst = 0.0;
    std::string sentence;
    for (std::size_t k = 0; k < branch.q.size(); ++k) {
      const Axis& axis = machine.mechanism.axes()[static_cast<std::size_t>(machine.table_axes[k])];
      if (const double excess = excess_of(axis, branch.q[k]); excess > std::max(worst, 1e-9)) {
        worst = excess;
        sentence = sentence_of(axis, branch.q[k]);
      }
    }
    if (worst < least) {
      least = worst;
      nearest = sentence;
    }
  }
  return nearest;
}

}  // namespace

std::string table_hindrance(const TreatmentMachine& machine, const Vec3& p_F) {
  LinkPoses poses;
  forward_kinematics(machine.mechanism, std::vector<double>(machine.mechanism.num_axes(), 0.0), poses);
  Eigen::Isometry3d X_FT = Eigen::Isometry3d::Identity();
  X_FT.translation() = p_F;
  if (machine.table_arm) {
    const auto base = static_cast<std::size_t>(machine.table_arm->base_link());
    return arm_hindrance(machine, poses.X_F[base].inverse(Eigen::Isometry) * X_FT);
  }
  return slide_hindrance(machine, p_F - poses.X_F[static_cast<std::size_t>(machine.table_link)].translation());
}

}  // namespace xingu
