// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "delivery/record_reader.h"
#include "dose/treatment_plan.h"
#include "dose/treatment_record.h"

namespace xingu {

/// MU that a segment gave while the head stood at one place relative to the moving target.
struct DeliveredPart {
  std::size_t segment = 0;
  Vec3 shift_B = Vec3::Zero();  ///< of the beam against the anatomy, mm, frame B of the beam
  double mu = 0.0;              ///< mean of both monitors
};

/// A beam as it was given, in the anatomy of the planning CT.
struct DeliveredBeam {
  /// As planned, but leaves and angles by the encoders, MU as given, isocentre shifted by the mean. Pairs that were
  /// planned closed and are read to within 0.2 mm of it are closed.
  PlannedBeam beam;
  std::vector<DeliveredPart>
      parts;  ///< shifts about that mean, on a lattice of half a millimetre across the beam and two along it
};

/// What a record says was given, all its sessions together. The anatomy is taken to move as a whole with its target:
/// where the target is displaced by d and the head by s, the beam passes the anatomy shifted by s − d.
/// @throws InputError if the record does not belong to the plan
[[nodiscard]] std::vector<DeliveredBeam> delivered_beams(const SessionRecord& record, const TreatmentPlan& plan);

/// The same as an account for other systems.
[[nodiscard]] TreatmentRecord treatment_record(const SessionRecord& record, const TreatmentPlan& plan);

}  // namespace xingu
