// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "machine/convex_shape.h"
#include "machine/triangle_distance.h"

namespace xingu {

/// A surface as a binary tree of spheres: each node's sphere holds all triangles below it, each leaf holds one
/// triangle. Serves both layers of collision checks: spheres alone for certified bounds, the triangles for exact
/// distances. Immutable; safe to share.
class SurfaceTree {
 public:
  struct Node {
    Vec3 centre;
    double radius = 0.0;
    std::int32_t left = -1;   ///< −1: a leaf
    std::int32_t right = -1;  ///< of a leaf: its triangle
    [[nodiscard]] bool is_leaf() const { return left < 0; }
  };

  /// @param surface    in the frame of its owner, mm
  /// @param longest_mm triangles are split until no edge is longer, so that the spheres of the leaves cling to the
  /// surface Cost O(n log² n).
  SurfaceTree(const TriangleSurface& surface, double longest_mm);

  [[nodiscard]] const Node& node(std::int32_t i) const { return nodes_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::size_t num_triangles() const { return triangles_.size(); }
  [[nodiscard]] const Triangle& triangle(std::int32_t i) const { return triangles_[static_cast<std::size_t>(i)]; }

  /// The least of `below` and the distance from p to the surface, mm. Cost O(log n) far from the medial surface.
  [[nodiscard]] double distance(const Vec3& p, double below) const;

 private:
  std::int32_t build(const std::vector<Vec3>& centroids, std::vector<std::int32_t>& order, std::size_t begin,
                     std::size_t end);

  std::vector<Triangle> triangles_;
  std::vector<Node> nodes_;
};

/// True if a surface is shown to be farther than `least` from something given by a function that bounds the distance
/// from a point from below: bound(centre) − radius is at least that for spheres that hold all of the surface. Stops at
/// the first leaf that cannot show it, so nearness below the radius of the leaves (`least` excluded) may count as too
/// near.
/// @param X_ba   the something's frame from the surface's
/// @param bound  double(const Vec3&)
template <class Bound>
[[nodiscard]] bool is_shown_clear(const SurfaceTree& a, const Eigen::Isometry3d& X_ba, const Bound& bound,
                                  double least) {
  std::array<std::int32_t, 64> stack;  // a balanced tree is less than 32 deep
  std::size_t size = 0;
  stack[size++] = 0;
  while (size > 0) {
    const SurfaceTree::Node& node = a.node(stack[--size]);
    if (bound(X_ba * node.centre) - node.radius >= least) {
      continue;
    }
    if (node.is_leaf()) {
      return false;
    }
    stack[size++] = node.left;
    stack[size++] = node.right;
  }
  return true;
}

/// Nearest points of a surface and a convex shape, in the surface's frame; distance `below` if they are no nearer than
/// that. Branch and bound over the tree, each triangle solved by convex_gap.
/// @param X_as  surface's frame from shape's
/// Exact to 1e-10 of the distance. Cost O(log n) triangles where they are apart.
[[nodiscard]] NearestPoints nearest_points(const SurfaceTree& a, const ConvexShape& shape,
                                           const Eigen::Isometry3d& X_as, double below);

}  // namespace xingu
