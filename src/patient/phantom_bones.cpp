// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_bones.h"

#include <numbers>

#include "patient/phantom_torso.h"

namespace xingu {
namespace {

using std::numbers::pi;

// Centres of T1 to L1 with pitches of 20 to 27 mm growing downwards; the carina (z = 62) lies at T4/T5.
constexpr std::array<double, 13> vertebra_centre{136, 116, 95, 73, 50, 27, 3, -21, -46, -71, -97, -123, -150};

constexpr double cord_half_width = 4.8;  // thoracic cord about 9.5 mm × 7 mm [recalled]
constexpr double cord_half_depth = 3.5;
constexpr double canal_half_width = 8.8;
constexpr double canal_half_depth = 8.0;
constexpr double arch_thickness = 5.5;
constexpr double half_disc = 2.2;

double ellipse(double x, double y, double a, double b) {
  const double k = std::hypot(x / a, y / b);
  const double gradient = std::hypot(x / (a * a), y / (b * b));
  return gradient > 1e-12 ? k * (k - 1) / gradient : -std::min(a, b);
}

/// Course of one rib: bone from the spine to `bone_end` (angle), then cartilage to the sternum where there is one.
struct RibCourse {
  double z_spine;
  double z_bone_end;
  double bone_end;   ///< rad from posterior
  double z_sternum;  ///< NaN for ribs that do not reach it
};

constexpr double rib_start = 0.17;
constexpr double rib_sternum = pi - 0.16;
constexpr double rib_half_thickness = 3.6;
constexpr double rib_half_height = 6.2;
constexpr double rib_offset = 5.2;  ///< of the rib's axis outside the cavity

const std::array<RibCourse, 11>& rib_courses() {
  static const double none = std::nan("");
  static const std::array<RibCourse, 11> courses{{{138, 92, 2.60, 88},
                                                  {118, 68, 2.65, 64},
                                                  {97, 44, 2.60, 44},
                                                  {75, 20, 2.55, 25},
                                                  {52, -6, 2.50, 8},
                                                  {29, -32, 2.42, -8},
                                                  {5, -58, 2.35, -22},
                                                  {-19, -82, 2.25, none},
                                                  {-44, -105, 2.10, none},
                                                  {-69, -125, 1.90, none},
                                                  {-95, -135, 1.40, none}}};
  return courses;
}

struct Height {
  double z;
  double slope;  ///< dz / d angle
};

Height bone_height(const RibCourse& course, double angle) {
  const double span = course.bone_end - rib_start;
  const double t = std::clamp((angle - rib_start) / span, 0.0, 1.0);
  const double fall = 0.45 * t + 0.55 * t * t * (3 - 2 * t);
  const double rate = (0.45 + 3.3 * t * (1 - t)) / span;
  const double drop = course.z_bone_end - course.z_spine;
  return {course.z_spine + drop * fall, drop * rate};
}

Height cartilage_height(const RibCourse& course, double angle) {
  const double span = rib_sternum - course.bone_end;
  const double t = std::clamp((angle - course.bone_end) / span, 0.0, 1.0);
  const double rise = course.z_sternum - course.z_bone_end;
  return {course.z_bone_end + rise * t * t * (3 - 2 * t), rise * 6 * t * (1 - t) / span};
}

/// Distance to a rod along a course, given the distance outside the cavity, the angle and the radius about the axis.
double rod(double z, double outside, double radius, const Height& height) {
  const double across = (z - height.z) / std::sqrt(1 + height.slope * height.slope / (radius * radius));
  return ellipse(outside - rib_offset, across, rib_half_thickness, rib_half_height);
}

}  // namespace

ThoraxBones::ThoraxBones()
    : clavicle_({{{20, -70, 99}, 7}, {{58, -74, 108}, 6}, {{100, -44, 122}, 6}, {{140, -14, 135}, 7}}) {}

double ThoraxBones::vertebra_z(int number) { return vertebra_centre[static_cast<std::size_t>(number - 1)]; }

double ThoraxBones::body_y(double z) {
  const double t = z / 120;
  return 66 - 10 * t * t;  // thoracic kyphosis
}

ThoraxBones::Spine ThoraxBones::spine(const Vec3& p) const {
  if (std::abs(p.x()) > 60 || p.y() < 10) {
    const double far = std::max(std::abs(p.x()) - 45, 30 - p.y());
    return {far, far, far, far};
  }
  std::size_t nearest = 0;
  for (std::size_t k = 1; k < vertebra_centre.size(); ++k) {
    if (std::abs(p.z() - vertebra_centre[k]) < std::abs(p.z() - vertebra_centre[nearest])) {
      nearest = k;
    }
  }
  const double zk = vertebra_centre[nearest];
  const double upper = nearest > 0 ? vertebra_centre[nearest - 1] - zk : 20;
  const double lower = nearest + 1 < vertebra_centre.size() ? zk - vertebra_centre[nearest + 1] : 27;
  const double half_height = (p.z() > zk ? upper : lower) / 2 - half_disc;
  const double scale = 1 - 0.0010 * p.z();  // bodies grow downwards
  const double yv = body_y(p.z());
  const double yc = yv + 13.5 * scale + canal_half_depth + 0.4;
  const double column = ellipse(p.x(), p.y() - yv, 16.5 * scale, 13.5 * scale);
  const double canal = ellipse(p.x(), p.y() - yc, canal_half_width, canal_half_depth);
  const double arch =
      std::max(ellipse(p.x(), p.y() - yc, canal_half_width + arch_thickness, canal_half_depth + arch_thickness),
               std::abs(p.z() - zk + 3) - 8);
  const Vec3 q(std::abs(p.x()), p.y(), p.z());
  const double transverse = capsule(q, {10, yc + 2, zk}, {31, yc + 9, zk - 2}, 5, 4.2);
  const Vec3 flat(1.3 * p.x(), p.y(), p.z());
  const double spinous = capsule(flat, {0, yc + 11, zk - 4}, {0, yc + 25, zk - 19}, 4.5, 3.6);
  const double body = std::max(column, std::abs(p.z() - zk) - half_height);
  const double bone = std::max(std::min({body, arch, transverse, spinous}), -canal);
  const double disc = std::max({column + 0.3, half_height - std::abs(p.z() - zk), -canal});
  return {bone, disc, canal, ellipse(p.x(), p.y() - yc, cord_half_width, cord_half_depth)};
}

double ThoraxBones::spinal_column(const Vec3& p) const {
  const Spine s = spine(p);
  return std::min(s.bone, s.disc);
}

ThoraxBones::Ribs ThoraxBones::ribs(const Vec3& p, double outside) const {
  if (outside < -12 || outside > 25) {
    const double far = std::max(-outside, outside - 9);
    return {far, far};
  }
  const double angle = torso_angle(p);
  const double radius = std::max(30.0, std::hypot(p.x(), p.y() + 4));
  Ribs nearest{1e3, 1e3};
  for (const RibCourse& course : rib_courses()) {
    if (p.z() > std::max(course.z_spine, course.z_sternum) + 30 || p.z() < course.z_bone_end - 30) {
      continue;
    }
    const double ends = std::max(rib_start - angle, angle - course.bone_end) * radius;
    nearest.bone = std::min(nearest.bone, std::max(rod(p.z(), outside, radius, bone_height(course, angle)), ends));
    if (!std::isnan(course.z_sternum)) {
      const double gap = std::max(course.bone_end - angle, angle - rib_sternum) * radius;
      nearest.cartilage =
          std::min(nearest.cartilage, std::max(rod(p.z(), outside, radius, cartilage_height(course, angle)), gap));
    }
  }
  return nearest;
}

double ThoraxBones::sternum(const Vec3& p, double outside) const {
  if (p.y() > -20 || std::abs(p.x()) > 60) {
    return std::max(p.y() + 40, std::abs(p.x()) - 30);
  }
  const double half_width = 15 + 11 * smooth_step(p.z(), 50, 80) - 7 * smooth_step(-p.z(), 20, 42);
  const double across = std::abs(p.x()) - half_width;
  const double through = std::abs(outside - 8) - 5.5;
  const double along = std::max(p.z() - 97, -42 - p.z());
  const Vec3 beyond = Vec3(across, through, along) + Vec3::Constant(3);
  return beyond.cwiseMax(0.0).norm() + std::min(beyond.maxCoeff(), 0.0) - 3;
}

double ThoraxBones::scapulae(const Vec3& p, double outside) const {
  const double x = std::abs(p.x());
  if (p.y() < -10 || x < 30 || p.z() < -30) {
    return 40;
  }
  const double lateral = x - (72 + 0.45 * (p.z() + 5));
  return std::max({std::abs(outside - 18) - 2.2, 54 - x, lateral, -5 - p.z(), p.z() - 112});
}

double ThoraxBones::clavicles(const Vec3& p) const {
  return clavicle_.distance(Vec3(std::abs(p.x()), p.y(), p.z()), 40);
}

}  // namespace xingu
