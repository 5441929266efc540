// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dose/beam_geometry.h"

namespace xingu {

/// Everything that IEC 61217 says of a head and a table, degrees and mm.
struct IecSettings {
  double gantry_deg = 0.0;
  double gantry_pitch_deg = 0.0;
  double collimator_deg = 0.0;
  double source_distance_mm = 1000.0;
  double couch_deg = 0.0;  ///< patient support rotation
  double table_pitch_deg = 0.0;
  double table_roll_deg = 0.0;
  Vec3 table_position_mm =
      Vec3::Zero();  ///< lateral, longitudinal, vertical: of the table top in the patient support's frame
};

/// Frame F from the beam-limiting device with its origin at the source: Ry(gantry) · Rx(pitch) · Rz(collimator), then
/// the source distance along Z (IEC 61217:2011, sections 4.3 to 4.5; gantry pitch as in DICOM PS3.3 C.8.8.14).
[[nodiscard]] Pose<frame::F, frame::B> head_pose(const IecSettings& settings);

/// Frame F from the table top: Rz(couch) · position · Rx(pitch) · Ry(roll) (IEC 61217:2011, sections 4.6 and 4.7).
[[nodiscard]] Pose<frame::F, frame::T> table_pose(const IecSettings& settings);

/// The settings that give two poses: pitch of gantry and table within ±90°, other angles in (−180°, 180°]. Inverse of
/// head_pose and table_pose for heads that aim at the isocentre. Where an angle is free (gantry at a pitch of 90°,
/// couch at a table pitch of 90°) it is 0 and its partner takes its part.
[[nodiscard]] IecSettings iec_settings(const Pose<frame::F, frame::B>& X_FB, const Pose<frame::F, frame::T>& X_FT);

/// The angles that planning and RTPLAN carry, gantry and collimator in [0, 360).
[[nodiscard]] RoomAngles room_angles(const IecSettings& settings);

/// DICOM writes angles in [0, 360) where it has a rotation direction: gantry, collimator, couch.
[[nodiscard]] double dicom_angle_deg(double angle_deg);

/// An angle of DICOM in (−180°, 180°].
[[nodiscard]] double signed_angle_deg(double angle_deg);

}  // namespace xingu
