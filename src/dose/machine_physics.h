// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/ranks.h"
#include "dose/beam_model.h"
#include "dose/ccc_engine.h"
#include "dose/treatment_plan.h"

namespace xingu {

/// A machine's beam made ready for dose: spectrum joined with kernels, source size, and photons per MU. Immutable.
struct MachinePhysics {
  BeamModel beam;
  std::shared_ptr<const PhotonPhysics> photons;
  SourceBlur blur;
  double fluence_per_mu = 0.0;  ///< photons/cm² on the axis at the isocentre per MU, from beam.sad_mm

  /// Fluence of an open field at radius r of the isocentre plane, relative to the axis of a source at beam.sad_mm.
  [[nodiscard]] double open_fluence(double radius_mm, double source_distance_mm) const {
    return beam.output_at(source_distance_mm) * beam.profile.at(radius_mm * beam.sad_mm / source_distance_mm);
  }
};

/// Joins a beam model with the shipped kernels and cross sections and fixes the photons per MU: the reference condition
/// is computed in a water block by collapsed cones and set equal to the stated output. Cost about a second.
/// @throws InputError if the reference condition gives no dose
[[nodiscard]] MachinePhysics commission(const BeamModel& beam);

/// Dose of a deliverable plan, Gy, total over all fractions: each beam's segments as one fluence map, beams computed
/// one after the other by collapsed cones (each uses all threads) and summed. A beam without MU adds nothing. With
/// several ranks all of them call it with the same arguments, and the root has the dose; the others get zeros. A beam
/// travels as its voxels with dose, 4 bytes each.
///
/// @param grid  where dose is wanted, frame P
/// @throws InputError if the plan has MU but its dose is zero everywhere: a geometry mistake must not pass for a plan
[[nodiscard]] Volume<float> compute_plan_dose(const TreatmentPlan& plan, const MachinePhysics& machine,
                                              const DensityImage& image, const Grid& grid,
                                              const CccEngine::Config& config, Ranks& ranks = one_rank());

}  // namespace xingu
