// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "dose/treatment_plan.h"
#include "dose/treatment_record.h"
#include "geometry/grid.h"
#include "patient/patient.h"

namespace xingu::test {

/// A CT of 24 × 20 × 8 voxels of 2 × 2.5 × 3 mm whose every voxel is different, and structures of all awkward kinds: a
/// body, a ring (hole), a keyhole, a contour between slices, two of one name, an empty one, one with a density.
[[nodiscard]] Patient small_patient();

/// Three beams of 6 leaf pairs: one static, two of several segments, one with jaws.
[[nodiscard]] TreatmentPlan small_plan();

/// small_plan() as it was delivered: the first two beams to their end, the last stopped by the machine.
[[nodiscard]] TreatmentRecord small_treatment_record();

/// A smooth dose of up to 30 Gy on a grid of 14 × 12 × 10 voxels of 3 mm.
[[nodiscard]] Volume<float> small_dose();

/// small_patient() as CT series and RTSTRUCT, small_plan() and small_dose() in one folder; returns the written plan's
/// UID.
std::string write_small_patient(const std::filesystem::path& folder);

}  // namespace xingu::test
