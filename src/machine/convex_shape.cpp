// SPDX-License-Identifier: Apache-2.0
#include "machine/convex_shape.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

#include "base/error.h"

namespace xingu {
namespace {

constexpr int prism_sides = 24;
constexpr double flatness_mm = 0.01;

using Edge = std::pair<std::uint32_t, std::uint32_t>;

Vec3 face_normal(const TriangleSurface& surface, const TriangleIndices& t) {
  return (surface.points[t[1]] - surface.points[t[0]]).cross(surface.points[t[2]] - surface.points[t[0]]);
}

/// The regular icosahedron with every face split into four, on the unit sphere: 80 faces.
TriangleSurface unit_geodesic() {
  const double g = std::numbers::phi;
  TriangleSurface surface;
  surface.points = {{-1, g, 0},  {1, g, 0},  {-1, -g, 0}, {1, -g, 0}, {0, -1, g},  {0, 1, g},
                    {0, -1, -g}, {0, 1, -g}, {g, 0, -1},  {g, 0, 1},  {-g, 0, -1}, {-g, 0, 1}};
  for (Vec3& p : surface.points) {
    p.normalize();
  }
  const std::vector<TriangleIndices> faces{{0, 11, 5}, {0, 5, 1},  {0, 1, 7},   {0, 7, 10}, {0, 10, 11},
                                           {1, 5, 9},  {5, 11, 4}, {11, 10, 2}, {10, 7, 6}, {7, 1, 8},
                                           {3, 9, 4},  {3, 4, 2},  {3, 2, 6},   {3, 6, 8},  {3, 8, 9},
                                           {4, 9, 5},  {2, 4, 11}, {6, 2, 10},  {8, 6, 7},  {9, 8, 1}};
  std::map<Edge, std::uint32_t> middle;
  const auto half_way = [&](std::uint32_t a, std::uint32_t b) {
    const auto [entry, is_new] =
        middle.try_emplace({std::min(a, b), std::max(a, b)}, static_cast<std::uint32_t>(surface.points.size()));
    if (is_new) {
      surface.points.push_back((surface.points[a] + surface.points[b]).normalized());
    }
    return entry->second;
  };
  for (const auto& [a, b, c] : faces) {
    const std::uint32_t ab = half_way(a, b);
    const std::uint32_t bc = half_way(b, c);
    const std::uint32_t ca = half_way(c, a);
    surface.triangles.insert(surface.triangles.end(), {{a, ab, ca}, {b, bc, ab}, {c, ca, bc}, {ab, bc, ca}});
  }
  return surface;
}

void require_closed(const TriangleSurface& surface, const std::string& name) {
  std::map<Edge, int> balance;  // each edge once in each direction
  for (const TriangleIndices& t : surface.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      const std::uint32_t a = t[k];
      const std::uint32_t b = t[(k + 1) % 3];
      balance[{std::min(a, b), std::max(a, b)}] += a < b ? 1 : -1;
    }
  }
  XINGU_REQUIRE(
      surface.triangles.size() >= 4 && std::ranges::all_of(balance, [](const auto& e) { return e.second == 0; }),
      "{}: the mesh is not closed (inside and outside cannot be told apart); close it", name);
}

}  // namespace

ConvexShape ConvexShape::box(const Vec3& sides, const Eigen::Isometry3d& X) {
  ConvexShape shape;
  shape.is_box_ = true;
  shape.box_from_link_ = X.inverse(Eigen::Isometry);
  shape.half_ = 0.5 * sides;
  for (int corner = 0; corner < 8; ++corner) {
    const Vec3 sign((corner & 1) != 0 ? 1 : -1, (corner & 2) != 0 ? 1 : -1, (corner & 4) != 0 ? 1 : -1);
    shape.surface_.points.push_back(X * sign.cwiseProduct(shape.half_));
  }
  shape.surface_.triangles = {{0, 2, 3}, {0, 3, 1}, {4, 5, 7}, {4, 7, 6}, {0, 1, 5}, {0, 5, 4},
                              {2, 6, 7}, {2, 7, 3}, {0, 4, 6}, {0, 6, 2}, {1, 3, 7}, {1, 7, 5}};
  shape.derive();
  return shape;
}

