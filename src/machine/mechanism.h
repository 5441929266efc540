// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/convex_shape.h"

namespace xingu {

/// What an axis may do, in rad, rad/s … for turning axes and mm, mm/s … for sliding ones.
struct AxisLimits {
  double lower = 0.0;
  double upper = 0.0;
  double velocity = 0.0;
  double acceleration = 0.0;
  double jerk = 0.0;
};

enum class JointType { fixed, revolute, prismatic };

/// How a link hangs on its parent. With axis value q the child's frame stands at X_parent · motion(q): a turn by q
/// about `direction`, or a shift by q along it.
struct Joint {
  std::string name;
  JointType type = JointType::fixed;
  int axis = -1;                                               ///< index into the axis values; −1 for fixed joints
  Eigen::Isometry3d X_parent = Eigen::Isometry3d::Identity();  ///< parent from joint, at q = 0, mm
  Vec3 direction = Vec3::UnitZ();                              ///< unit, in the joint's frame
};

/// A rigid part with its collision shapes in its own frame.
struct Link {
  std::string name;
  int parent = -1;  ///< index of the parent link, smaller than the link's own; −1 for the root
  Joint joint;      ///< to the parent; meaningless for the root
  std::vector<ConvexShape> shapes;
  double mass_kg = 0.0;
};

/// An axis as people name it.
struct Axis {
  std::string name;
  JointType type = JointType::revolute;
  AxisLimits limits;
  int link = -1;  ///< that it moves
};

/// A tree of links: the constant part of kinematics. The root link's frame is F (IEC 61217 fixed, origin at the
/// isocentre, mm). Links stand parents first. Immutable after construction; safe to share.
class Mechanism {
 public:
  /// @param links  parents first, the root at 0
  /// @param axes   in the order of axis values
  Mechanism(std::vector<Link> links, std::vector<Axis> axes);

  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  [[nodiscard]] std::vector<Axis>& axes() { return axes_; }
  [[nodiscard]] std::size_t num_axes() const { return axes_.size(); }
  /// Index of a link or an axis; −1 if there is none of that name.
  [[nodiscard]] int find_link(std::string_view name) const;
  [[nodiscard]] int find_axis(std::string_view name) const;
  /// True if link `descendant` moves with link `ancestor`.
  [[nodiscard]] bool is_below(int descendant, int ancestor) const;
  /// The axes that move `link`, root first.
  [[nodiscard]] std::vector<int> axes_of(int link) const;
  /// True if every value is within its axis's limits, with `tolerance` (rad or mm) beyond them.
  [[nodiscard]] bool is_within_limits(std::span<const double> values, double tolerance = 1e-9) const;

 private:
  std::vector<Link> links_;
  std::vector<Axis> axes_;
};

/// The changing part of kinematics: one per thread.
struct LinkPoses {
  std::vector<Eigen::Isometry3d> X_F;  ///< F from link, one per link, mm
};

/// Poses of all links. @param values  one per axis, rad or mm. Cost O(links); allocates only on first use.
void forward_kinematics(const Mechanism& mechanism, std::span<const double> values, LinkPoses& poses);

/// How a frame fixed to `link` at `point_F` (mm, frame F) moves per unit of each axis: [6, num_axes], rows 0–2 the
/// velocity of the point in mm per rad or mm per mm, rows 3–5 the angular velocity in rad per rad; columns of axes that
/// do not move the link are 0. `poses` must be those of the configuration. Cost O(depth of the link).
[[nodiscard]] Eigen::Matrix<double, 6, Eigen::Dynamic> jacobian(const Mechanism& mechanism, const LinkPoses& poses,
                                                                int link, const Vec3& point_F);

}  // namespace xingu
