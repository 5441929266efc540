// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dose/machine_physics.h"
#include "dose/mc/monte_carlo.h"
#include "dose/treatment_plan.h"
#include "patient/density_image.h"

namespace xingu::mc {

/// Transport limits that fit the voxels of a dose grid: an electron is followed until its range in water is below some
/// fifth of the smallest side, and photons give kerma only where their electrons are below that.
void fit_to_voxels(MonteCarloOptions& options, const Grid& grid);

/// Photons per MU as Monte Carlo counts them.
struct Calibration {
  double fluence_per_mu = 0.0;  ///< photons/cm² on the axis at the isocentre plane
  double uncertainty = 0.0;     ///< relative standard deviation
};

/// The machine's reference condition by Monte Carlo: the mean dose of a box around the reference point (40 × 40 mm, 20
/// mm deep from 5 mm before it), with collapsed cones giving the ratio of point to box only. Cost: some 400,000
/// histories. Every rank gets the root's numbers.
/// @throws InputError if the reference condition receives no dose
[[nodiscard]] Calibration calibrate(const MachinePhysics& machine, std::uint64_t seed, Ranks& ranks = one_rank());

/// Refuses at once what compute_plan_dose would refuse after the calibration.
/// @throws InputError if the plan has no MU, a beam with MU is closed, or no photon of it comes to the body
void require_dose(const TreatmentPlan& plan, const MachinePhysics& machine, const DensityImage& image);

/// Dose of a deliverable plan by Monte Carlo, Gy, total over all fractions, with its uncertainty. Histories go to beams
/// and segments by the photons they send: each beam's segments are one map of MU.
///
/// @throws InputError as require_dose does, if a material has no data, or if the uncertainty asked for is outside 0.05
///         to 20 %
[[nodiscard]] MonteCarloDose compute_plan_dose(const TreatmentPlan& plan, const MachinePhysics& machine,
                                               const Calibration& calibration, const DensityImage& image,
                                               const Grid& grid, MonteCarloOptions options, const StopRule& stop);

}  // namespace xingu::mc