ConvexShape ConvexShape::cylinder(double radius, double length, const Eigen::Isometry3d& X) {
  ConvexShape shape;
  const double outer = radius / std::cos(std::numbers::pi / prism_sides);
  std::vector<Vec3>& points = shape.surface_.points;
  for (const double z : {-0.5 * length, 0.5 * length}) {
    for (int k = 0; k < prism_sides; ++k) {
      const double angle = 2.0 * std::numbers::pi * k / prism_sides;
      points.push_back(X * Vec3(outer * std::cos(angle), outer * std::sin(angle), z));
    }
  }
  const auto n = static_cast<std::uint32_t>(prism_sides);
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t next = (k + 1) % n;
    shape.surface_.triangles.push_back({k, next, n + next});
    shape.surface_.triangles.push_back({k, n + next, n + k});
    if (k > 0 && next > 0) {
      shape.surface_.triangles.push_back({0, next, k});
      shape.surface_.triangles.push_back({n, n + k, n + next});
    }
  }
  shape.derive();
  return shape;
}

ConvexShape ConvexShape::sphere(double radius, const Eigen::Isometry3d& X) {
  static const TriangleSurface unit = unit_geodesic();
  ConvexShape shape;
  shape.surface_ = unit;
  double inner = 1.0;
  for (const TriangleIndices& t : unit.triangles) {
    inner = std::min(inner, face_normal(unit, t).normalized().dot(unit.points[t[0]]));
  }
  for (Vec3& p : shape.surface_.points) {
    p = X * (p * (radius / inner));
  }
  shape.derive();
  return shape;
}

ConvexShape ConvexShape::polytope(TriangleSurface surface, const std::string& name) {
  require_closed(surface, name);
  ConvexShape shape;
  shape.surface_ = std::move(surface);
  shape.derive();
  for (const Vec3& p : shape.surface_.points) {
    XINGU_REQUIRE(shape.distance_bound(p) <= flatness_mm,
                  "{}: the mesh is not convex (hardware is checked as convex parts); split it into convex meshes with "
                  "normals outwards",
                  name);
  }
  return shape;
}

void ConvexShape::derive() {
  for (const TriangleIndices& t : surface_.triangles) {
    const Vec3 cross = face_normal(surface_, t);
    if (cross.norm() < 1e-9) {
      continue;  // a sliver has no plane; its neighbours bound the shape
    }
    const Vec3 n = cross.normalized();
    const double offset = n.dot(surface_.points[t[0]]);
    const bool is_known = std::ranges::any_of(planes_, [&](const Eigen::Vector4d& plane) {
      return plane.head<3>().dot(n) > 1.0 - 1e-12 && std::abs(plane.w() - offset) < 1e-6;
    });
    if (!is_known) {
      planes_.emplace_back(n.x(), n.y(), n.z(), offset);
    }
  }
  Vec3 lower = surface_.points.front();
  Vec3 upper = lower;
  for (const Vec3& p : surface_.points) {
    lower = lower.cwiseMin(p);
    upper = upper.cwiseMax(p);
  }
  centre_ = 0.5 * (lower + upper);
  for (const Vec3& p : surface_.points) {
    radius_ = std::max(radius_, (p - centre_).norm());
  }
}

double ConvexShape::volume_mm3() const {
  double six_volumes = 0.0;
  for (const TriangleIndices& t : surface_.triangles) {
    six_volumes += surface_.points[t[0]].dot(surface_.points[t[1]].cross(surface_.points[t[2]]));
  }
  return six_volumes / 6.0;
}

double ConvexShape::distance_bound(const Vec3& p) const {
  if (is_box_) {
    const Vec3 beyond = (box_from_link_ * p).cwiseAbs() - half_;
    const double inside = beyond.maxCoeff();
    return inside <= 0.0 ? inside : beyond.cwiseMax(0.0).norm();
  }
  double largest = -1e300;
  for (const Eigen::Vector4d& plane : planes_) {
    largest = std::max(largest, plane.head<3>().dot(p) - plane.w());
  }
  return largest;
}

}  // namespace xingu
