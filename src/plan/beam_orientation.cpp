// SPDX-License-Identifier: Apache-2.0
#include "plan/beam_orientation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "plan/candidates.h"
#include "plan/group_sparsity.h"

namespace xingu {
namespace {

constexpr int quick_iterations = 25;  // enough to rank sets of beams
constexpr int drop_iterations = 8;    // enough to rank the beams of one set
constexpr std::size_t drops_compared = 4;
constexpr double all_beams_tolerance = 3e-3;  // its fluence is only begun from and compared with
constexpr double worthwhile = 5e-4;           // relative gain below which an exchange is not taken

/// Sets of beams, their fluence and what other beams would gain.
class BeamSearch {
 public:
  BeamSearch(const InfluenceMatrix& matrix, Objective& objective, std::span<const Vec3> directions,
             const OrientationOptions& options)
      : matrix_(matrix),
        objective_(objective),
        directions_(directions),
        options_(options),
        curvature_(separable_majorant(matrix, objective)) {}

  struct Plan {
    std::vector<std::size_t> beams;
    FluenceResult fluence;
  };

  [[nodiscard]] Plan optimise(std::vector<std::size_t> beams, const std::vector<float>& start, int iterations) const {
    std::ranges::sort(beams);
    FluenceOptions fluence = options_.fluence;
    fluence.max_iterations = iterations;
    fluence.dose_volume_rounds = 1;
    fluence.on_iteration = nullptr;
    fluence.certificate = FluenceOptions::Certificate::skip;
    std::vector<float> x(start);
    const std::vector<std::uint8_t> active = mask(beams);
    FluenceResult result = optimise_fluence(matrix_, objective_, fluence, x, active);
    return {std::move(beams), std::move(result)};
  }

  /// Nothing lit.
  [[nodiscard]] Plan dark() const {
    Plan plan;
    plan.fluence.x.assign(matrix_.num_columns(), 0.0F);
    plan.fluence.dose.assign(matrix_.num_rows(), 0.0F);
    plan.fluence.objective = objective_.value(plan.fluence.dose);
    return plan;
  }

  [[nodiscard]] bool fits(std::size_t candidate, std::span<const std::size_t> beams) const {
    return std::ranges::all_of(beams, [&](std::size_t b) {
      const double angle = angle_between_deg(directions_[candidate], directions_[b]);
      return candidate != b && angle >= options_.min_separation_deg && 180.0 - angle >= options_.min_opposed_deg;
    });
  }

  /// Candidates that may join, best first: by the decrease that the separable majorant promises when a dark beam is
  /// lit, ½ Σ_j (−g_j)₊² / h_j.
  [[nodiscard]] std::vector<std::size_t> priced(const Plan& plan, std::size_t at_most) const {
    std::vector<float> dose_gradient(matrix_.num_rows());
    objective_.value_and_gradient(plan.fluence.dose, dose_gradient);
    std::vector<float> gradient(matrix_.num_columns());
    matrix_.multiply_transposed(dose_gradient, gradient);
    std::vector<std::pair<double, std::size_t>> prices;
    for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
      double price = 0.0;
      for (std::size_t j = matrix_.first_column(b); j < matrix_.first_column(b + 1); ++j) {
        const double push = std::max(0.0, -static_cast<double>(gradient[j]));
        price += curvature_[j] > 0.0 ? 0.5 * push * push / curvature_[j] : 0.0;
      }
      if (price > 0.0 && fits(b, plan.beams)) {
        prices.emplace_back(-price, b);
      }
    }
    std::ranges::sort(prices);
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < std::min(at_most, prices.size()); ++i) {
      result.push_back(prices[i].second);
    }
    return result;
  }

  /// Adds the best-priced beams one by one until `count` are lit.
  [[nodiscard]] Plan grow(Plan plan, std::size_t count, std::vector<OrientationResult::Level>* path) const {
    while (plan.beams.size() < count) {
      throw_if_cancelled();
      const std::vector<std::size_t> best = priced(plan, 1);
      XINGU_REQUIRE(
          !best.empty(),
          "only {} of {} wanted beams fit (the separation limits or the candidates leave no more); ask for fewer "
          "beams, more candidates or less separation",
          plan.beams.size(), count);
      std::vector<std::size_t> beams = plan.beams;
      beams.push_back(best[0]);
      std::vector<float> start = plan.fluence.x;
      plan = optimise(std::move(beams), plan.beams.empty() ? std::vector<float>{} : start, quick_iterations);
      if (path != nullptr) {
        path->push_back({0.0, plan.beams.size(), plan.fluence.objective});
      }
      report("adding beams", plan);
    }
    return plan;
  }

