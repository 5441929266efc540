// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plan/plan_problem.h"
#include "plan/protocol.h"

namespace xingu {

/// The optimiser's objective as a function of dose: a weighted sum of penalties in Gy², each divided by its structure's
/// volume so that weights mean the same for a large organ and a small one. Doses are totals over all fractions.
/// Equations in docs/methods/objectives.md. Convex for a fixed dose-volume selection.
///
/// Thread-safe for concurrent reading; sums run in fixed chunks, so values do not depend on the number of threads.
/// Cost of one evaluation: O(sum of group sizes), with a power per sample for gEUD.
class Objective {
 public:
  /// Objectives whose structure has no samples are left out and listed in skipped().
  /// @throws InputError if none is left.
  Objective(std::span<const ObjectiveSpec> specs, const PlanProblem& problem);

  [[nodiscard]] std::size_t num_samples() const { return num_samples_; }
  [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }

  /// Adds a dose that is there whatever the fluence: every dose given to this object counts as dose + background.
  /// @param background  [num_samples] Gy, of either sign: what a more exact engine finds beyond the influence matrix
  void set_background(std::vector<float> background);

  /// @param dose  [num_samples] Gy
  [[nodiscard]] double value(std::span<const float> dose) const;
  /// The same, and ∂value/∂dose_i into gradient [num_samples].
  double value_and_gradient(std::span<const float> dose, std::span<float> gradient) const;

  /// out = C · dose where C ≥ 0 bounds the Hessian from above (every penalty taken as violated): with a matrix A ≥ 0,
  /// Aᵀ C A 1 is then the diagonal of a separable majorant of the objective (De Pierro 1995). gEUD terms enter with
  /// their curvature at an even dose, which is no strict bound for exponents above 1.
  void apply_curvature_bound(std::span<const float> dose, std::span<float> out) const;

  /// The diagonal part of C by itself: 2 w share per sample, summed over the pointwise terms. [num_samples]
  [[nodiscard]] std::vector<float> pointwise_curvature() const;

  [[nodiscard]] bool has_dose_volume_terms() const;
  /// Chooses anew which samples the dose-volume terms spare: for "at most v % above d" the hottest v %, for "at least v
  /// % above d" the coldest 100 − v % (Wu & Mohan 2000). Between two choices the objective is convex; at `dose` itself
  /// no other choice gives a lower value, so alternating with minimisation never raises the objective.
  void select_dose_volume(std::span<const float> fluence_dose);

  /// A bound that a value of the objective puts on every dose d with value(d) ≤ `value`: Σ share_i d_(sample_i) ≤
  /// bound_Gy, from (mean excess)² ≤ mean (excess²) in one upper term.
  struct MeanBound {
    std::span<const std::uint32_t> sample;
    std::span<const float> share;
    double bound_Gy;
  };
  [[nodiscard]] std::vector<MeanBound> mean_bounds(double value) const;

  /// How likely each sample should be kept when about `share` of all are to stand for the rest: small structures whole,
  /// targets at least twice as densely as others. [num_samples], in (0, 1].
  [[nodiscard]] std::vector<float> keeping_rates(double share) const;
  /// The same objective on some of the samples only: sample k of the result is kept[k] here and counts for
  /// 1/rates[kept[k]] of them; shares are normalised anew. @param kept  ascending
  [[nodiscard]] Objective restricted_to(std::span<const std::uint32_t> kept, std::span<const float> rates) const;

  struct TermValue {
    ObjectiveSpec spec;
    double value;  ///< weighted
  };
  /// What each term contributes, in the order of the specs that are used.
  [[nodiscard]] std::vector<TermValue> term_values(std::span<const float> dose) const;

 private:
  struct Term {
    ObjectiveSpec spec;
    std::vector<std::uint32_t> sample;
    std::vector<float> share;          ///< part of the structure's volume, sums to 1
    std::vector<float> limit;          ///< fall-off: one per sample
    std::vector<std::uint8_t> spared;  ///< dose-volume: samples that the penalty skips
  };
  enum class Want { value, gradient };

  explicit Objective(std::size_t num_samples) : num_samples_(num_samples) {}

  /// dose + background; `room` holds the sum where there is a background.
  [[nodiscard]] std::span<const float> total(std::span<const float> dose, std::vector<float>& room) const;

  double add_term(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const;
  double add_pointwise(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const;
  double add_mean(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const;
  double add_geud(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const;

  std::size_t num_samples_;
  std::vector<Term> terms_;
  std::vector<float> background_;  ///< [num_samples] or empty
  std::vector<std::string> skipped_;
};

/// The dose limit of a fall-off objective at a distance from the targets.
[[nodiscard]] double fall_off_limit_Gy(const ObjectiveSpec& spec, double distance_mm);

}  // namespace xingu
