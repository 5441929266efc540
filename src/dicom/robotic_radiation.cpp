// SPDX-License-Identifier: Apache-2.0
#include "dicom/robotic_radiation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double same_leaf_mm = 1e-4;  // decimal strings of plans have 16 letters

/// Yaw, roll, pitch of a rotation, degrees; yaw is 0 where only its difference to pitch counts.
Vec3 yaw_roll_pitch(const Mat3& R) {
  const double sine = std::clamp(-R(2, 0), -1.0, 1.0);
  if (std::abs(sine) > 1.0 - 1e-12) {
    return Vec3(0.0, std::copysign(90.0, sine), std::atan2(-R(1, 2), R(1, 1)) / degree);
  }
  return Vec3(std::atan2(R(1, 0), R(0, 0)), std::asin(sine), std::atan2(R(2, 1), R(2, 2))) / degree;
}

/// F from the beam-limiting device with its origin at the isocentre: the table does not move it.
Mat3 head_rotation(const RoomAngles& angles) {
  return (Eigen::AngleAxisd(angles.gantry_deg * degree, Vec3::UnitY()) *
          Eigen::AngleAxisd(angles.gantry_pitch_deg * degree, Vec3::UnitX()) *
          Eigen::AngleAxisd(angles.collimator_deg * degree, Vec3::UnitZ()))
      .toRotationMatrix();
}

std::size_t index_of(std::vector<RoboticRadiation::PatientPose>& poses, const RoboticRadiation::PatientPose& pose) {
  const auto same =
      std::ranges::find_if(poses, [&](const auto& known) { return known.matrix().isApprox(pose.matrix(), 1e-12); });
  if (same == poses.end()) {
    poses.push_back(pose);
    return poses.size() - 1;
  }
  return static_cast<std::size_t>(same - poses.begin());
}

/// Lengths at a beam's isocentre plane as they are in another plane across its axis.
std::vector<double> projected(std::vector<double> lengths_mm, double from_distance_mm, double to_distance_mm) {
  if (from_distance_mm != to_distance_mm) {
    for (double& length : lengths_mm) {
      length *= to_distance_mm / from_distance_mm;
    }
  }
  return lengths_mm;
}

bool are_same_leaves(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) < same_leaf_mm; });
}

}  // namespace

Mat3 source_rotation(const RoboticRadiation::ControlPoint& point) {
  return (Eigen::AngleAxisd(point.yaw_deg * degree, Vec3::UnitZ()) *
          Eigen::AngleAxisd(point.roll_deg * degree, Vec3::UnitY()) *
          Eigen::AngleAxisd(point.pitch_deg * degree, Vec3::UnitX()))
      .toRotationMatrix();
}

RoboticRadiation robotic_radiation(const TreatmentPlan& plan) {
  XINGU_REQUIRE(!plan.beams.empty(), "the plan has no beams (a path needs one at least); plan again");
  const PlannedBeam& first = plan.beams.front();
  RoboticRadiation radiation;
  radiation.label = plan.label;
  radiation.machine = plan.machine;
  const double plane_mm = std::ranges::min(plan.beams, {}, &PlannedBeam::sad_mm).sad_mm;
  radiation.definition_distance_mm = plane_mm;
  radiation.leaf_boundaries_mm = projected(first.leaf_boundaries_mm, first.sad_mm, plane_mm);
  radiation.energy_MV = first.energy_MV;
  radiation.is_filter_free = first.is_filter_free;
  double given = 0.0;
  for (const PlannedBeam& beam : plan.beams) {
    XINGU_REQUIRE(
        are_same_leaves(projected(beam.leaf_boundaries_mm, beam.sad_mm, plane_mm), radiation.leaf_boundaries_mm) &&
            beam.energy_MV == first.energy_MV && beam.is_filter_free == first.is_filter_free && !beam.jaws,
        "beam '{}' has other leaves or another energy than '{}', or jaws (one Robotic-Arm Radiation has one "
        "set of each); write it as RTPLAN only",
        beam.name, first.name);
    const Mat3 R_FB = head_rotation(beam.angles);
    const BeamGeometry geometry = beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm);
    RoboticRadiation::ControlPoint point;
    point.patient_pose =
        index_of(radiation.patient_poses, Pose<frame::F, frame::B>(R_FB, Vec3::Zero()) * geometry.X_PB.inverse());
    point.node = beam.number;
    point.source_F = R_FB * Vec3(0, 0, beam.sad_mm);
    const Vec3 angles = yaw_roll_pitch(R_FB);
    point.yaw_deg = angles[0];
    point.roll_deg = angles[1];
    point.pitch_deg = angles[2];
    for (const Segment& segment : beam.segments) {
      point.left_mm = projected(segment.left_mm, beam.sad_mm, plane_mm);
      point.right_mm = projected(segment.right_mm, beam.sad_mm, plane_mm);
      for (const double mu : {0.0, segment.mu}) {
        given += mu;
        point.cumulative_mu = given;
        radiation.control_points.push_back(point);
      }
    }
  }
  return radiation;
}

}  // namespace xingu
