// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// A beam as it is delivered, step and shoot.
struct PlannedBeam {
  int number = 0;
  std::string name;
  RoomAngles angles;
  Vec3 isocentre_P = Vec3::Zero();
  double sad_mm = 800.0;
  std::vector<double> leaf_boundaries_mm;  ///< num_pairs + 1, ascending, along Y of frame B at the isocentre plane
  std::vector<Segment> segments;

  [[nodiscard]] double mu() const {
    double sum = 0.0;
    for (const Segment& s : segments) {
      sum += s.mu;
    }
    return sum;
  }
};

/// A deliverable plan: what is written as RTPLAN, computed as final dose and executed by a delivery.
struct TreatmentPlan {
  std::string label;
  std::string machine;
  PatientPosition position = PatientPosition::hfs;
  int num_fractions = 1;
  double prescription_Gy = 0.0;  ///< total over all fractions
  std::string target_name;
  std::vector<PlannedBeam> beams;
};

}  // namespace xingu
