// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "geometry/grid.h"
#include "patient/patient.h"
#include "plan/goals.h"
#include "plan/plan_problem.h"
#include "plan/protocol.h"

namespace xingu {

/// Where the optimiser looks: every CT voxel of the targets, sub-voxels along their rims, and cells that grow with the
/// distance from the targets elsewhere.
struct SamplingOptions {
  std::size_t max_samples = 200'000;  ///< cells outside the targets are coarsened until this holds
  double rim_mm = 3.0;                ///< a target's rim voxels are split until no edge is longer
  double near_mm = 10.0;              ///< up to this distance from a target cells have near_cell_mm …
  double near_cell_mm = 3.0;
  double middle_mm = 35.0;  ///< … up to this one middle_cell_mm, beyond far_cell_mm
  double middle_cell_mm = 5.0;
  double far_cell_mm = 10.0;
  std::size_t samples_per_organ = 6000;  ///< an organ's cells are made small enough for about this many
  std::uint64_t seed = 1;
};

/// Fewer points, for comparing many candidate beams: targets at CT resolution without sub-voxels, larger cells
/// elsewhere.
[[nodiscard]] SamplingOptions candidate_sampling(std::uint64_t seed);

struct SampledPatient {
  PlanProblem problem;
  std::size_t num_target_samples = 0;
  double coarsening = 1.0;         ///< factor on the cell sizes that max_samples asked for
  std::vector<std::string> notes;  ///< one sentence each: absent structures, coarser sampling
};

/// Sample points of a patient for a protocol. Groups: one per rule that the patient has, then "Body" (all samples
/// inside the outline, targets included).
///
/// A target voxel wholly inside is one sample at its centre; one that a target's edge crosses is split into sub-voxels,
/// each with the volume that lies inside, and one sample for what lies outside. Elsewhere the voxels of one cell that
/// belong to the same organs share one sample, placed at one of their centres drawn by a counter-based random number (a
/// fixed place in the cell would make a lattice that narrow beams pass through unseen); it carries all their volume, so
/// every structure's samples add up to its volume. Samples are ordered by voxel. Deterministic.
///
/// @param body  [nz, ny, nx] 1 inside the patient, on the CT's grid
/// @throws InputError if a required target is missing or has no volume on the CT
/// Cost O(voxels log voxels).
[[nodiscard]] SampledPatient sample_patient(const Patient& patient, const Protocol& protocol,
                                            const Volume<std::uint8_t>& body, const SamplingOptions& options = {});

/// How finely a dose is measured on structures.
enum class EvaluationDetail {
  dvh,     ///< samples, and a DVH that the figures are read from
  samples  ///< samples alone, for what stands beside the figures (standard deviations)
};

/// Doses of a finished distribution as goals see them: each structure filled with about 60,000 points of its
/// interpolated shape (StructureShape; unions and `minus` by points), the body voxel by voxel of the finer of CT and
/// dose, beside the DVH of the structure that outlines it, where there is one. The dose is interpolated at each point.
/// The DVH of a rule that means one structure as it was drawn is that of compute_dvh, so that its figures are those of
/// `xingu evaluate`; that of others is made of the points of their structures' DVHs (a cubic millimetre each, or
/// smaller) that belong to what the rule means.
/// @param dose  Gy, total over all fractions, frame P
/// @param body  on the CT's grid
/// Cost about 0.3 s for each structure and core.
[[nodiscard]] DoseUnderEvaluation dose_under_evaluation(const Patient& patient, const Protocol& protocol,
                                                        const Volume<std::uint8_t>& body, const Volume<float>& dose,
                                                        EvaluationDetail detail = EvaluationDetail::dvh);

/// Doses of the patient's own structures, under their names, that no rule of the protocol means as they were drawn:
/// those it does not know, and those it joins or cuts. In the order of the set, with their DVHs by compute_dvh.
/// @param dose  Gy, total over all fractions, frame P
[[nodiscard]] std::vector<StructureDose> other_structure_doses(const Protocol& protocol, const StructureSet& set,
                                                               const Volume<float>& dose);

}  // namespace xingu
