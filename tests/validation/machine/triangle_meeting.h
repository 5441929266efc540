// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "machine/convex_shape.h"

namespace xingu::test {

/// Whether two closed surfaces meet, decided on their triangles alone: an edge of one goes through a triangle of the
/// other, or a corner of one lies inside the other (parity of a ray's crossings). Written apart from the collision
/// layers that it judges: boxes instead of spheres, no distances, no convexity.
class TriangleBody {
 public:
  explicit TriangleBody(const TriangleSurface& surface);

  /// @param X_ab  frame of a from frame of b. Cost O(triangles near each other · log).
  [[nodiscard]] static bool meet(const TriangleBody& a, const TriangleBody& b, const Eigen::Isometry3d& X_ab);

 private:
  struct Box {
    Vec3 middle = Vec3::Zero();
    Vec3 half = Vec3::Zero();
  };
  struct Node {
    Box box;
    std::int32_t left = -1;
    std::int32_t right = -1;
    std::int32_t begin = 0;  ///< of a leaf: its triangles
    std::int32_t end = 0;
  };
  using Corners = std::array<Vec3, 3>;

  std::int32_t build(std::int32_t begin, std::int32_t end);
  [[nodiscard]] bool holds(const Vec3& p) const;
  [[nodiscard]] static bool pierces(const Vec3& from, const Vec3& to, const Corners& triangle);
  [[nodiscard]] static bool are_apart(const Box& a, const Box& b, const Eigen::Isometry3d& X_ab, const Mat3& spread);
  [[nodiscard]] static bool leaves_meet(const TriangleBody& a, const Node& in_a, const TriangleBody& b,
                                        const Node& in_b, const Eigen::Isometry3d& X_ab);

  std::vector<Corners> triangles_;
  std::vector<Node> nodes_;
};

}  // namespace xingu::test
