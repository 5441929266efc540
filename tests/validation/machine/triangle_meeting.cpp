// SPDX-License-Identifier: Apache-2.0
#include "triangle_meeting.h"

#include <algorithm>
#include <utility>

namespace xingu::test {
namespace {

constexpr std::int32_t most_in_leaf = 4;
// No edge of a machine or of voxels runs along this.
const Vec3 ray_direction = Vec3(0.5377, 0.2613, 0.8017).normalized();

}  // namespace

TriangleBody::TriangleBody(const TriangleSurface& surface) {
  for (const auto& t : surface.triangles) {
    triangles_.push_back({surface.points[t[0]], surface.points[t[1]], surface.points[t[2]]});
  }
  build(0, static_cast<std::int32_t>(triangles_.size()));
}

std::int32_t TriangleBody::build(std::int32_t begin, std::int32_t end) {
  Vec3 lower = triangles_[static_cast<std::size_t>(begin)][0];
  Vec3 upper = lower;
  for (std::int32_t i = begin; i < end; ++i) {
    for (const Vec3& p : triangles_[static_cast<std::size_t>(i)]) {
      lower = lower.cwiseMin(p);
      upper = upper.cwiseMax(p);
    }
  }
  const auto index = static_cast<std::int32_t>(nodes_.size());
  nodes_.push_back({{0.5 * (lower + upper), 0.5 * (upper - lower)}, -1, -1, begin, end});
  if (end - begin > most_in_leaf) {
    Eigen::Index axis = 0;
    (upper - lower).maxCoeff(&axis);
    const std::int32_t middle = (begin + end) / 2;
    std::nth_element(triangles_.begin() + begin, triangles_.begin() + middle, triangles_.begin() + end,
                     [axis](const Corners& a, const Corners& b) {
                       return a[0][axis] + a[1][axis] + a[2][axis] < b[0][axis] + b[1][axis] + b[2][axis];
                     });
    const std::int32_t left = build(begin, middle);
    const std::int32_t right = build(middle, end);
    nodes_[static_cast<std::size_t>(index)].left = left;
    nodes_[static_cast<std::size_t>(index)].right = right;
  }
  return index;
}

/// The signs of the volumes that the edge spans with the triangle and its sides (Segura and Feito 2001).
bool TriangleBody::pierces(const Vec3& from, const Vec3& to, const Corners& t) {
  const Vec3 a = t[0] - from;
  const Vec3 b = t[1] - from;
  const Vec3 c = t[2] - from;
  const Vec3 d = to - from;
  const double ab = d.dot(a.cross(b));
  const double bc = d.dot(b.cross(c));
  const double ca = d.dot(c.cross(a));
  const bool is_through = (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0);
  if (!is_through) {
    return false;
  }
  const Vec3 n = (t[1] - t[0]).cross(t[2] - t[0]);
  const double before = n.dot(a);
  const double after = n.dot(t[0] - to);
  return (before >= 0) != (after >= 0);
}

/// By the axes of both boxes; spread = |R_ab|.
bool TriangleBody::are_apart(const Box& a, const Box& b, const Eigen::Isometry3d& X_ab, const Mat3& spread) {
  const Vec3 way = X_ab * b.middle - a.middle;
  return (way.cwiseAbs() - a.half - spread * b.half).maxCoeff() > 0 ||
         ((X_ab.linear().transpose() * way).cwiseAbs() - b.half - spread.transpose() * a.half).maxCoeff() > 0;
}

bool TriangleBody::holds(const Vec3& p) const {
  const Box& whole = nodes_[0].box;
  if (((p - whole.middle).cwiseAbs() - whole.half).maxCoeff() > 0) {
    return false;
  }
  const Vec3 far = p + ray_direction * (4.0 * whole.half.norm() + 1.0);
  const Vec3 inverse = ray_direction.cwiseInverse();
  bool is_inside = false;
  std::array<std::int32_t, 64> stack{};
  std::size_t size = 1;
  while (size > 0) {
    const Node& node = nodes_[static_cast<std::size_t>(stack[--size])];
    const Vec3 one = (node.box.middle - node.box.half - p).cwiseProduct(inverse);
    const Vec3 two = (node.box.middle + node.box.half - p).cwiseProduct(inverse);
    if (std::max(0.0, one.cwiseMin(two).maxCoeff()) > one.cwiseMax(two).minCoeff() + 1e-9) {
      continue;
    }
    if (node.left >= 0) {
      stack[size++] = node.left;
      stack[size++] = node.right;
      continue;
    }
    for (std::int32_t i = node.begin; i < node.end; ++i) {
      is_inside ^= pierces(p, far, triangles_[static_cast<std::size_t>(i)]);
    }
  }
  return is_inside;
}

bool TriangleBody::leaves_meet(const TriangleBody& a, const Node& in_a, const TriangleBody& b, const Node& in_b,
                               const Eigen::Isometry3d& X_ab) {
  for (std::int32_t j = in_b.begin; j < in_b.end; ++j) {
    const Corners& raw = b.triangles_[static_cast<std::size_t>(j)];
    const Corners other{X_ab * raw[0], X_ab * raw[1], X_ab * raw[2]};
    for (std::int32_t i = in_a.begin; i < in_a.end; ++i) {
      const Corners& own = a.triangles_[static_cast<std::size_t>(i)];
      for (std::size_t k = 0; k < 3; ++k) {
        if (pierces(own[k], own[(k + 1) % 3], other) || pierces(other[k], other[(k + 1) % 3], own)) {
          return true;
        }
      }
    }
  }
  return false;
}

bool TriangleBody::meet(const TriangleBody& a, const TriangleBody& b, const Eigen::Isometry3d& X_ab) {
  const Mat3 spread = X_ab.linear().cwiseAbs();
  if (are_apart(a.nodes_[0].box, b.nodes_[0].box, X_ab, spread)) {
    return false;
  }
  std::vector<std::pair<std::int32_t, std::int32_t>> open{{0, 0}};
  while (!open.empty()) {
    const auto [i, j] = open.back();
    open.pop_back();
    const Node& in_a = a.nodes_[static_cast<std::size_t>(i)];
    const Node& in_b = b.nodes_[static_cast<std::size_t>(j)];
    if (are_apart(in_a.box, in_b.box, X_ab, spread)) {
      continue;
    }
    if (in_a.left < 0 && in_b.left < 0) {
      if (leaves_meet(a, in_a, b, in_b, X_ab)) {
        return true;
      }
    } else if (in_b.left < 0 || (in_a.left >= 0 && in_a.box.half.norm() > in_b.box.half.norm())) {
      open.emplace_back(in_a.left, j);
      open.emplace_back(in_a.right, j);
    } else {
      open.emplace_back(i, in_b.left);
      open.emplace_back(i, in_b.right);
    }
  }
  return a.holds(X_ab * b.triangles_[0][0]) || b.holds(X_ab.inverse(Eigen::Isometry) * a.triangles_[0][0]);
}

}  // namespace xingu::test
