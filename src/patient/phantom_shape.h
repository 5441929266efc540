// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "geometry/pose.h"

namespace xingu {

// Implicit surfaces of phantoms: functions of a point (mm) that are negative inside, zero on the surface and near it
// equal to the signed distance in mm. Farther away they are only of the right sign and order. All are pure and safe to
// call concurrently.

/// An axis-aligned box, mm.
struct Bounds {
  Vec3 lower = Vec3::Zero();
  Vec3 upper = Vec3::Zero();

  [[nodiscard]] bool contains(const Vec3& p) const {
    return (p - lower).minCoeff() >= 0 && (upper - p).minCoeff() >= 0;
  }
  [[nodiscard]] Bounds grown(double margin) const {
    return {lower - Vec3::Constant(margin), upper + Vec3::Constant(margin)};
  }
  [[nodiscard]] Bounds united(const Bounds& other) const {
    return {lower.cwiseMin(other.lower), upper.cwiseMax(other.upper)};
  }
  /// Distance to the box, 0 inside.
  [[nodiscard]] double distance(const Vec3& p) const { return (lower - p).cwiseMax(p - upper).cwiseMax(0.0).norm(); }
};

/// Smooth minimum: min(a, b) where they differ by more than `blend`, else lower by at most blend/4 (a quadratic
/// fillet).
[[nodiscard]] inline double smooth_union(double a, double b, double blend) {
  const double h = std::max(blend - std::abs(a - b), 0.0) / blend;
  return std::min(a, b) - 0.25 * h * h * blend;
}

/// Smooth maximum, the counterpart of smooth_union.
[[nodiscard]] inline double smooth_intersection(double a, double b, double blend) {
  return -smooth_union(-a, -b, blend);
}

/// 0 below `from`, 1 above `to`, the cubic 3t² − 2t³ between.
[[nodiscard]] inline double smooth_step(double x, double from, double to) {
  const double t = std::clamp((x - from) / (to - from), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

/// An ellipsoid with principal axes in the columns of `axes`.
struct Ellipsoid {
  Vec3 centre = Vec3::Zero();
  Vec3 radii = Vec3::Ones();
  Mat3 axes = Mat3::Identity();

  /// First-order distance: k (k − 1) / |∇k²/2| with k the ellipsoidal norm.
  [[nodiscard]] double operator()(const Vec3& p) const {
    const Vec3 q = (axes.transpose() * (p - centre)).cwiseQuotient(radii);
    const double k = q.norm();
    const double gradient = q.cwiseQuotient(radii).norm();
    return gradient > 1e-12 ? k * (k - 1) / gradient : -radii.minCoeff();
  }
  [[nodiscard]] Bounds bounds() const {
    const Vec3 half = (axes * radii.asDiagonal()).rowwise().norm();
    return {centre - half, centre + half};
  }
};

/// The set of points within `radius` of a segment, with a linear change of the radius along it.
[[nodiscard]] double capsule(const Vec3& p, const Vec3& from, const Vec3& to, double radius_from, double radius_to);

/// A round tube of varying radius along a Catmull–Rom spline through its nodes, with round ends. The spline is followed
/// by chords of at most 2.5 mm. Cost of a distance: O(chords), less far away.
class Tube {
 public:
  struct Node {
    Vec3 centre;
    double radius;
  };
  /// @throws BrokenPromise for fewer than two nodes.
  explicit Tube(const std::vector<Node>& nodes);

  [[nodiscard]] double operator()(const Vec3& p) const { return distance(p, 1e9); }
  /// The distance, or any value above `limit` where it is larger than that.
  [[nodiscard]] double distance(const Vec3& p, double limit) const;
  /// The tube with its wall moved outwards by `offset`.
  [[nodiscard]] const Bounds& bounds() const { return bounds_; }
  [[nodiscard]] const std::vector<Node>& chords() const { return points_; }

 private:
  struct Group {
    std::size_t first;
    std::size_t last;
    Vec3 centre;
    double reach;
  };
  std::vector<Node> points_;
  std::vector<Group> groups_;
  Bounds bounds_;
};

/// Smallest value of several tubes at a point, or something above `limit` where all are farther than that.
[[nodiscard]] double nearest_tube(const std::vector<const Tube*>& tubes, const Vec3& p, double limit);

}  // namespace xingu
