// SPDX-License-Identifier: Apache-2.0
#include "machine/spherical_wrist_arm.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double turn = 2.0 * std::numbers::pi;
constexpr double meeting_tolerance_mm = 1e-3;
constexpr double angle_tolerance = 1e-9;
constexpr double straight_wrist = 1e-12;

/// An axis of the arm at zero: a point on it and its direction, in the base link's frame.
struct AxisLine {
  Vec3 point;
  Vec3 direction;
};

/// The point of line `a` that is nearest to line `b`.
Vec3 nearest_on(const AxisLine& a, const AxisLine& b) {
  const Vec3 n = a.direction.cross(b.direction);
  const double t = (b.point - a.point).cross(b.direction).dot(n) / n.squaredNorm();
  return a.point + t * a.direction;
}

Mat3 about(const Vec3& axis, double angle) { return Eigen::AngleAxisd(angle, axis).toRotationMatrix(); }

/// Zero where v·v is rounding below zero, NaN where it is truly negative.
double root_or_nan(double square, double scale) {
  return square < 0 && square > -1e-13 * scale ? 0.0 : std::sqrt(square);
}

}  // namespace

SphericalWristArm::SphericalWristArm(const Mechanism& mechanism, std::span<const int> axes, int tip,
                                     const std::string& name) {
  XINGU_REQUIRE(axes.size() == 6, "{}: an arm has {} axes (six are needed); name six", name, axes.size());
  std::ranges::copy(axes, axes_.begin());
  const std::vector<double> zero(mechanism.num_axes(), 0.0);
  LinkPoses poses;
  forward_kinematics(mechanism, zero, poses);
  const auto axis_of = [&](std::size_t k) -> const Axis& {
    return mechanism.axes()[static_cast<std::size_t>(axes_[k])];
  };
  base_link_ = mechanism.links()[static_cast<std::size_t>(axis_of(0).link)].parent;
  const Eigen::Isometry3d X_base_F = poses.X_F[static_cast<std::size_t>(base_link_)].inverse(Eigen::Isometry);
  std::array<AxisLine, 6> line;
  for (std::size_t k = 0; k < 6; ++k) {
    const auto link = static_cast<std::size_t>(axis_of(k).link);
    XINGU_REQUIRE(axis_of(k).type == JointType::revolute, "{}: axis '{}' of the arm does not turn; name six that do",
                  name, axis_of(k).name);
    XINGU_REQUIRE(
        mechanism.is_below(k < 5 ? axis_of(k + 1).link : tip, axis_of(k).link),
        "{}: what follows axis '{}' does not hang on it (the axes of an arm form a chain); name them from base "
        "to flange",
        name, axis_of(k).name);
    const Eigen::Isometry3d X = X_base_F * poses.X_F[link];
    line[k] = {X.translation(), X.linear() * mechanism.links()[link].joint.direction};
    limits_[k] = axis_of(k).limits;
  }
  const auto require = [&](bool is_so, std::size_t a, std::size_t b, const char* what) {
    XINGU_REQUIRE(is_so,
                  "{}: axes '{}' and '{}' {} (only arms with a spherical wrist have their inverse in closed form); "
                  "correct the URDF",
                  name, axis_of(a).name, axis_of(b).name, what);
  };
  const auto dot = [&](std::size_t a, std::size_t b) { return std::abs(line[a].direction.dot(line[b].direction)); };
  require(dot(0, 1) < angle_tolerance, 0, 1, "are not at right angles");
  require(dot(1, 2) > 1.0 - angle_tolerance, 1, 2, "are not parallel");
  require(dot(3, 4) < angle_tolerance, 3, 4, "are not at right angles");
  require(dot(4, 5) < angle_tolerance, 4, 5, "are not at right angles");
  const Vec3 wrist = nearest_on(line[4], line[3]);
  require((wrist - nearest_on(line[3], line[4])).norm() < meeting_tolerance_mm, 3, 4, "do not meet");
  require((wrist - line[5].point).cross(line[5].direction).norm() < meeting_tolerance_mm, 4, 5, "do not meet");

  Eigen::Isometry3d X_base_A = Eigen::Isometry3d::Identity();
  X_base_A.linear().col(2) = line[0].direction;
  X_base_A.linear().col(1) =
      (line[1].direction - line[1].direction.dot(line[0].direction) * line[0].direction).normalized();
  X_base_A.linear().col(0) = X_base_A.linear().col(1).cross(line[0].direction);
  X_base_A.translation() = line[0].point;
  arm_from_base_ = X_base_A.inverse(Eigen::Isometry);
  const Eigen::Isometry3d X_base_tip = X_base_F * poses.X_F[static_cast<std::size_t>(tip)];
  arm_from_tip_ = arm_from_base_ * X_base_tip;
  wrist_in_arm_ = arm_from_base_ * wrist;
  wrist_in_tip_ = X_base_tip.inverse(Eigen::Isometry) * wrist;
  const Vec3 shoulder = arm_from_base_ * line[1].point;
  const Vec3 elbow = arm_from_base_ * line[2].point;
  shoulder_x_ = shoulder.x();
  shoulder_z_ = shoulder.z();
  elbow_x_ = elbow.x();
  elbow_z_ = elbow.z();
  upper_ = std::hypot(elbow.x() - shoulder.x(), elbow.z() - shoulder.z());
  fore_ = std::hypot(wrist_in_arm_.x() - elbow.x(), wrist_in_arm_.z() - elbow.z());
  XINGU_REQUIRE(upper_ > 1.0 && fore_ > 1.0, "{}: the arm's upper or lower part has no length; correct the URDF", name);
  upper_angle_ = std::atan2(elbow.x() - shoulder.x(), elbow.z() - shoulder.z());
  fore_angle_ = std::atan2(wrist_in_arm_.x() - elbow.x(), wrist_in_arm_.z() - elbow.z());
  offset_ = wrist_in_arm_.y();
  third_sign_ = line[2].direction.dot(line[1].direction) > 0 ? 1.0 : -1.0;
  for (std::size_t k = 0; k < 3; ++k) {
    wrist_axes_[k] = arm_from_base_.linear() * line[k + 3].direction;
  }
  wrist_side_ = wrist_axes_[1].cross(wrist_axes_[0]);
  wrist_angle_ = std::atan2(wrist_axes_[2].dot(wrist_side_), wrist_axes_[2].dot(wrist_axes_[0]));
  sixth_reference_ = wrist_axes_[1];
}

