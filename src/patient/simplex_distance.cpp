// SPDX-License-Identifier: Apache-2.0
#include "patient/simplex_distance.h"

#include <algorithm>
#include <array>
#include <limits>

namespace xingu {
namespace {

using Point4 = Eigen::Vector4d;

double to_segment(const Point4& a, const Point4& b) {
  const Point4 ab = b - a;
  const double length2 = ab.squaredNorm();
  const double t = length2 > 0 ? std::clamp(-a.dot(ab) / length2, 0.0, 1.0) : 0.0;
  return (a + t * ab).squaredNorm();
}

double to_triangle(const Point4& a, const Point4& b, const Point4& c) {
  const Point4 u = b - a;
  const Point4 v = c - a;
  const double uu = u.squaredNorm();
  const double uv = u.dot(v);
  const double vv = v.squaredNorm();
  const double determinant = uu * vv - uv * uv;
  if (determinant > 1e-12 * uu * vv) {
    const double ua = -u.dot(a);
    const double va = -v.dot(a);
    const double s = (vv * ua - uv * va) / determinant;
    const double t = (uu * va - uv * ua) / determinant;
    if (s >= 0 && t >= 0 && s + t <= 1) {
      return (a + s * u + t * v).squaredNorm();
    }
    // the nearest point lies on a side that the foot sees from outside
    double best = std::numeric_limits<double>::infinity();
    if (s < 0) {
      best = to_segment(a, c);
    }
    if (t < 0) {
      best = std::min(best, to_segment(a, b));
    }
    if (s + t > 1) {
      best = std::min(best, to_segment(b, c));
    }
    return best;
  }
  return std::min({to_segment(a, b), to_segment(a, c), to_segment(b, c)});
}

double to_tetrahedron(const Point4& a, const Point4& b, const Point4& c, const Point4& d) {
  const std::array<Point4, 3> edge{b - a, c - a, d - a};
  Eigen::Matrix3d gram;
  Eigen::Vector3d right;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      gram(i, j) = edge[static_cast<std::size_t>(i)].dot(edge[static_cast<std::size_t>(j)]);
    }
    right[i] = -edge[static_cast<std::size_t>(i)].dot(a);
  }
  // Cramer's rule by cofactors: small, and a flat simplex shows in the determinant
  const Eigen::Vector3d cross = gram.col(1).cross(gram.col(2));
  const double determinant = gram.col(0).dot(cross);
  if (determinant > 1e-12 * gram(0, 0) * gram(1, 1) * gram(2, 2)) {
    const double r = right.dot(cross) / determinant;
    const double s = gram.col(0).dot(right.cross(gram.col(2))) / determinant;
    const double t = gram.col(0).dot(gram.col(1).cross(right)) / determinant;
    if (r >= 0 && s >= 0 && t >= 0 && r + s + t <= 1) {
      return (a + r * edge[0] + s * edge[1] + t * edge[2]).squaredNorm();
    }
    double best = std::numeric_limits<double>::infinity();
    if (r < 0) {
      best = to_triangle(a, c, d);
    }
    if (s < 0) {
      best = std::min(best, to_triangle(a, b, d));
    }
    if (t < 0) {
      best = std::min(best, to_triangle(a, b, c));
    }
    if (r + s + t > 1) {
      best = std::min(best, to_triangle(b, c, d));
    }
    return best;
  }
  return std::min({to_triangle(a, b, c), to_triangle(a, b, d), to_triangle(a, c, d), to_triangle(b, c, d)});
}

}  // namespace

double squared_distance_to_simplex(std::span<const Point4> p) {
  switch (p.size()) {
    case 4:
      return to_tetrahedron(p[0], p[1], p[2], p[3]);
    case 3:
      return to_triangle(p[0], p[1], p[2]);
    case 2:
      return to_segment(p[0], p[1]);
    default:
      return p[0].squaredNorm();
  }
}

}  // namespace xingu
