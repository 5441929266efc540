// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dose/beam_geometry.h"

namespace xingu {

/// Why the delivery of a beam ended.
enum class BeamTermination {
  normal,  ///< all its MU were given
  by_operator,
  by_machine,
  unknown
};

/// One end of a segment as it was delivered.
struct DeliveredControlPoint {
  double time_s = 0.0;          ///< since the session began
  double specified_mu = 0.0;    ///< of the beam so far, by the plan
  double delivered_mu = 0.0;    ///< by the primary monitor
  std::vector<double> left_mm;  ///< by the encoders, frame B
  std::vector<double> right_mm;
};

struct DeliveredBeamAccount {
  int number = 0;
  std::string name;
  RoomAngles angles;  ///< by the encoders
  double energy_MV = 6.0;
  double planned_mu = 0.0;
  double primary_mu = 0.0;
  double secondary_mu = 0.0;
  BeamTermination termination = BeamTermination::unknown;
  std::vector<DeliveredControlPoint> points;  ///< two a segment that was begun
};

/// What a treatment session gave: what is written as RT Beams Treatment Record.
struct TreatmentRecord {
  std::string machine;
  int num_fractions_planned = 1;
  int fraction = 1;
  std::vector<DeliveredBeamAccount> beams;  ///< those that were begun
};

}  // namespace xingu
