// SPDX-License-Identifier: Apache-2.0
#include "patient/heart_motion.h"

#include <numbers>

#include "patient/phantom_bones.h"
#include "patient/phantom_torso.h"

namespace xingu {
namespace {

using std::numbers::pi;

constexpr double end_of_ejection = 0.38;
constexpr double end_of_rapid_filling = 0.62;
constexpr double start_of_atrial_filling = 0.86;
constexpr double left_for_the_atria = 0.25;

// Strengths that give the published changes of volume (docs/methods/phantoms.md); all at full ejection.
constexpr double right_excess =
    0.43;                         ///< the tricuspid annulus moves 23.4 mm, the mitral 16.4 mm (Carlsson et al. 2007)
constexpr double bellows = 0.38;  ///< by how much the right ventricle narrows towards the septum
constexpr double bellows_depth = 34;     ///< mm from the septum over which it does so uniformly
constexpr double bellows_fade = 36;      ///< mm over which it then fades
constexpr double left_swelling = 0.24;   ///< linear growth of the left atrium about its centre
constexpr double right_swelling = 0.14;  ///< of the right atrium

constexpr double side_fade = 28;    ///< mm beside the ventricle over which its motion fades
constexpr double atrial_fade = 62;  ///< mm above the base
constexpr double right_fade = 47;   ///< mm more across the right ventricle
constexpr double wall_gap = 5;      ///< mm at the chest wall over which motion ends

/// 1 where the right ventricle lies about the left one, 0 on the free wall.
double right_side(double angle) {
  const double from_septum = std::abs(std::remainder(angle - pi / 2, 2 * pi));
  return 1 - smooth_step(from_septum, 60 * pi / 180, 115 * pi / 180);
}

constexpr double swelling_reach = 2.6;  ///< in radii of the atrium

double swelling(const Ellipsoid& atrium, const Vec3& p, double strength) {
  const double norm = (p - atrium.centre).cwiseQuotient(atrium.radii).norm();
  return strength * (1 - smooth_step(norm, 1.0, swelling_reach));
}

/// The point that a smooth map of the identity's kind takes to `present`, to 1e-6 mm: by plain iteration while that is
/// quick, then by Newton's method with shortened steps.
template <class Map>
Vec3 inverse(const Map& forward, const Vec3& present) {
  constexpr double tolerance = 1e-6;
  Vec3 material = present;
  Vec3 error = forward(material) - present;
  for (int k = 0; k < 12 && error.norm() > tolerance; ++k) {
    const Vec3 trial = material - error;
    const Vec3 trial_error = forward(trial) - present;
    if (trial_error.norm() > 0.4 * error.norm()) {
      break;
    }
    material = trial;
    error = trial_error;
  }
  for (int k = 0; k < 60 && error.norm() > tolerance; ++k) {
    constexpr double h = 1e-4;
    Mat3 jacobian;
    for (int a = 0; a < 3; ++a) {
      jacobian.col(a) = (forward(material + h * Vec3::Unit(a)) - present - error) / h;
    }
    const Vec3 step = jacobian.fullPivLu().solve(error);
    double part = std::min(1.0, 10.0 / std::max(step.norm(), 1e-9));
    for (int halving = 0; halving < 8; ++halving, part *= 0.5) {
      const Vec3 trial = material - part * step;
      const Vec3 trial_error = forward(trial) - present;
      if (trial_error.norm() < error.norm() || halving == 7) {
        material = trial;
        error = trial_error;
        break;
      }
    }
  }
  return material;
}

/// Encloses the heart, which breathing moves as a whole.
const Ellipsoid& heart_hull() {
  static const Ellipsoid hull = [] {
    const Vec3 along = Vec3(1.0, -std::tan(46 * pi / 180), -std::tan(38 * pi / 180)).normalized();
    Ellipsoid e{{31.6, -33, -8.5}, {82, 62, 52}, Mat3::Identity()};
    e.axes.col(0) = along;
    e.axes.col(1) = (Vec3(-0.75, -0.66, 0) - Vec3(-0.75, -0.66, 0).dot(along) * along).normalized();
    e.axes.col(2) = along.cross(Vec3(e.axes.col(1)));
    return e;
  }();
  return hull;
}

constexpr double heart_descent = 0.72;  ///< of the diaphragm's
constexpr double heart_advance = 0.42;  ///< of the anterior skin's

}  // namespace

double ejected_part(double cardiac_phase) {
  const double phase = cardiac_phase - std::floor(cardiac_phase);
  if (phase < end_of_ejection) {
    return smooth_step(phase, 0, end_of_ejection);
  }
  if (phase < end_of_rapid_filling) {
    return 1 - (1 - left_for_the_atria) * smooth_step(phase, end_of_ejection, end_of_rapid_filling);
  }
  return left_for_the_atria * (1 - smooth_step(phase, start_of_atrial_filling, 1));
}

double inflated_part(double breathing_phase) {
  const double s = std::sin(pi * breathing_phase);
  return s * s * s * s;
}

BeatingHeart::BeatingHeart(const HeartAnatomy& anatomy, const Parameters& parameters, double ejected)
    : anatomy_(&anatomy),
      contraction_(anatomy.left_ventricle(), {parameters.ejection_fraction * ejected, parameters.shortening * ejected,
                                              parameters.twist_deg * pi / 180 * ejected}),
      ejected_(ejected),
      reach_(anatomy.bounds().grown(45)) {}

Vec3 BeatingHeart::forward(const Vec3& material) const {
  if (ejected_ == 0 || !reach_.contains(material)) {
    return material;
  }
  const LeftVentricle& lv = anatomy_->left_ventricle();
  const LeftVentricle::Coordinates c = lv.coordinates(material);
  if (c.s >= -lv.sizes().base_height && c.s <= lv.epi_length() && c.r <= lv.epi_radius(c.s)) {
    return lv.point(contraction_.forward(c));
  }
  return surroundings(material, c);
}

/// Motion outside the left ventricle: that of the nearest point of its surface, faded with the distance d from it, and
/// the motion of the other chambers, which vanishes at d = 0.
Vec3 BeatingHeart::surroundings(const Vec3& material, const LeftVentricle::Coordinates& c) const {
  const LeftVentricle& lv = anatomy_->left_ventricle();
  const double base = -lv.sizes().base_height;
  LeftVentricle::Coordinates surface = c;
  surface.s = std::clamp(c.s, base, lv.epi_length());
  surface.r = std::min(c.r, lv.epi_radius(surface.s));
  const double beside = c.r - surface.r;
  const double d = std::hypot(beside, c.s - surface.s);
  const double right = right_side(c.angle);
  const double beside_fade = side_fade + right_fade * right;
  const Ellipsoid& left_atrium = anatomy_->left_atrium_body();
  const Ellipsoid& right_atrium = anatomy_->right_atrium_body();
  const double left_growth = swelling(left_atrium, material, left_swelling);
  const double right_growth = swelling(right_atrium, material, right_swelling);
  if (d > std::max(beside_fade, atrial_fade) && beside > bellows_depth + bellows_fade && left_growth == 0 &&
      right_growth == 0) {
    return material;
  }
  const double to_chest = -torso_cavity(material);
  const double to_spine = ThoraxBones::body_y(material.z()) - 20 - material.y();
  const double at_rest = smooth_step(to_chest / std::clamp(d, 1e-9, wall_gap), 0, 1) * smooth_step(to_spine, 0, 18);
  if (at_rest <= 0) {
    return material;
  }
  const LeftVentricle::Coordinates moved = contraction_.forward(surface);
  const double up = std::max(0.0, base - c.s) / std::max(d, 1e-9);
  const double fade = beside_fade + (atrial_fade - beside_fade) * up * up;
  const double along = at_rest * (1 - smooth_step(d, 28 * right * (1 - up), fade));
  const double across = at_rest * (1 - smooth_step(d, 0, 30));
  const double turning = at_rest * (1 - smooth_step(d, 0, 35));

  const double window = smooth_step(c.s, base - 45, base - 4) * (1 - smooth_step(c.s, 34, lv.epi_length() + 12));
  const double reach = beside < bellows_depth ? beside : bellows_depth;
  const double narrowing = at_rest * ejected_ * bellows * right * window * reach *
                           (1 - smooth_step(beside, bellows_depth, bellows_depth + bellows_fade));

  LeftVentricle::Coordinates present = c;
  present.s += along * (moved.s - surface.s) * (1 + right_excess * right * smooth_step(beside, 0, 25));
  present.r = std::max(0.0, c.r + across * (moved.r - surface.r) - narrowing);
  present.angle += turning * std::remainder(moved.angle - surface.angle, 2 * pi);
  const double outside = at_rest * ejected_ * smooth_step(d, 0, 14);
  return lv.point(present) +
         outside * (left_growth * (material - left_atrium.centre) + right_growth * (material - right_atrium.centre));
}

Vec3 BeatingHeart::backward(const Vec3& present) const {
  if (ejected_ == 0 || !reach_.contains(present)) {
    return present;
  }
  const LeftVentricle& lv = anatomy_->left_ventricle();
  const LeftVentricle::Coordinates c = lv.coordinates(present);
  if (contraction_.contains_present(c)) {
    return lv.point(contraction_.backward(c));
  }
  return inverse([this](const Vec3& material) { return forward(material); }, present);
}

BreathingThorax::BreathingThorax(const Parameters& parameters, double inflated)
    : down_(parameters.diaphragm_mm * inflated),
      forwards_(parameters.chest_mm * inflated),
      outwards_(parameters.lateral_mm * inflated) {}

Vec3 BreathingThorax::motion(const Vec3& material) const {
  const double t = std::clamp((112 - material.z()) / 170, 0.0, 1.0);
  const double height = 0.5 * (t + t * t * (3 - 2 * t));
  const double column_y = ThoraxBones::body_y(material.z()) + 14;
  const double from_spine = 32 * (std::hypot(material.x() / 36, (material.y() - column_y) / 32) - 1);
  double down = 0;
  double forwards = smooth_step(50 - material.y(), 0, 165);
  double outwards = material.x();
  if (height > 0 && from_spine > 0) {
    const double from_ribs = -torso_cavity(material);
    down = height * smooth_step(from_ribs, 0, 20) * smooth_step(from_spine, 0, 16);
    const double rigid =
        (1 - smooth_step(heart_hull()(material), 0, 18)) * smooth_step(from_ribs, 0, 4) * smooth_step(from_spine, 0, 6);
    down += rigid * (heart_descent - down);
    forwards += rigid * (heart_advance - forwards);
    outwards += rigid * (heart_hull().centre.x() - outwards);
  }
  return {outwards_ / 172 * outwards, -forwards_ * forwards, -down_ * down};
}

Vec3 BreathingThorax::forward(const Vec3& material) const {
  return is_at_rest() ? material : Vec3(material + motion(material));
}

Vec3 BreathingThorax::backward(const Vec3& present) const {
  if (is_at_rest()) {
    return present;
  }
  return inverse([this](const Vec3& material) { return forward(material); }, present);
}

double BreathingThorax::volume_ratio(const Vec3& material) const {
  if (is_at_rest()) {
    return 1;
  }
  constexpr double h = 1e-3;
  Mat3 jacobian = Mat3::Identity();
  for (int a = 0; a < 3; ++a) {
    const Vec3 step = h * Vec3::Unit(a);
    jacobian.col(a) += (motion(material + step) - motion(material - step)) / (2 * h);
  }
  return jacobian.determinant();
}

}  // namespace xingu
