// SPDX-License-Identifier: Apache-2.0
#include "dose/beam_geometry.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double degree = std::numbers::pi / 180.0;

/// Maps the table top's axes to the patient's: how the patient lies on it. Rows are x (left), y (posterior), z
/// (superior) written in X, Y, Z of the table top.
Pose<frame::P, frame::T> lying(PatientPosition position) {
  Mat3 rotation;
  switch (position) {
    case PatientPosition::hfs:
      rotation << 1, 0, 0, 0, 0, -1, 0, 1, 0;
      break;
    case PatientPosition::hfp:
      rotation << -1, 0, 0, 0, 0, 1, 0, 1, 0;
      break;
    case PatientPosition::ffs:
      rotation << -1, 0, 0, 0, 0, -1, 0, -1, 0;
      break;
    case PatientPosition::ffp:
      rotation << 1, 0, 0, 0, 0, 1, 0, -1, 0;
      break;
  }
  return {rotation, Vec3::Zero()};
}

Mat3 about(const Vec3& axis, double angle_deg) {
  return Eigen::AngleAxisd(angle_deg * degree, axis).toRotationMatrix();
}

/// In hundredths of a degree; adding 0 takes a zero its sign.
double hundredths(double angle_deg) { return std::round(angle_deg * 100.0) / 100.0 + 0.0; }

double within_turn(double angle_deg) {
  const double turned = std::fmod(hundredths(angle_deg), 360.0);
  return turned < 0.0 ? hundredths(turned + 360.0) : turned + 0.0;
}

}  // namespace

RoomAngles settable_angles(const RoomAngles& angles) {
  return {within_turn(angles.gantry_deg), hundredths(angles.couch_deg), within_turn(angles.collimator_deg),
          hundredths(angles.gantry_pitch_deg)};
}

BeamGeometry beam_geometry(const RoomAngles& angles, PatientPosition position, const Vec3& isocentre_P, double sad_mm) {
  XINGU_REQUIRE(sad_mm > 0, "a source-axis distance of {} mm (it must be positive); correct the machine", sad_mm);
  const Vec3 no_shift = Vec3::Zero();
  const Pose<frame::F, frame::T> X_FT(about(Vec3::UnitZ(), angles.couch_deg), no_shift);
  const Pose<frame::F, frame::G> X_FG(
      about(Vec3::UnitY(), angles.gantry_deg) * about(Vec3::UnitX(), angles.gantry_pitch_deg), no_shift);
  const Pose<frame::G, frame::B> X_GB(about(Vec3::UnitZ(), angles.collimator_deg), no_shift);
  const Pose<frame::P, frame::B> turn = lying(position) * X_FT.inverse() * X_FG * X_GB;
  BeamGeometry geometry;
  geometry.X_PB = Pose<frame::P, frame::B>(turn.rotation(), isocentre_P);
  geometry.sad_mm = sad_mm;
  return geometry;
}

RoomAngles room_angles(const Vec3& direction_P, PatientPosition position) {
  // The source's direction on the table top is (cos c · sin g, −sin c · sin g, cos g) for couch c and gantry g.
  const Vec3 source_T = lying(position).rotation().transpose() * -direction_P.normalized();
  const double lateral = std::hypot(source_T.x(), source_T.y());
  RoomAngles angles;
  double couch = 0.0;
  double gantry = std::atan2(lateral, source_T.z());
  if (lateral > 1e-12) {
    couch = std::atan2(-source_T.y(), source_T.x());
    if (couch > 0.5 * std::numbers::pi + 1e-12) {  // the same line with the gantry on the other side
      couch -= std::numbers::pi;
      gantry = -gantry;
    } else if (couch < -0.5 * std::numbers::pi - 1e-12) {
      couch += std::numbers::pi;
      gantry = -gantry;
    }
  }
  angles.couch_deg = couch / degree;
  angles.gantry_deg = gantry / degree;
  if (angles.gantry_deg < 0) {
    angles.gantry_deg += 360.0;
  }
  if (angles.gantry_deg >= 360.0) {
    angles.gantry_deg -= 360.0;
  }
  return angles;
}

}  // namespace xingu
