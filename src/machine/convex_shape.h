// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "geometry/pose.h"

namespace xingu {

/// A triangle of a surface as three indices into its points, anticlockwise seen from outside.
using TriangleIndices = std::array<std::uint32_t, 3>;

/// A surface of triangles, mm, in the frame of whoever owns it.
struct TriangleSurface {
  std::vector<Vec3> points;
  std::vector<TriangleIndices> triangles;
};

/// A convex polytope in its link's frame, mm: what hardware is made of for collisions. Immutable; safe to share.
class ConvexShape {
 public:
  /// A box of the given full sides, placed by X (link from shape).
  static ConvexShape box(const Vec3& sides, const Eigen::Isometry3d& X);
  /// A cylinder along Z as the 24-sided prism around it: nowhere smaller, 0.9 % of the radius larger at the edges.
  static ConvexShape cylinder(double radius, double length, const Eigen::Isometry3d& X);
  /// A sphere as the polytope of 80 triangles around it, 6 % of the radius larger at its corners.
  static ConvexShape sphere(double radius, const Eigen::Isometry3d& X);
  /// A closed convex surface. @throws InputError, with `name` in front, if it is not closed and convex to 0.01 mm.
  static ConvexShape polytope(TriangleSurface surface, const std::string& name);

  [[nodiscard]] const TriangleSurface& surface() const { return surface_; }
  /// Of the sphere around all of it.
  [[nodiscard]] const Vec3& centre() const { return centre_; }
  [[nodiscard]] double radius() const { return radius_; }
  [[nodiscard]] double volume_mm3() const;

  /// A lower bound on the distance from a point of the link's frame to the shape, mm; negative exactly inside. The
  /// largest of the distances to the faces' planes: the distance itself where a face is nearest, less towards edges
  /// (0.58 of it off a right-angled corner, at worst); for boxes the distance itself. Cost O(faces).
  [[nodiscard]] double distance_bound(const Vec3& p) const;

 private:
  ConvexShape() = default;
  void derive();

  TriangleSurface surface_;
  std::vector<Eigen::Vector4d> planes_;  ///< (outward unit normal, offset): n·p − offset is the distance
  bool is_box_ = false;
  Eigen::Isometry3d box_from_link_ = Eigen::Isometry3d::Identity();  ///< box from link
  Vec3 half_ = Vec3::Zero();
  Vec3 centre_ = Vec3::Zero();
  double radius_ = 0.0;
};

}  // namespace xingu