  /// Takes out the one of `choice` that is missed least: ranked by how much the objective rises when a beam's dose
  /// goes, the first few compared by a short re-optimisation without them.
  [[nodiscard]] Plan without_weakest(const Plan& plan, std::span<const std::size_t> choice,
                                     std::size_t compared) const {
    std::vector<std::pair<double, std::size_t>> loss;
    std::vector<float> dose(matrix_.num_rows());
    for (const std::size_t b : choice) {
      dose = plan.fluence.dose;
      for (std::size_t j = matrix_.first_column(b); j < matrix_.first_column(b + 1); ++j) {
        if (plan.fluence.x[j] > 0.0F) {
          matrix_.beam(b).block.add_column(j - matrix_.first_column(b), -plan.fluence.x[j], dose);
        }
      }
      loss.emplace_back(objective_.value(dose), b);
    }
    std::ranges::sort(loss);
    std::optional<Plan> best;
    for (std::size_t k = 0; k < std::min(compared, loss.size()); ++k) {
      std::vector<std::size_t> beams = plan.beams;
      std::erase(beams, loss[k].second);
      Plan trial = optimise(std::move(beams), plan.fluence.x, drop_iterations);
      if (!best || trial.fluence.objective < best->fluence.objective) {
        best = std::move(trial);
      }
    }
    return *best;
  }

  /// Lights several newcomers at once, lets the fluence settle and puts the weakest out again, while that lowers the
  /// objective; fewer newcomers when it does not (the idea of Needell & Tropp 2009 for sparse signals).
  [[nodiscard]] Plan exchange(Plan plan, int* num_swaps) const {
    *num_swaps = 0;
    plan = optimise(plan.beams, plan.fluence.x, 2 * quick_iterations);
    for (std::size_t group = std::max<std::size_t>(1, plan.beams.size() / 2); group >= 1;
         group = group > 1 ? (group + 1) / 3 : 0) {
      while (*num_swaps < options_.max_swaps && exchange_once(plan, group, num_swaps)) {
        report("exchanging beams", plan);
      }
    }
    return plan;
  }

  /// Drops the fainter of each pair that stands too close.
  [[nodiscard]] std::vector<std::size_t> separated(const std::vector<std::size_t>& strongest_first) const {
    std::vector<std::size_t> kept;
    for (const std::size_t b : strongest_first) {
      if (fits(b, kept)) {
        kept.push_back(b);
      }
    }
    return kept;
  }

  void report(const char* stage, const Plan& plan) const {
    if (options_.on_step) {
      options_.on_step(stage, plan.beams.size(), plan.fluence.objective);
    }
  }

 private:
  /// One try with `group` newcomers at a time, taken from the best-priced in turn. @return true if the plan got better.
  bool exchange_once(Plan& plan, std::size_t group, int* num_swaps) const {
    const std::vector<std::size_t> best =
        newcomers(plan, std::max(group, static_cast<std::size_t>(options_.swap_candidates)));
    for (std::size_t from = 0; from < best.size(); from += group) {
      throw_if_cancelled();
      std::vector<std::size_t> beams = plan.beams;
      for (std::size_t k = from; k < std::min(from + group, best.size()); ++k) {
        beams.push_back(best[k]);
      }
      Plan trial = shrink(optimise(std::move(beams), plan.fluence.x, quick_iterations), plan.beams.size());
      if (trial.beams.size() != plan.beams.size() || trial.beams == plan.beams) {
        continue;
      }
      trial = optimise(trial.beams, trial.fluence.x, quick_iterations);
      if (trial.fluence.objective < plan.fluence.objective * (1.0 - worthwhile)) {
        *num_swaps += static_cast<int>(std::ranges::count_if(
            trial.beams, [&](std::size_t b) { return std::ranges::find(plan.beams, b) == plan.beams.end(); }));
        plan = std::move(trial);
        return true;
      }
    }
    return false;
  }

