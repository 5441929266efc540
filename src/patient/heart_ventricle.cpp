// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_ventricle.h"

#include <numbers>

#include "base/error.h"

namespace xingu {
namespace {

using std::numbers::pi;

/// Volume of a spheroid of radii b, b and l between s = −h and its tip.
double cut_spheroid_volume(double b, double l, double h) {
  return pi * b * b * ((l + h) - (l * l * l + h * h * h) / (3 * l * l));
}

/// First-order distance to a spheroid of radius b and half length l about the axis.
double spheroid(double r, double s, double b, double l) {
  const double k = std::hypot(r / b, s / l);
  const double gradient = std::hypot(r / (b * b), s / (l * l));
  return gradient > 1e-12 ? k * (k - 1) / gradient : -b;
}

double spheroid_radius(double s, double b, double l) {
  const double t = s / l;
  return b * std::sqrt(std::max(0.0, 1 - t * t));
}

/// Angle brought to (−π, π].
double wrapped(double angle) { return std::remainder(angle, 2 * pi); }

}  // namespace

LeftVentricle::LeftVentricle(const Sizes& sizes, const Vec3& base_centre, const Vec3& long_axis, const Vec3& septal)
    : sizes_(sizes),
      epi_radius_(sizes.cavity_radius + sizes.wall),
      axis_(long_axis.normalized()),
      septal_((septal - septal.dot(axis_) * axis_).normalized()),
      inferior_(axis_.cross(septal_)),
      equator_(base_centre + sizes.base_height * axis_) {
  const double focal2 = sizes.cavity_length * sizes.cavity_length - sizes.cavity_radius * sizes.cavity_radius;
  XINGU_EXPECT(focal2 > 0 && sizes.wall > 0 && sizes.base_height < sizes.cavity_length);
  epi_length_ = std::sqrt(focal2 + epi_radius_ * epi_radius_);
}

LeftVentricle::Coordinates LeftVentricle::coordinates(const Vec3& p) const {
  const Vec3 d = p - equator_;
  const double x = -d.dot(inferior_);
  const double y = d.dot(septal_);
  return {std::hypot(x, y), d.dot(axis_), std::atan2(y, x)};
}

Vec3 LeftVentricle::outward(double angle) const { return -std::cos(angle) * inferior_ + std::sin(angle) * septal_; }

Vec3 LeftVentricle::point(const Coordinates& c) const { return equator_ + c.s * axis_ + c.r * outward(c.angle); }

double LeftVentricle::endo_radius(double s) const {
  return spheroid_radius(s, sizes_.cavity_radius, sizes_.cavity_length);
}

double LeftVentricle::epi_radius(double s) const { return spheroid_radius(s, epi_radius_, epi_length_); }

double LeftVentricle::cavity(const Vec3& p) const {
  const Coordinates c = coordinates(p);
  return std::max(spheroid(c.r, c.s, sizes_.cavity_radius, sizes_.cavity_length), -sizes_.base_height - c.s);
}

double LeftVentricle::whole(const Vec3& p) const {
  const Coordinates c = coordinates(p);
  return std::max(spheroid(c.r, c.s, epi_radius_, epi_length_), -sizes_.base_height - c.s);
}

double LeftVentricle::wall(const Vec3& p) const {
  const Coordinates c = coordinates(p);
  return std::max({spheroid(c.r, c.s, epi_radius_, epi_length_), -sizes_.base_height - c.s,
                   -spheroid(c.r, c.s, sizes_.cavity_radius, sizes_.cavity_length)});
}

LeftVentricle::Sector LeftVentricle::sector(int number) const {
  XINGU_EXPECT(number >= 1 && number <= 17);
  const double base = -sizes_.base_height;
  const double cap = sizes_.cavity_length - sizes_.apical_cap;
  const double third = (cap - base) / 3;
  if (number == 17) {
    return {cap, epi_length_, 0.0, pi};
  }
  if (number >= 13) {
    return {base + 2 * third, cap, (number - 13) * pi / 2, pi / 4};
  }
  const int level = (number - 1) / 6;
  return {base + level * third, base + (level + 1) * third, ((number - 1) % 6) * pi / 3, pi / 6};
}

int LeftVentricle::segment_at(const Vec3& p) const {
  const Coordinates c = coordinates(p);
  const double base = -sizes_.base_height;
  const double cap = sizes_.cavity_length - sizes_.apical_cap;
  if (c.s < base) {
    return 0;
  }
  if (c.s >= cap) {
    return 17;
  }
  const int level = std::min(2, static_cast<int>(3 * (c.s - base) / (cap - base)));
  const int count = level < 2 ? 6 : 4;
  const double turn = c.angle / (2 * pi) + 0.5 / count;
  const int index = static_cast<int>(std::floor((turn - std::floor(turn)) * count)) % count;
  return 1 + 6 * level + index;
}

double LeftVentricle::segment(int number, const Vec3& p) const {
  const Coordinates c = coordinates(p);
  const Sector part = sector(number);
  double value = std::max({wall(p), part.s_from - c.s, c.s - part.s_to});
  if (number < 17) {
    const double beyond = std::abs(wrapped(c.angle - part.angle)) - part.half_angle;
    value = std::max(value, c.r * std::sin(std::clamp(beyond, -pi / 2, pi / 2)));
  }
  return value;
}

double LeftVentricle::patch(int number, double extent, const Vec3& p) const {
  const Coordinates c = coordinates(p);
  const Sector part = sector(number);
  if (number == 17) {
    const double from = part.s_to - extent * (part.s_to - part.s_from);
    return std::max(wall(p), from - c.s);
  }
  const double half_length = 0.5 * extent * (part.s_to - part.s_from);
  const double half_width = extent * part.half_angle;
  const double u = (c.s - 0.5 * (part.s_from + part.s_to)) / half_length;
  const double v = wrapped(c.angle - part.angle) / half_width;
  const double norm = std::pow(u * u * u * u + v * v * v * v, 0.25);
  return std::max(wall(p), (norm - 1) * std::min(half_length, std::max(5.0, c.r) * half_width));
}

Bounds LeftVentricle::bounds() const {
  Ellipsoid outer;
  outer.centre = equator_;
  outer.radii = Vec3(epi_length_, epi_radius_, epi_radius_);
  outer.axes.col(0) = axis_;
  outer.axes.col(1) = septal_;
  outer.axes.col(2) = inferior_;
  return outer.bounds();
}

double LeftVentricle::cavity_volume_mm3() const {
  return cut_spheroid_volume(sizes_.cavity_radius, sizes_.cavity_length, sizes_.base_height);
}

double LeftVentricle::wall_volume_mm3() const {
  return cut_spheroid_volume(epi_radius_, epi_length_, sizes_.base_height) - cavity_volume_mm3();
}

VentricleContraction::VentricleContraction(const LeftVentricle& ventricle, const Strength& strength)
    : ventricle_(&ventricle),
      stretch_(1 - strength.shortening),
      inward_(strength.ejected / stretch_),
      twist_(strength.twist) {
  const double scale2 = 1 / stretch_ - inward_;
  XINGU_EXPECT(stretch_ > 0 && scale2 > 0);
  cavity_scale_ = std::sqrt(scale2);
}

double VentricleContraction::rotation(double s) const {
  // About two thirds of the twist is the apex turning, one third the base turning back.
  const double base = -ventricle_->sizes().base_height;
  const double t = std::clamp((s - base) / (ventricle_->epi_length() - base), 0.0, 1.0);
  return twist_ * (t - 1.0 / 3.0);
}

LeftVentricle::Coordinates VentricleContraction::forward(const LeftVentricle::Coordinates& c) const {
  const double tip = ventricle_->epi_length();
  const double e = ventricle_->endo_radius(c.s);
  const double r = c.r < e ? c.r * cavity_scale_ : std::sqrt(std::max(0.0, c.r * c.r / stretch_ - inward_ * e * e));
  return {r, tip + stretch_ * (c.s - tip), c.angle + rotation(c.s)};
}

LeftVentricle::Coordinates VentricleContraction::backward(const LeftVentricle::Coordinates& c) const {
  const double tip = ventricle_->epi_length();
  const double s = tip + (c.s - tip) / stretch_;
  const double e = ventricle_->endo_radius(s);
  const double r = c.r < e * cavity_scale_ ? c.r / cavity_scale_ : std::sqrt(stretch_ * (c.r * c.r + inward_ * e * e));
  return {r, s, c.angle - rotation(s)};
}

bool VentricleContraction::contains_present(const LeftVentricle::Coordinates& c) const {
  const LeftVentricle::Coordinates material = backward(c);
  return material.s >= -ventricle_->sizes().base_height && material.s <= ventricle_->epi_length() &&
         material.r <= ventricle_->epi_radius(material.s);
}

}  // namespace xingu
