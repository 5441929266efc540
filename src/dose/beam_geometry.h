// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/pose.h"
#include "patient/ct_image.h"

namespace xingu {

/// Where a beam stands, as a value. Frame B is the IEC 61217 beam-limiting device: origin at the isocentre, Z towards
/// the source, so the source is at (0, 0, SAD) and the beam travels along −Z. X is the direction of leaf travel.
struct BeamGeometry {
  Pose<frame::P, frame::B> X_PB;
  double sad_mm = 800.0;

  [[nodiscard]] Vec3 isocentre_P() const { return X_PB.translation(); }
  [[nodiscard]] Vec3 source_P() const { return X_PB.matrix() * Vec3(0, 0, sad_mm); }
  /// Unit vector from the source to the isocentre, frame P.
  [[nodiscard]] Vec3 direction_P() const { return -X_PB.rotation().col(2); }
};

/// IEC 61217 angles of a treatment room with an isocentric gantry and a turning couch, degrees.
struct RoomAngles {
  double gantry_deg = 0.0;
  double couch_deg = 0.0;         ///< patient support (isocentric) rotation
  double collimator_deg = 0.0;    ///< beam-limiting device
  double gantry_pitch_deg = 0.0;  ///< tilt of the gantry out of its plane, about its own X
};

/// The nearest angles that a plan can carry to a machine unchanged: hundredths of a degree, as machines show them;
/// gantry and collimator in [0, 360); a zero without a sign. Turns the beam by at most 0.005° about each axis.
[[nodiscard]] RoomAngles settable_angles(const RoomAngles& angles);

/// Geometry of a beam from room angles: X_PB = X_PT(position) · R_TF(couch) · R_FG(gantry, pitch) · R_GB(collimator),
/// table top level, R_FG = Ry(gantry) · Rx(pitch). Equation: IEC 61217 §4; DICOM PS3.3 C.8.8.25.6. For HFS, IEC (X, Y,
/// Z) = patient (x, z, −y).
[[nodiscard]] BeamGeometry beam_geometry(const RoomAngles& angles, PatientPosition position, const Vec3& isocentre_P,
                                         double sad_mm);

/// The gantry and couch angles that bring the beam to `direction_P` (unit, from source to isocentre): couch in
/// [−90, 90], gantry in [0, 360). Collimator 0.
[[nodiscard]] RoomAngles room_angles(const Vec3& direction_P, PatientPosition position);

}  // namespace xingu
