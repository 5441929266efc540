// SPDX-License-Identifier: Apache-2.0
#include "machine/iec_angles.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xingu {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double gimbal = 1e-12;

Mat3 about(const Vec3& axis, double angle_deg) {
  return Eigen::AngleAxisd(angle_deg * degree, axis).toRotationMatrix();
}

}  // namespace

Pose<frame::F, frame::B> head_pose(const IecSettings& settings) {
  const Mat3 R = about(Vec3::UnitY(), settings.gantry_deg) * about(Vec3::UnitX(), settings.gantry_pitch_deg) *
                 about(Vec3::UnitZ(), settings.collimator_deg);
  return {R, R.col(2) * settings.source_distance_mm};
}

Pose<frame::F, frame::T> table_pose(const IecSettings& settings) {
  const Mat3 support = about(Vec3::UnitZ(), settings.couch_deg);
  return {support * about(Vec3::UnitX(), settings.table_pitch_deg) * about(Vec3::UnitY(), settings.table_roll_deg),
          support * settings.table_position_mm};
}

IecSettings iec_settings(const Pose<frame::F, frame::B>& X_FB, const Pose<frame::F, frame::T>& X_FT) {
  IecSettings result;
  const Mat3 head = X_FB.rotation();
  // Z of Ry(g) Rx(p) Rz(c) is (cos p sin g, −sin p, cos p cos g); its second row is (cos p sin c, cos p cos c, −sin p).
  const double cos_pitch = std::hypot(head(0, 2), head(2, 2));
  result.gantry_pitch_deg = std::atan2(-head(1, 2), cos_pitch) / degree;
  if (cos_pitch > gimbal) {
    result.gantry_deg = std::atan2(head(0, 2), head(2, 2)) / degree;
    result.collimator_deg = std::atan2(head(1, 0), head(1, 1)) / degree;
  } else {
    result.collimator_deg = std::atan2(-head(0, 1), head(0, 0)) / degree;
  }
  result.source_distance_mm = X_FB.translation().norm();
  const Mat3 table = X_FT.rotation();
  // Rz(c) Rx(p) Ry(r): its Y is (−sin c cos p, cos c cos p, sin p); its third row (−cos p sin r, sin p, cos p cos r).
  const double cos_table = std::hypot(table(0, 1), table(1, 1));
  result.table_pitch_deg = std::atan2(table(2, 1), cos_table) / degree;
  if (cos_table > gimbal) {
    result.couch_deg = std::atan2(-table(0, 1), table(1, 1)) / degree;
    result.table_roll_deg = std::atan2(-table(2, 0), table(2, 2)) / degree;
  } else {
    result.table_roll_deg = std::atan2(table(0, 2), table(0, 0)) / degree;
  }
  result.table_position_mm = about(Vec3::UnitZ(), -result.couch_deg) * X_FT.translation();
  return result;
}

RoomAngles room_angles(const IecSettings& settings) {
  RoomAngles angles;
  angles.gantry_deg = dicom_angle_deg(settings.gantry_deg);
  angles.couch_deg = settings.couch_deg;
  angles.collimator_deg = dicom_angle_deg(settings.collimator_deg);
  angles.gantry_pitch_deg = settings.gantry_pitch_deg;
  return angles;
}

double dicom_angle_deg(double angle_deg) {
  const double turned = std::fmod(angle_deg, 360.0);
  const double positive = turned < 0 ? turned + 360.0 : turned;
  return positive >= 360.0 ? 0.0 : positive;
}

double signed_angle_deg(double angle_deg) {
  const double within = std::remainder(angle_deg, 360.0);
  return within <= -180.0 ? 180.0 : within;
}

}  // namespace xingu
