// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_torso.h"

#include "patient/phantom_shape.h"

namespace xingu {
namespace {

constexpr double cavity_half_width = 131;
constexpr double cavity_centre_y = -4;
constexpr double cavity_front = 87;
constexpr double cavity_back = 81;
constexpr double cavity_shoulder_z = 5;  ///< the bullet narrows above
constexpr double cavity_height = 111;    ///< from there to the lungs' apex

/// Norm (Σ |q|^2.5)^(1/2.5) − 1 over its gradient, with q = x/a: the first-order distance to a superellipsoid.
double superellipsoid(const Vec3& scaled, const Vec3& radii) {
  const Vec3 q = scaled.cwiseAbs();
  const Vec3 slopes = q.cwiseProduct(q.cwiseSqrt());  // |q|^1.5
  const double sum = slopes.dot(q);
  if (sum < 1e-12) {
    return -radii.minCoeff();
  }
  const double norm = std::pow(sum, 1 / 2.5);
  return (norm - 1) / (norm / sum * slopes.cwiseQuotient(radii)).norm();
}

}  // namespace

double torso_body(const Vec3& p) {
  constexpr double half_width = 172;
  constexpr double centre_y = 8;
  const double up = std::clamp((p.z() - 20) / 110, 0.0, 1.5);
  const double depth = p.y() < centre_y ? 123 - 20 * up * up : 120 - 4 * up;
  const Vec3 radii(half_width, depth, 1);
  return superellipsoid(Vec3(p.x() / half_width, (p.y() - centre_y) / depth, 0), radii);
}

double torso_cavity(const Vec3& p) {
  const double depth = p.y() < cavity_centre_y ? cavity_front : cavity_back;
  const Vec3 radii(cavity_half_width, depth, cavity_height);
  const Vec3 scaled(p.x() / cavity_half_width, (p.y() - cavity_centre_y) / depth,
                    std::max(0.0, p.z() - cavity_shoulder_z) / cavity_height);
  return superellipsoid(scaled, radii);
}

double torso_diaphragm(const Vec3& p) {
  static const Ellipsoid right{{-66, -8, -140}, {92, 84, 107}, Mat3::Identity()};
  static const Ellipsoid left{{76, 10, -140}, {76, 76, 91}, Mat3::Identity()};
  static const Ellipsoid tendon{{16, -24, -140}, {66, 60, 79}, Mat3::Identity()};
  const Vec3 q(p.x(), p.y(), std::max(p.z(), -140.0));
  return smooth_union(smooth_union(right(q), left(q), 14), tendon(q), 14);
}

double torso_angle(const Vec3& p) {
  return std::atan2(std::abs(p.x()) / cavity_half_width, (p.y() - cavity_centre_y) / cavity_front);
}

}  // namespace xingu
