// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string>

#include "machine/mechanism.h"

namespace xingu {

/// One way in which an arm can take a pose.
struct ArmBranch {
  std::array<double, 6> q{};  ///< rad, within (−2π, 2π); not yet fitted to limits
  int index = 0;              ///< bit 0: shoulder backwards, bit 1: elbow other way, bit 2: wrist flipped
};

/// All ways, at most eight, without allocation.
struct ArmBranches {
  std::array<ArmBranch, 8> branch;
  int count = 0;
  [[nodiscard]] std::span<const ArmBranch> all() const& { return {branch.data(), static_cast<std::size_t>(count)}; }
  std::span<const ArmBranch> all() const&& = delete;  // of what a call returns it would outlive the branches
};

/// Inverse kinematics in closed form of a six-axis arm whose last three axes meet in a point, whose second and third
/// are parallel, and whose first is at right angles to them (ortho-parallel basis, spherical wrist: Brandstötter,
/// Angerer and Hofbaur 2014, Proc. Austrian Robotics Workshop). The geometry is taken from the joints of a mechanism,
/// wherever their zero positions lie: the wrist's centre gives axis 1 by the plane it lies in, axes 2 and 3 by the
/// triangle of shoulder, elbow and wrist, and the turn that is left gives the wrist as Euler angles. Immutable; safe to
/// share.
class SphericalWristArm {
 public:
  /// @param axes  six axes of the mechanism from base to flange
  /// @param tip   link behind the sixth axis whose pose is wanted
  /// @throws InputError naming `name` and the axes that are not as above (to 0.001 mm and 1e-9 rad)
  SphericalWristArm(const Mechanism& mechanism, std::span<const int> axes, int tip, const std::string& name);

  /// Every branch for the pose `X_base_tip` (the base is the link that axis 1 hangs on; mm); none if it is out of
  /// reach. A straight wrist leaves axes 4 and 6 a sum to share: axis 4 then gets 0. No limits are applied. About 0.7
  /// µs.
  [[nodiscard]] ArmBranches inverse(const Eigen::Isometry3d& X_base_tip) const;

  /// The tip's pose for six axis values. Same result as forward_kinematics of the mechanism, to rounding.
  [[nodiscard]] Eigen::Isometry3d forward(std::span<const double, 6> q) const;

  /// How far a configuration is from the nearest singularity: the least of |sin| of the wrist's bend, |sin| of the
  /// elbow's, and the wrist's distance from axis 1 over the arm's length; 0 at a singularity, at most 1.
  [[nodiscard]] double singularity_distance(std::span<const double, 6> q) const;

  /// Adds whole turns so that every value is within its limits and as near as possible to `near`; false if some value
  /// cannot be.
  [[nodiscard]] bool fit_to_limits(std::array<double, 6>& q, std::span<const double, 6> near) const;

  /// What fit_to_limits fails by: the value that is farthest beyond its limits whatever whole turns are added.
  struct Excess {
    std::size_t joint = 0;  ///< 0 to 5
    double by = 0.0;        ///< rad; 0 where all can fit
  };
  [[nodiscard]] Excess beyond_limits(std::span<const double, 6> q) const;

  [[nodiscard]] const std::array<int, 6>& axes() const { return axes_; }
  [[nodiscard]] int base_link() const { return base_link_; }

 private:
  std::array<int, 6> axes_{};
  std::array<AxisLimits, 6> limits_;
  int base_link_ = 0;
  // At zero, in the arm's own frame A: origin on axis 1, Z along it, Y along axis 2, so that the arm lies in X and Z.
  Eigen::Isometry3d arm_from_base_ = Eigen::Isometry3d::Identity();
  Eigen::Isometry3d arm_from_tip_ = Eigen::Isometry3d::Identity();
  Vec3 wrist_in_tip_ = Vec3::Zero();
  Vec3 wrist_in_arm_ = Vec3::Zero();
  double shoulder_x_ = 0.0;
  double shoulder_z_ = 0.0;
  double elbow_x_ = 0.0;
  double elbow_z_ = 0.0;
  double upper_ = 0.0;        ///< shoulder to elbow, mm
  double fore_ = 0.0;         ///< elbow to wrist in the arm's plane, mm
  double upper_angle_ = 0.0;  ///< from Z towards X at zero, rad
  double fore_angle_ = 0.0;
  double offset_ = 0.0;                  ///< of the wrist from the plane through axis 1, along Y
  double third_sign_ = 1.0;              ///< axis 3 along Y or against it
  std::array<Vec3, 3> wrist_axes_;       ///< axes 4, 5, 6
  Vec3 wrist_side_ = Vec3::Zero();       ///< axis 5 × axis 4
  double wrist_angle_ = 0.0;             ///< of axis 6 from axis 4 about axis 5 at zero
  Vec3 sixth_reference_ = Vec3::Zero();  ///< unit, at right angles to axis 6
};

}  // namespace xingu
