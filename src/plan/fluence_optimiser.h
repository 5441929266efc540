// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dose/influence_matrix.h"
#include "plan/objectives.h"

namespace xingu {

/// One iteration's state, for a progress display or a log.
struct FluenceProgress {
  int iteration = 0;
  double objective = 0.0;
  double kkt_residual = 0.0;
};

struct FluenceOptions {
  int max_iterations = 300;
  /// Stop when `window` iterations together lowered the objective by less than this part of it.
  double objective_tolerance = 1e-3;
  int window = 10;
  /// … or when the KKT residual falls below this.
  double kkt_tolerance = 1e-6;
  /// Weight of Σ (x_i − x_j)² over neighbouring beamlets of a beam, relative to the mean curvature of the dose
  /// objective along one beamlet; 0 switches it off. Smooth maps need fewer segments.
  double smoothing = 0.0;
  /// Price of fluence: price · Σ x_i is added, in Gy² per MU; 0 is free. Where x are the MU of segments this is the
  /// price of beam time, and segments that are not worth theirs end at 0.
  double price = 0.0;
  /// How often the dose-volume terms choose their samples anew (only if there are such terms).
  int dose_volume_rounds = 3;
  enum class Certificate { give, skip };
  Certificate certificate = Certificate::give;  ///< whether lower_bound is worked out (a few more products)
  /// Large problems without a start are first solved on this part of the samples, these in turn on that part of theirs
  /// (0: never); see coarse_problem.h.
  double coarse_share = 0.25;
  std::size_t coarse_above = 30'000'000;  ///< non-zeros; smaller problems are as quick whole
  int memory = 30;                        ///< pairs of the limited-memory Hessian
  std::function<void(const FluenceProgress&)> on_iteration;
};

struct FluenceResult {
  std::vector<float> x;     ///< [num_columns] MU over all fractions, ≥ 0; 0 for inactive beams
  std::vector<float> dose;  ///< [num_rows] Gy over all fractions, = A x
  double objective = 0.0;   ///< with smoothing and price
  double dose_objective = 0.0;
  /// ‖x − max(0, x − g/h)‖_h / ‖x‖_h with the diagonal majorant's curvature h: the step that every beamlet would still
  /// take by itself, relative to the fluence. Without unit; 0 exactly at an optimum.
  double kkt_residual = 0.0;
  /// A value that no x ≥ 0 can undercut (convex terms, current dose-volume selection); −∞ if none could be certified.
  double lower_bound = 0.0;
  int iterations = 0;
  int num_products = 0;  ///< products with A or Aᵀ
  bool has_converged = false;
};

/// Minimises objective(A x) + smoothing + price over x ≥ 0 for the active beams by a projected limited-memory
/// quasi-Newton method in coordinates scaled by the separable majorant (docs/methods/fluence-optimisation.md). One
/// iteration costs one product with A and one with Aᵀ. Same bits for any number of threads.
///
/// @param objective  its dose-volume selection is renewed on the way
/// @param start      [num_columns] or empty: then an even fluence, scaled to its best
/// @param active     [num_beams] or empty for all
/// @throws InputError if no active beamlet reaches a sample (the dose would be zero with beams on)
[[nodiscard]] FluenceResult optimise_fluence(const InfluenceMatrix& matrix, Objective& objective,
                                             const FluenceOptions& options = {}, std::span<const float> start = {},
                                             std::span<const std::uint8_t> active = {});

/// Diagonal h of a separable majorant of the dose objective over all columns, Gy²/MU²: h = Aᵀ C A 1 with C of
/// Objective::apply_curvature_bound (De Pierro 1995). One product with A and one with Aᵀ.
[[nodiscard]] std::vector<double> separable_majorant(const InfluenceMatrix& matrix, const Objective& objective);

/// Σ over neighbouring beamlets of one beam, and its gradient: the smoothing term by itself.
class FluenceSmoothness {
 public:
  explicit FluenceSmoothness(const InfluenceMatrix& matrix);

  /// Value Σ_b w_b Σ (x_i − x_j)²; adds the gradient. `weight` has one number per beam.
  double value_and_gradient(std::span<const float> x, std::span<const float> weight, std::span<double> gradient) const;
  /// Adds w_b · 4 · (number of neighbours): a majorant's diagonal.
  void add_curvature(std::span<const float> weight, std::span<double> curvature) const;

 private:
  struct Pair {
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t beam;
  };
  std::vector<Pair> pairs_;
};

}  // namespace xingu
