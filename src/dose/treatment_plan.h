// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dose/beam_geometry.h"

namespace xingu {

/// One aperture held while its MU are given: leaf positions in frame B at the isocentre plane, mm.
struct Segment {
  std::vector<double> left_mm;   ///< bank X1 (negative side), one per leaf pair
  std::vector<double> right_mm;  ///< bank X2, right ≥ left
  double mu = 0.0;               ///< per fraction
};

/// Edges of the jaws in frame B at the isocentre plane, mm.
struct JawOpening {
  double x1_mm = 0.0;
  double x2_mm = 0.0;
  double y1_mm = 0.0;
  double y2_mm = 0.0;
};

/// A beam as it is delivered, step and shoot.
struct PlannedBeam {
  int number = 0;
  std::string name;
  RoomAngles angles;
  std::optional<Vec3> table_position_mm;  ///< IEC 61217 lateral, longitudinal, vertical; none: not stated
  Vec3 isocentre_P = Vec3::Zero();
  double sad_mm = 800.0;
  std::vector<double> leaf_boundaries_mm;  ///< num_pairs + 1, ascending, along Y of frame B at the isocentre plane
  std::vector<Segment> segments;
  std::optional<JawOpening> jaws;  ///< besides the leaves; none: the leaves alone shape the field
  double energy_MV = 6.0;          ///< nominal
  bool is_filter_free = false;     ///< without flattening filter
  double dose_Gy = 0.0;  ///< per fraction, of this beam to the target as the plan's maker states it; 0: not stated

  [[nodiscard]] double mu() const {
    double sum = 0.0;
    for (const Segment& s : segments) {
      sum += s.mu;
    }
    return sum;
  }
};

/// A dose that the plan gives to one of the patient's structures by intent.
struct TargetDose {
  std::string structure;  ///< the patient's name for it
  double dose_Gy = 0.0;   ///< total over all fractions
};

/// A deliverable plan: what is written as RTPLAN, computed as final dose and executed by a delivery.
struct TreatmentPlan {
  std::string label;
  std::string machine;
  PatientPosition position = PatientPosition::hfs;
  int num_fractions = 1;
  double prescription_Gy = 0.0;             ///< total over all fractions
  std::string target_name;                  ///< the structure that the prescription is for
  std::vector<TargetDose> further_targets;  ///< of a simultaneous boost: the other levels
  std::vector<PlannedBeam> beams;
};

}  // namespace xingu