ArmBranches SphericalWristArm::inverse(const Eigen::Isometry3d& X_base_tip) const {
  ArmBranches result;
  const Eigen::Isometry3d X_A_target = arm_from_base_ * X_base_tip;
  const Vec3 w = X_A_target * wrist_in_tip_;
  const Mat3 turn_A = X_A_target.linear() * arm_from_tip_.linear().transpose();
  const double lateral2 = w.x() * w.x() + w.y() * w.y();
  const double plane_x = root_or_nan(lateral2 - offset_ * offset_, lateral2);
  if (!(plane_x >= 0) || lateral2 == 0.0) {
    return result;
  }
  for (int shoulder = 0; shoulder < 2; ++shoulder) {
    const double x = shoulder == 0 ? plane_x : -plane_x;
    // Axis 1 turns (x, offset) onto (w.x, w.y).
    const double c1 = (x * w.x() + offset_ * w.y()) / lateral2;
    const double s1 = (x * w.y() - offset_ * w.x()) / lateral2;
    const double dx = x - shoulder_x_;
    const double dz = w.z() - shoulder_z_;
    const double distance2 = dx * dx + dz * dz;
    const double cos_elbow = (distance2 - upper_ * upper_ - fore_ * fore_) / (2.0 * upper_ * fore_);
    const double sin_elbow = root_or_nan((1.0 - cos_elbow) * (1.0 + cos_elbow), 1.0);
    if (!(sin_elbow >= 0)) {
      continue;
    }
    const double q1 = std::atan2(s1, c1);
    const double elbow_angle = std::atan2(sin_elbow, cos_elbow);
    const double towards = std::atan2(dx, dz);
    const double lead = std::atan2(fore_ * sin_elbow, upper_ + fore_ * cos_elbow);
    for (int elbow = 0; elbow < 2; ++elbow) {
      const double bend = elbow == 0 ? elbow_angle : -elbow_angle;
      const double upper_at = elbow == 0 ? towards - lead : towards + lead;
      const double q2 = upper_at - upper_angle_;
      const double q3 = third_sign_ * (bend + upper_angle_ - fore_angle_);
      // What the first three axes turn: about Y by `pitch`, then about Z by q1.
      const double pitch = upper_at + bend - fore_angle_;
      const double cp = std::cos(pitch);
      const double sp = std::sin(pitch);
      Mat3 arm;
      arm << c1 * cp, -s1, c1 * sp, s1 * cp, c1, s1 * sp, -sp, 0.0, cp;
      const Mat3 wrist = arm.transpose() * turn_A;
      const Vec3 sixth = wrist * wrist_axes_[2];
      const double along = sixth.dot(wrist_axes_[0]);
      const double u = sixth.dot(wrist_side_);
      const double v = sixth.dot(wrist_axes_[0].cross(wrist_side_));
      const double across = std::hypot(u, v);
      const bool is_straight = across < straight_wrist;
      const double c4 = is_straight ? 1.0 : u / across;
      const double s4 = is_straight ? 0.0 : v / across;
      const double q4 = is_straight ? 0.0 : std::atan2(v, u);
      const double q5 = std::atan2(across, along) - wrist_angle_;
      // The turn that is left for axis 6: where its reference direction must point, seen after axes 4 and 5. Axis 5 is
      // the reference, and axis 5 does not move itself: only axis 4 turns it.
      const Vec3 fifth = c4 * wrist_axes_[1] + s4 * wrist_axes_[0].cross(wrist_axes_[1]);
      const Vec3 reference = wrist * sixth_reference_;
      const double q6 = std::atan2(reference.dot(sixth.cross(fifth)), reference.dot(fifth));
      for (int flip = 0; flip < 2; ++flip) {
        ArmBranch& branch = result.branch[static_cast<std::size_t>(result.count++)];
        branch.index = shoulder + 2 * elbow + 4 * flip;
        branch.q = flip == 0
                       ? std::array{q1, q2, q3, q4, q5, q6}
                       : std::array{q1, q2, q3, q4 + std::numbers::pi, -q5 - 2.0 * wrist_angle_, q6 + std::numbers::pi};
      }
    }
  }
  return result;
}

