// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dicom/write_patient.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// A plan as a robotic arm delivers it: what DICOM's Robotic-Arm Radiation (PS3.3 A.86.1, C.36.18, C.36.19) says of one
/// path. The equipment's frame is the Standard Robotic-Arm Coordinate System (C.36.12.2.2): x to the right as seen from
/// the table's pedestal towards the robot, z up, origin where the beams of both X-ray tubes cross. That is frame F.
struct RoboticRadiation {
  /// Where the patient lies: the matrix that maps frame P to the equipment's frame, mm.
  using PatientPose = Pose<frame::F, frame::P>;

  /// The state from here on; every value is stated, also where the file leaves it as it was.
  struct ControlPoint {
    std::size_t patient_pose = 0;  ///< index into patient_poses
    int node = 0;                  ///< the beam's number
    Vec3 source_F = Vec3::Zero();  ///< mm
    double yaw_deg = 0.0;          ///< of the source about z, then
    double roll_deg = 0.0;         ///< about its y, then
    double pitch_deg = 0.0;        ///< about its x; with all at 0 the beam goes down
    std::vector<double> left_mm;   ///< leaf positions in the plane of definition, the negative side
    std::vector<double> right_mm;
    double cumulative_mu = 0.0;  ///< from the beginning of the path; 0 at the first point
  };

  std::string label;
  std::string machine;
  double definition_distance_mm = 0.0;     ///< from source to the plane where leaves are measured
  std::vector<double> leaf_boundaries_mm;  ///< in that plane, ascending
  double energy_MV = 0.0;
  bool is_filter_free = false;
  std::vector<PatientPose> patient_poses;
  std::vector<ControlPoint> control_points;
};

/// The source's frame in F: Rz(yaw) · Ry(roll) · Rx(pitch), its z away from where the beam goes.
[[nodiscard]] Mat3 source_rotation(const RoboticRadiation::ControlPoint& point);

/// The path of a step-and-shoot plan: two control points a segment, in the order of the beams, a pose of the patient
/// for each turn of the table and isocentre. Leaves are measured in the isocentre plane of the nearest source.
/// @throws InputError if there is no beam, or beams differ in leaves or energy: one object has one set
[[nodiscard]] RoboticRadiation robotic_radiation(const TreatmentPlan& plan);

/// Writes it as Robotic-Arm Radiation Storage (1.2.840.10008.5.1.4.1.1.481.15). Returns its SOPInstanceUID, which
/// follows from the referenced plan. What is not written: docs/methods/dicom.md.
std::string write_robotic_radiation(const RoboticRadiation& radiation, const Patient& patient,
                                    const std::string& plan_uid, const std::filesystem::path& path,
                                    const WriteOptions& options = {});

/// Reads what write_robotic_radiation writes, and others' files with one set of leaf pairs and one generation mode.
/// @throws InputError naming file and tag
[[nodiscard]] RoboticRadiation read_robotic_radiation(const std::filesystem::path& path);

}  // namespace xingu
