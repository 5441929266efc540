// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dose/machine_file.h"
#include "machine/mechanism.h"
#include "machine/spherical_wrist_arm.h"

namespace xingu {

/// Least distances that a machine keeps, mm.
struct CollisionBuffers {
  double patient_mm = 30.0;
  double hardware_mm = 10.0;
};

/// What stands for the patient beyond the CT.
struct UnseenPatient {
  double padding_mm = 20.0;   ///< around the outline of the CT's ends
  double length_mm = 1200.0;  ///< beyond each end at which the CT does not show that the patient ends
  double lateral_mm = 100.0;  ///< beyond each edge of the CT that cuts the body off
};

/// Imaging between beams, for the treatment time.
struct ImagingStops {
  int every_beams = 0;  ///< 0: none
  double duration_s = 0.0;
};

/// Two links that may touch because they are made to.
struct IgnoredPair {
  int first = 0;
  int second = 0;
  std::string because;
};

/// Parts of machine.toml's [mechanics] that belong to one axis.
struct AxisBehaviour {
  double home = 0.0;      ///< rad or mm
  double accuracy = 0.0;  ///< rad or mm, of a commanded position
};

/// A machine with its kinematics: machine.toml and machine.urdf. The head is moved by a ring with a tilt (two axes:
/// about Y of frame F, then about X of the ring, both through the isocentre) or by an arm; the table by an arm or by
/// three slides. Immutable once read; safe to share.
struct TreatmentMachine {
  MachineDescription description;
  Mechanism mechanism;
  std::filesystem::path file;
  int beam_link = -1;   ///< its frame: origin at the source, Z away from the isocentre, X along the leaves' travel
  int table_link = -1;  ///< frame T: origin on the surface where the isocentre comes to lie, Y towards the head end
  std::vector<int> head_axes;
  std::vector<int> table_axes;
  std::optional<SphericalWristArm> head_arm;   ///< none: ring and tilt
  std::optional<SphericalWristArm> table_arm;  ///< none: slides along X, Y and Z
  std::vector<AxisBehaviour> behaviour;        ///< one per axis
  std::vector<double> table_yaw;               ///< turns of the table about Z that are tried, rad, nearest to 0 first
  std::vector<double> source_distances_mm;     ///< to the isocentre that are tried, in this order
  std::vector<double> head_rolls;              ///< turns about the beam's axis that are tried, rad
  CollisionBuffers buffers;
  UnseenPatient unseen;
  ImagingStops imaging;
  std::vector<IgnoredPair> ignored_pairs;
  double latency_s = 0.0;

  /// One value per axis, rad or mm.
  [[nodiscard]] std::vector<double> home() const;
};

/// @param name_or_path  as find_machine takes it; the URDF lies beside the file
/// @throws InputError with file, line and key for what is wrong in either file, if they disagree (the beam model's
/// source
///         distance is none that the axes give; source or leaves are not in the head), or if the machine has no
///         [mechanics].
[[nodiscard]] TreatmentMachine load_treatment_machine(std::string_view name_or_path);

/// True if the machine's file has [mechanics], so that load_treatment_machine has something to read.
[[nodiscard]] bool has_mechanics(std::string_view name_or_path);

}  // namespace xingu
