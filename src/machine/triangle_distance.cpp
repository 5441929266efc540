// SPDX-License-Identifier: Apache-2.0
#include "machine/triangle_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace xingu {
namespace {

/// The parameter of the point of segment [a, a + d] that is nearest to p, in [0, 1].
double nearest_parameter(const Vec3& p, const Vec3& a, const Vec3& d) {
  const double length2 = d.squaredNorm();
  return length2 > 0 ? std::clamp((p - a).dot(d) / length2, 0.0, 1.0) : 0.0;
}

/// Where an edge passes through the inside of a triangle; nothing if it does not or runs along its plane.
std::optional<Vec3> piercing_point(const Vec3& from, const Vec3& to, const Triangle& t) {
  const Vec3 n = (t[1] - t[0]).cross(t[2] - t[0]);
  const double before = n.dot(from - t[0]);
  const double after = n.dot(to - t[0]);
  if (before * after > 0 || before == after) {
    return std::nullopt;
  }
  Vec3 p = from + before / (before - after) * (to - from);
  for (std::size_t k = 0; k < 3; ++k) {
    if (n.dot((t[(k + 1) % 3] - t[k]).cross(p - t[k])) < 0) {
      return std::nullopt;
    }
  }
  return p;
}

}  // namespace

NearestPoints nearest_points_of_segments(const Vec3& a0, const Vec3& a1, const Vec3& b0, const Vec3& b1) {
  const Vec3 u = a1 - a0;
  const Vec3 v = b1 - b0;
  const Vec3 w = a0 - b0;
  const double uu = u.squaredNorm();
  const double vv = v.squaredNorm();
  const double uv = u.dot(v);
  const double determinant = uu * vv - uv * uv;
  // Nearest of the infinite lines, clamped to the first segment; then the second from it, and the first again from
  // that.
  double s = determinant > 1e-12 * uu * vv ? std::clamp((uv * v.dot(w) - vv * u.dot(w)) / determinant, 0.0, 1.0) : 0.0;
  const double t = nearest_parameter(a0 + s * u, b0, v);
  s = nearest_parameter(b0 + t * v, a0, u);
  NearestPoints result;
  result.first = a0 + s * u;
  result.second = b0 + t * v;
  result.distance = (result.first - result.second).norm();
  return result;
}

Vec3 nearest_point_of_triangle(const Vec3& p, const Triangle& t) {
  const Vec3 n = (t[1] - t[0]).cross(t[2] - t[0]);
  const double area2 = n.squaredNorm();
  bool is_above = area2 > 0;
  Vec3 best = t[0];
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < 3; ++k) {
    const Vec3& a = t[k];
    const Vec3 edge = t[(k + 1) % 3] - a;
    if (n.dot(edge.cross(p - a)) >= 0) {
      continue;
    }
    is_above = false;
    const Vec3 q = a + nearest_parameter(p, a, edge) * edge;
    if (const double d2 = (p - q).squaredNorm(); d2 < least) {
      least = d2;
      best = q;
    }
  }
  return is_above ? Vec3(p - n * (n.dot(p - t[0]) / area2)) : best;
}

NearestPoints nearest_points_of_triangles(const Triangle& a, const Triangle& b) {
  NearestPoints best;
  best.distance = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t m = 0; m < 3; ++m) {
      const NearestPoints points = nearest_points_of_segments(a[k], a[(k + 1) % 3], b[m], b[(m + 1) % 3]);
      if (points.distance < best.distance) {
        best = points;
      }
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    const Vec3 on_b = nearest_point_of_triangle(a[k], b);
    if (const double d = (a[k] - on_b).norm(); d < best.distance) {
      best = {d, a[k], on_b};
    }
    const Vec3 on_a = nearest_point_of_triangle(b[k], a);
    if (const double d = (b[k] - on_a).norm(); d < best.distance) {
      best = {d, on_a, b[k]};
    }
  }
  if (best.distance > 0) {
    for (std::size_t k = 0; k < 3; ++k) {
      for (const auto& pierced : {piercing_point(a[k], a[(k + 1) % 3], b), piercing_point(b[k], b[(k + 1) % 3], a)}) {
        if (pierced) {
          return {0.0, *pierced, *pierced};
        }
      }
    }
  }
  return best;
}

}  // namespace xingu