  /// Puts the least missed beams out until `count` are left, first of all those that stand too close to another.
  [[nodiscard]] Plan shrink(Plan plan, std::size_t count) const {
    const auto is_crowded = [&](std::size_t b) {
      std::vector<std::size_t> others = plan.beams;
      std::erase(others, b);
      return !fits(b, others);
    };
    for (;;) {
      std::vector<std::size_t> crowded;
      std::ranges::copy_if(plan.beams, std::back_inserter(crowded), is_crowded);
      if (crowded.empty() && plan.beams.size() <= count) {
        return plan;
      }
      const std::size_t surplus = plan.beams.size() > count ? plan.beams.size() - count : 1;
      plan = without_weakest(plan, crowded.empty() ? plan.beams : crowded, surplus > 1 ? 1 : drops_compared);
    }
  }

  /// Best-priced dark beams; what they stand too close to may have to leave.
  [[nodiscard]] std::vector<std::size_t> newcomers(const Plan& plan, std::size_t at_most) const {
    Plan unhindered;
    unhindered.fluence.dose = plan.fluence.dose;
    std::vector<std::size_t> result;
    for (const std::size_t b : priced(unhindered, matrix_.num_beams())) {
      if (result.size() < at_most && std::ranges::find(plan.beams, b) == plan.beams.end() && fits(b, result)) {
        result.push_back(b);
      }
    }
    return result;
  }

  [[nodiscard]] std::vector<std::uint8_t> mask(std::span<const std::size_t> beams) const {
    std::vector<std::uint8_t> active(matrix_.num_beams(), 0);
    for (const std::size_t b : beams) {
      active[b] = 1;
    }
    return active;
  }

  const InfluenceMatrix& matrix_;
  Objective& objective_;
  std::span<const Vec3> directions_;
  const OrientationOptions& options_;
  std::vector<double> curvature_;
};

}  // namespace

FluenceResult all_beams_plan(const InfluenceMatrix& matrix, Objective& objective, const FluenceOptions& options) {
  FluenceOptions coarse = options;
  coarse.objective_tolerance = std::max(options.objective_tolerance, all_beams_tolerance);
  return optimise_fluence(matrix, objective, coarse);
}

OrientationResult select_beams(const InfluenceMatrix& matrix, Objective& objective, std::span<const Vec3> directions,
                               OrientationMethod method, const FluenceResult& all_beams,
                               const OrientationOptions& options) {
  XINGU_EXPECT(directions.size() == matrix.num_beams() && all_beams.x.size() == matrix.num_columns());
  XINGU_REQUIRE(options.num_beams >= 1 && static_cast<std::size_t>(options.num_beams) <= matrix.num_beams(),
                "--beams {}: there are {} candidates; give between 1 and that many", options.num_beams,
                matrix.num_beams());
  const auto count = static_cast<std::size_t>(options.num_beams);
  const BeamSearch search(matrix, objective, directions, options);
  OrientationResult result;
  BeamSearch::Plan plan;
  if (method == OrientationMethod::group_sparsity) {
    SparsePath sparse = follow_sparse_path(matrix, objective, all_beams.x, options);
    result.path = std::move(sparse.path);
    std::vector<std::size_t> beams = search.separated(sparse.strongest_first);
    beams.resize(std::min(beams.size(), count));
    plan = search.grow(search.optimise(std::move(beams), sparse.x, quick_iterations), count, nullptr);
  } else {
    plan = search.grow(search.dark(), count, &result.path);
  }
  plan = search.exchange(std::move(plan), &result.num_swaps);

  std::vector<std::uint8_t> active(matrix.num_beams(), 0);
  for (const std::size_t b : plan.beams) {
    active[b] = 1;
  }
  result.fluence = optimise_fluence(matrix, objective, options.fluence, plan.fluence.x, active);
  result.beams = std::move(plan.beams);
  result.all_beams_objective = all_beams.objective;
  result.gap = all_beams.objective > 0.0 ? result.fluence.objective / all_beams.objective - 1.0
                                         : std::numeric_limits<double>::infinity();
  search.report("final fluence", {result.beams, result.fluence});
  return result;
}

}  // namespace xingu
