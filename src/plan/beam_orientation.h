// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "geometry/pose.h"
#include "plan/fluence_optimiser.h"

namespace xingu {

/// How beams are chosen from the candidates; the two share nothing but the fluence optimiser.
enum class OrientationMethod {
  group_sparsity,  ///< penalise the number of lit beams and let the weak ones die (O'Connor et al. 2018)
  pricing          ///< start from none and add the beam whose first-order gain is largest
};

struct OrientationOptions {
  int num_beams = 20;
  /// No two chosen beams come closer than this; 0: no limit.
  double min_separation_deg = 0.0;
  /// The same limit for a beam and the opposite of another: opposed beams share their path through the patient.
  double min_opposed_deg = 0.0;
  /// Exponent of the group penalty: 1/2 or 1.
  double exponent = 0.5;
  int iterations_per_level = 8;  ///< accelerated proximal steps at one penalty weight …
  int unbiased_iterations = 6;   ///< … and quasi-Newton steps without penalty after them
  double level_share = 0.15;     ///< part of the lit beams that one penalty weight puts out
  int max_swaps = 60;            ///< beams exchanged for others at the end, in all
  int swap_candidates = 6;       ///< newcomers that are tried one by one before the exchange ends
  FluenceOptions fluence;        ///< of the final fluence, and its smoothing throughout
  std::function<void(const std::string& stage, std::size_t beams_left, double objective)> on_step;
};

struct OrientationResult {
  std::vector<std::size_t> beams;  ///< chosen candidates, ascending
  FluenceResult fluence;           ///< over all columns; 0 for beams that were not chosen
  double all_beams_objective = 0.0;
  double gap = 0.0;  ///< (objective − all_beams_objective) / all_beams_objective: more beams cannot gain more
  int num_swaps = 0;
  struct Level {
    double penalty_weight;
    std::size_t beams_left;
    double objective;  ///< without the penalty
  };
  std::vector<Level> path;  ///< group sparsity: one entry per penalty weight; pricing: one per added beam
};

/// The plan with every candidate lit: no choice of beams can have a lower objective, so it is the bound that gaps speak
/// of. Minimised until ten iterations gain less than 0.3 %, or the options' own tolerance if that is looser; its
/// lower_bound is rigorous.
[[nodiscard]] FluenceResult all_beams_plan(const InfluenceMatrix& matrix, Objective& objective,
                                           const FluenceOptions& options);

/// Chooses beams and optimises their fluence.
///
/// @param directions  one unit vector per beam of the matrix, frame P
/// @param all_beams   of all_beams_plan
/// @throws InputError if fewer candidates than wanted beams remain under the separation limits
/// Deterministic. Equations and cost in docs/methods/beam-orientation.md.
[[nodiscard]] OrientationResult select_beams(const InfluenceMatrix& matrix, Objective& objective,
                                             std::span<const Vec3> directions, OrientationMethod method,
                                             const FluenceResult& all_beams, const OrientationOptions& options = {});

/// Factor α ≥ 0 with prox_{τ‖·‖^p}(v) = α v for r = ‖v‖ > 0 and p = 1/2 or 1 (closed form;
/// docs/methods/beam-orientation.md).
[[nodiscard]] double group_prox_factor(double norm, double tau, double exponent);

}  // namespace xingu
