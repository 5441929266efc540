// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "geometry/grid.h"
#include "patient/structure.h"

namespace xingu::test {

/// A solid whose cross-section volumes are known in closed form, with the contours a careful person would draw of it.
struct AnalyticBody {
  std::string name;
  double volume_mm3;
  /// Part of the volume below a plane: axis (0, 1, 2) and its coordinate, mm.
  std::function<double(int axis, double coordinate)> part_below;
  std::array<double, 3> lower;
  std::array<double, 3> upper;
  /// The outline at a height, empty where there is none.
  std::function<std::vector<Eigen::Vector2d>(double z)> outline;
};

inline std::vector<Eigen::Vector2d> circle_points(double radius) {
  std::vector<Eigen::Vector2d> points;
  constexpr int num_points = 180;
  // vertices a little outside, so that the polygon has the circle's area
  const double step = 2 * std::numbers::pi / num_points;
  const double r = radius * std::sqrt(step / std::sin(step));
  for (int i = 0; radius > 0 && i < num_points; ++i) {
    points.emplace_back(r * std::cos(step * i), r * std::sin(step * i));
  }
  return points;
}

/// Fraction of a disc's area below the line at u (disc of radius 1).
inline double disc_part(double u) {
  u = std::clamp(u, -1.0, 1.0);
  return 0.5 + (u * std::sqrt(1 - u * u) + std::asin(u)) / std::numbers::pi;
}

inline double integrate(const std::function<double(double)>& f, double a, double b) {
  constexpr int n = 600;  // midpoint rule
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    sum += f(a + (b - a) * (i + 0.5) / n);
  }
  return sum * (b - a) / n;
}

inline AnalyticBody sphere(double radius) {
  const double r = radius;
  return {"sphere",
          4.0 / 3.0 * std::numbers::pi * r * r * r,
          [r](int, double c) {
            const double h = std::clamp(c + r, 0.0, 2 * r);
            return h * h * (3 * r - h) / (4 * r * r * r);
          },
          {-r, -r, -r},
          {r, r, r},
          [r](double z) { return circle_points(std::sqrt(std::max(0.0, r * r - z * z))); }};
}

/// Axis along z, from z0 to z0 + height.
inline AnalyticBody axial_cylinder(double radius, double z0, double height) {
  const double r = radius;
  return {"axial cylinder",
          std::numbers::pi * r * r * height,
          [=](int axis, double c) { return axis == 2 ? std::clamp((c - z0) / height, 0.0, 1.0) : disc_part(c / r); },
          {-r, -r, z0},
          {r, r, z0 + height},
          [=](double z) { return z > z0 && z < z0 + height ? circle_points(r) : std::vector<Eigen::Vector2d>{}; }};
}

/// Axis along x, from −length/2 to length/2.
inline AnalyticBody transverse_cylinder(double radius, double length) {
  const double r = radius;
  return {"transverse cylinder",
          std::numbers::pi * r * r * length,
          [=](int axis, double c) { return axis == 0 ? std::clamp(c / length + 0.5, 0.0, 1.0) : disc_part(c / r); },
          {-length / 2, -r, -r},
          {length / 2, r, r},
          [=](double z) {
            const double w = std::sqrt(std::max(0.0, r * r - z * z));
            const double l = length / 2;
            return w > 0 ? std::vector<Eigen::Vector2d>{{-l, -w}, {l, -w}, {l, w}, {-l, w}}
                         : std::vector<Eigen::Vector2d>{};
          }};
}

/// Axis along z, base at z0, apex at z0 + height.
inline AnalyticBody axial_cone(double radius, double z0, double height) {
  const double r = radius;
  const auto part_below = [=](int axis, double c) {
    const double u = std::clamp((c - z0) / height, 0.0, 1.0);
    if (axis == 2) {
      return 1 - std::pow(1 - u, 3);
    }
    return integrate([=](double v) { return 3 * (1 - v) * (1 - v) * disc_part(v < 1 ? c / (r * (1 - v)) : 0); }, 0, 1);
  };
  return {"axial cone",
          std::numbers::pi * r * r * height / 3,
          part_below,
          {-r, -r, z0},
          {r, r, z0 + height},
          [=](double z) {
            return z > z0 && z < z0 + height ? circle_points(r * (1 - (z - z0) / height))
                                             : std::vector<Eigen::Vector2d>{};
          }};
}

/// Axis along x, base at −height/2, apex at height/2: the outlines are hyperbolas.
inline AnalyticBody transverse_cone(double radius, double height) {
  const double r = radius;
  const auto part_below = [=](int axis, double c) {
    if (axis == 0) {
      return 1 - std::pow(1 - std::clamp(c / height + 0.5, 0.0, 1.0), 3);
    }
    return integrate([=](double v) { return 3 * (1 - v) * (1 - v) * disc_part(v < 1 ? c / (r * (1 - v)) : 0); }, 0, 1);
  };
  return {"transverse cone",
          std::numbers::pi * r * r * height / 3,
          part_below,
          {-height / 2, -r, -r},
          {height / 2, r, r},
          [=](double z) {
            std::vector<Eigen::Vector2d> points;
            if (std::abs(z) >= r) {
              return points;
            }
            const double tip = height * (1 - std::abs(z) / r);  // length of the outline along x
            constexpr int n = 100;
            for (int side : {-1, 1}) {
              for (int i = 0; i <= n; ++i) {
                const double s = side < 0 ? 1.0 * i / n : 1.0 - 1.0 * i / n;
                const double along = tip * (1 - (1 - s) * (1 - s));  // denser towards the tip
                const double rho = r * (1 - along / height);
                points.emplace_back(-height / 2 + along, side * std::sqrt(std::max(0.0, rho * rho - z * z)));
              }
            }
            return points;
          }};
}

/// Contours at first + k · distance, for all heights at which the body has an outline.
inline Structure draw(const AnalyticBody& body, double first, double distance) {
  Structure structure;
  structure.name = body.name;
  for (int k = -1000; k <= 1000; ++k) {
    const double z = first + k * distance;
    auto points = z > body.lower[2] && z < body.upper[2] ? body.outline(z) : std::vector<Eigen::Vector2d>{};
    if (points.size() >= 3) {
      structure.contours.push_back({z, std::move(points)});
    }
  }
  return structure;
}

/// 1 Gy at the body's lower end along an axis, rising by 1 Gy per mm.
inline Volume<float> linear_dose(const AnalyticBody& body, int axis, double spacing) {
  const Vec3 margin = Vec3::Constant(4 * spacing);
  const Grid grid = covering_grid(Vec3(body.lower[0], body.lower[1], body.lower[2]) - margin,
                                  Vec3(body.upper[0], body.upper[1], body.upper[2]) + margin, spacing);
  Volume<float> dose(grid);
  std::size_t i = 0;
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        dose[i++] = static_cast<float>(20 + grid.centre(x, y, z)[axis] - body.lower[static_cast<std::size_t>(axis)]);
      }
    }
  }
  return dose;
}

}  // namespace xingu::test
