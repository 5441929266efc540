// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geometry/grid.h"
#include "patient/patient.h"
#include "plan/goals.h"
#include "plan/plan_problem.h"
#include "plan/protocol.h"
#include "plan/sampling.h"

namespace xingu {

/// A dose as the protocol sees it once its target has the prescription: D95 % of the protocol's target is its dose.
struct JudgedDose {
  DoseUnderEvaluation samples;  ///< normalised
  double scale = 1.0;           ///< the factor that did it
  std::vector<GoalResult> goals;
};

/// The factor that gives the protocol's target its dose at D95 %; none where the dose has no such target, or gives it
/// less than a twentieth of the prescription.
[[nodiscard]] std::optional<double> coverage_scale(const Protocol& protocol, const DoseUnderEvaluation& dose);

/// @param body     [nz, ny, nx] 1 inside the body, on the CT's grid
/// @param dose_Gy  [nz, ny, nx] total, frame P, any grid
/// @throws InputError if the dose has no such target, or gives it less than a twentieth of the prescription
[[nodiscard]] JudgedDose judge_dose(const Patient& patient, const Protocol& protocol, const Volume<std::uint8_t>& body,
                                    const Volume<float>& dose_Gy);

/// The optimiser's dose at its sample points as goals see it. What lies beyond the grid of the final dose counts as
/// beyond here too, so that both are doses of the same volumes.
/// @param dose  Gy, total, one for each point of the problem
/// @param grid  of the final dose
[[nodiscard]] DoseUnderEvaluation doses_of_samples(const PlanProblem& problem, std::span<const float> dose,
                                                   const Grid& grid);

/// All samples times a factor.
void multiply(DoseUnderEvaluation& dose, double factor);

/// Goals that `before` meets and `after` misses, as a list for people; both come from one protocol.
[[nodiscard]] std::string goals_lost(const std::vector<GoalResult>& before, const std::vector<GoalResult>& after);

/// Whether a second attempt misses no more goals than the first; both come from one protocol.
[[nodiscard]] bool is_as_good(const std::vector<GoalResult>& second, const std::vector<GoalResult>& first);

/// One sentence for each structure that reaches beyond the dose's grid by more than a thousandth of its volume: how
/// much of it, for its figures leave that part out.
[[nodiscard]] std::vector<std::string> unevaluated_parts(const DoseUnderEvaluation& dose);

/// One engine minus another on the same deliverable plan, per structure.
struct EngineGapFact {
  std::string structure;
  double mean_Gy = 0.0;
  double d95_Gy = 0.0;         ///< difference of the two D95 %
  double d2_Gy = 0.0;          ///< difference of the two D2 %
  double sigma_percent = 0.0;  ///< of the second engine: mean σ of the structure's samples over their mean dose
};

/// `cones` minus `exact`, sampled at the same points. @param sigma  standard deviations of `exact`, likewise
[[nodiscard]] std::vector<EngineGapFact> engine_gaps(const DoseUnderEvaluation& cones, const DoseUnderEvaluation& exact,
                                                     const DoseUnderEvaluation& sigma);

}  // namespace xingu