Eigen::Isometry3d SphericalWristArm::forward(std::span<const double, 6> q) const {
  const Mat3 first = about(Vec3::UnitZ(), q[0]);
  const double upper_at = upper_angle_ + q[1];
  const double fore_at = fore_angle_ + q[1] + third_sign_ * q[2];
  const Vec3 wrist_plane(shoulder_x_ + upper_ * std::sin(upper_at) + fore_ * std::sin(fore_at), offset_,
                         shoulder_z_ + upper_ * std::cos(upper_at) + fore_ * std::cos(fore_at));
  const Mat3 rotation = first * about(Vec3::UnitY(), q[1] + third_sign_ * q[2]) * about(wrist_axes_[0], q[3]) *
                        about(wrist_axes_[1], q[4]) * about(wrist_axes_[2], q[5]) * arm_from_tip_.linear();
  Eigen::Isometry3d X_A = Eigen::Isometry3d::Identity();
  X_A.linear() = rotation;
  X_A.translation() = first * wrist_plane - rotation * wrist_in_tip_;
  return arm_from_base_.inverse(Eigen::Isometry) * X_A;
}

double SphericalWristArm::singularity_distance(std::span<const double, 6> q) const {
  const double upper_at = upper_angle_ + q[1];
  const double fore_at = fore_angle_ + q[1] + third_sign_ * q[2];
  const double wrist_x = shoulder_x_ + upper_ * std::sin(upper_at) + fore_ * std::sin(fore_at);
  return std::min({std::abs(std::sin(q[4] + wrist_angle_)), std::abs(std::sin(fore_at - upper_at)),
                   std::min(1.0, std::abs(wrist_x) / (upper_ + fore_))});
}

bool SphericalWristArm::fit_to_limits(std::array<double, 6>& q, std::span<const double, 6> near) const {
  for (std::size_t k = 0; k < 6; ++k) {
    double best = 0.0;
    double least = -1.0;
    const double wanted = q[k] + turn * std::round((near[k] - q[k]) / turn);
    for (const double candidate : {wanted, wanted - turn, wanted + turn}) {
      const bool is_inside = candidate >= limits_[k].lower && candidate <= limits_[k].upper;
      if (is_inside && (least < 0 || std::abs(candidate - near[k]) < least)) {
        best = candidate;
        least = std::abs(candidate - near[k]);
      }
    }
    if (least < 0) {
      return false;
    }
    q[k] = best;
  }
  return true;
}

SphericalWristArm::Excess SphericalWristArm::beyond_limits(std::span<const double, 6> q) const {
  Excess worst;
  for (std::size_t k = 0; k < 6; ++k) {
    const double middle = 0.5 * (limits_[k].lower + limits_[k].upper);
    const double nearest = middle + std::remainder(q[k] - middle, turn);
    const double by = std::abs(nearest - middle) - 0.5 * (limits_[k].upper - limits_[k].lower);
    if (by > worst.by) {
      worst = {k, by};
    }
  }
  return worst;
}

}  // namespace xingu
