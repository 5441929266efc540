// SPDX-License-Identifier: Apache-2.0
#include "machine/surface_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "machine/convex_distance.h"

namespace xingu {
namespace {

constexpr double rounding = 1e-10;  // of a distance

/// Splits a triangle at the middle of its longest edge until none is longer than `longest`.
void split(const Triangle& t, double longest, std::vector<Triangle>& into) {
  std::vector<Triangle> open{t};
  while (!open.empty()) {
    const Triangle triangle = open.back();
    open.pop_back();
    std::size_t edge = 0;
    double length = 0.0;
    for (std::size_t k = 0; k < 3; ++k) {
      if (const double l = (triangle[(k + 1) % 3] - triangle[k]).norm(); l > length) {
        length = l;
        edge = k;
      }
    }
    if (length <= longest) {
      into.push_back(triangle);
      continue;
    }
    const Vec3& from = triangle[edge];
    const Vec3& to = triangle[(edge + 1) % 3];
    const Vec3& apex = triangle[(edge + 2) % 3];
    const Vec3 middle = 0.5 * (from + to);
    open.push_back({from, middle, apex});
    open.push_back({middle, to, apex});
  }
}

}  // namespace

SurfaceTree::SurfaceTree(const TriangleSurface& surface, double longest_mm) {
  XINGU_EXPECT(longest_mm > 0 && !surface.triangles.empty());
  for (const TriangleIndices& t : surface.triangles) {
    split({surface.points[t[0]], surface.points[t[1]], surface.points[t[2]]}, longest_mm, triangles_);
  }
  std::vector<Vec3> centroids;
  centroids.reserve(triangles_.size());
  for (const Triangle& t : triangles_) {
    centroids.push_back((t[0] + t[1] + t[2]) / 3.0);
  }
  std::vector<std::int32_t> order(triangles_.size());
  std::iota(order.begin(), order.end(), 0);
  nodes_.reserve(2 * triangles_.size());
  build(centroids, order, 0, order.size());
}

std::int32_t SurfaceTree::build(const std::vector<Vec3>& centroids, std::vector<std::int32_t>& order, std::size_t begin,
                                std::size_t end) {
  Vec3 lower = triangle(order[begin])[0];
  Vec3 upper = lower;
  for (std::size_t i = begin; i < end; ++i) {
    for (const Vec3& p : triangle(order[i])) {
      lower = lower.cwiseMin(p);
      upper = upper.cwiseMax(p);
    }
  }
  const auto index = static_cast<std::int32_t>(nodes_.size());
  nodes_.push_back({0.5 * (lower + upper), 0.0, -1, order[begin]});
  Node node = nodes_.back();
  for (std::size_t i = begin; i < end; ++i) {
    for (const Vec3& p : triangle(order[i])) {
      node.radius = std::max(node.radius, (p - node.centre).norm());
    }
  }
  if (end - begin > 1) {
    Eigen::Index axis = 0;
    (upper - lower).maxCoeff(&axis);
    const std::size_t middle = begin + (end - begin) / 2;
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(begin), at(middle), at(end), [&](std::int32_t a, std::int32_t b) {
      const double pa = centroids[static_cast<std::size_t>(a)][axis];
      const double pb = centroids[static_cast<std::size_t>(b)][axis];
      return pa != pb ? pa < pb : a < b;
    });
    node.left = build(centroids, order, begin, middle);
    node.right = build(centroids, order, middle, end);
  }
  nodes_[static_cast<std::size_t>(index)] = node;
  return index;
}

double SurfaceTree::distance(const Vec3& p, double below) const {
  std::array<std::pair<std::int32_t, double>, 64> stack;
  std::size_t size = 0;
  const auto push = [&](std::int32_t i) { stack[size++] = {i, (p - node(i).centre).norm() - node(i).radius}; };
  double least = below;
  push(0);
  while (size > 0) {
    const auto [i, at_least] = stack[--size];
    if (at_least >= least) {
      continue;
    }
    const Node& n = node(i);
    if (n.is_leaf()) {
      least = std::min(least, (p - nearest_point_of_triangle(p, triangle(n.right))).norm());
      continue;
    }
    push(n.left);
    push(n.right);
    if (stack[size - 1].second > stack[size - 2].second) {
      std::swap(stack[size - 1], stack[size - 2]);
    }
  }
  return least;
}

NearestPoints nearest_points(const SurfaceTree& a, const ConvexShape& shape, const Eigen::Isometry3d& X_as,
                             double below) {
  const Eigen::Isometry3d X_sa = X_as.inverse(Eigen::Isometry);
  const std::vector<Vec3>& corners = shape.surface().points;
  NearestPoints best;
  best.distance = below;
  // A plane between the shape, which lies where normal · x ≤ offset, and the nearest triangle so far. It bounds the
  // distances of others better than the shape's faces where an edge or a corner of the shape is nearest, and shows of
  // the many triangles of a flat piece of skin that they are no nearer.
  Vec3 normal = Vec3::Zero();
  double offset = 0.0;
  const auto put_plane = [&] {
    normal = (best.first - best.second).normalized();
    const Vec3 normal_s = X_sa.linear() * normal;
    const auto beyond = [&](const Vec3& p) { return normal_s.dot(p); };
    offset = normal.dot(X_as.translation()) + beyond(std::ranges::max(corners, {}, beyond));
  };
  const auto is_beyond = [&](const Vec3& p, double least) { return normal.dot(p) - offset >= least; };
  std::array<std::pair<std::int32_t, double>, 64> stack;
  std::size_t size = 0;
  const auto push = [&](std::int32_t i) {
    const SurfaceTree::Node& node = a.node(i);
    const double from_plane = normal.dot(node.centre) - offset - node.radius;
    const double at_least = from_plane >= best.distance
                                ? from_plane
                                : std::max(from_plane, shape.distance_bound(X_sa * node.centre) - node.radius);
    stack[size++] = {i, at_least};
  };
  push(0);
  while (size > 0) {
    const auto [i, at_least] = stack[--size];
    if (at_least >= best.distance) {
      continue;
    }
    const SurfaceTree::Node& node = a.node(i);
    if (is_beyond(node.centre, node.radius + best.distance)) {  // by a plane that was put since
      continue;
    }
    if (node.is_leaf()) {
      const Triangle& triangle = a.triangle(node.right);
      if (std::ranges::all_of(triangle,
                              [&](const Vec3& p) { return is_beyond(p, (1.0 - rounding) * best.distance); })) {
        continue;
      }
      const NearestPoints points = convex_gap(triangle, corners, X_as, best.distance).points;
      if (points.distance < best.distance) {
        best = points;
        if (best.distance > 0) {
          put_plane();
        }
      }
      continue;
    }
    push(node.left);
    push(node.right);
    if (stack[size - 1].second > stack[size - 2].second) {
      std::swap(stack[size - 1], stack[size - 2]);
    }
  }
  return best;
}

}  // namespace xingu
