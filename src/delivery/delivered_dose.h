// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "delivery/delivered_treatment.h"
#include "dose/dose_engine.h"
#include "dose/machine_physics.h"

namespace xingu {

/// Fluence of a delivered beam in the anatomy of the planning CT: the fluence of each part's segment, moved by the
/// part's shift in the isocentre plane and weighted by the inverse square of its distance, (SAD/(SAD + z))². Moved by
/// parts of a pixel, a pixel is spread over its neighbours by area, so the integral is kept. Without motion it is the
/// fluence of the segments as planning computes it.
///
/// The source is not moved with the field: of a shift of 6 mm about the mean, at 100 mm before or behind the isocentre
/// plane, 0.75 mm are missing (6 · 100/800).
[[nodiscard]] FluenceMap delivered_fluence(const BeamModel& model, const DeliveredBeam& beam, double pixel_mm);

/// Dose of what was delivered, Gy, one fraction, in the anatomy of the planning CT.
///
/// @param fluence_per_mu  of the machine
/// @param grid            where dose is wanted, frame P
/// @throws Cancelled when the user stops; a record without MU gives zero
[[nodiscard]] Volume<float> compute_delivered_dose(std::span<const DeliveredBeam> beams, PatientPosition position,
                                                   const MachinePhysics& machine, const DoseEngine& engine,
                                                   const DensityImage& image, const Grid& grid);

}  // namespace xingu
