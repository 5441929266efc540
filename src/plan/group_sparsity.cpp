// SPDX-License-Identifier: Apache-2.0
#include "plan/group_sparsity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/progress.h"

namespace xingu {
namespace {

/// c = τ r^(−3/2) above which the prox of τ‖·‖^(1/2) is zero: there the stationary point's value reaches that of zero.
const double half_power_threshold = 2.0 * std::sqrt(6.0) / 9.0;

/// Proximal gradient on the lit beams, in coordinates scaled by the separable majorant: z = x √h.
class ProximalPath {
 public:
  ProximalPath(const InfluenceMatrix& matrix, const Objective& objective, std::span<const float> start,
               const OrientationOptions& options)
      : matrix_(matrix),
        objective_(objective),
        options_(options),
        active_(matrix.num_beams(), 1),
        weight_(matrix.num_beams(), 0.0),
        x_(start.begin(), start.end()),
        dose_(matrix.num_rows()),
        gradient_(matrix.num_columns()),
        dose_gradient_(matrix.num_rows()) {
    scale_by_majorant();
    weigh_beams();
    matrix_.multiply(x_, dose_);
    for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
      active_[b] = norm(b, x_) > 0.0 ? 1 : 0;
    }
  }

  [[nodiscard]] std::size_t num_active() const {
    return static_cast<std::size_t>(std::ranges::count(active_, std::uint8_t{1}));
  }
  [[nodiscard]] double objective() const { return objective_.value(dose_); }
  [[nodiscard]] std::vector<float>& x() { return x_; }

  struct State {
    std::vector<std::uint8_t> active;
    std::vector<float> x;
    std::vector<float> dose;

    [[nodiscard]] std::size_t num_lit() const {
      return static_cast<std::size_t>(std::ranges::count(active, std::uint8_t{1}));
    }
  };
  [[nodiscard]] State state() const { return {active_, x_, dose_}; }
  void restore(const State& state) {
    active_ = state.active;
    x_ = state.x;
    dose_ = state.dose;
  }

  /// The λ at which one proximal step would put out about `share` of the lit beams.
  [[nodiscard]] double penalty_that_kills(double share) const {
    std::vector<double> threshold;
    for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
      if (active_[b] != 0) {
        const double r = norm(b, x_);
        threshold.push_back(curvature_ / weight_[b] *
                            (options_.exponent < 1.0 ? half_power_threshold * std::pow(r, 1.5) : r));
      }
    }
    std::ranges::sort(threshold);
    return threshold[std::min(threshold.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(threshold.size())))];
  }

  /// Accelerated steps at one penalty weight; dark beams are taken out.
  void minimise(double lambda, int iterations) {
    std::vector<float> y(x_);
    std::vector<float> dose_y(dose_);
    double momentum = 1.0;
    for (int k = 0; k < iterations; ++k) {
      throw_if_cancelled();
      const std::vector<float> x_before(x_);
      const std::vector<float> dose_before(dose_);
      proximal_step(lambda, y, dose_y);
      if (points_back(y, x_before)) {
        momentum = 1.0;
      }
      const double next = 0.5 * (1.0 + std::sqrt(1.0 + 4.0 * momentum * momentum));
      const auto beta = static_cast<float>((momentum - 1.0) / next);
      momentum = next;
      for (std::size_t j = 0; j < x_.size(); ++j) {
        y[j] = x_[j] + beta * (x_[j] - x_before[j]);
      }
      for (std::size_t i = 0; i < dose_.size(); ++i) {
        dose_y[i] = dose_[i] + beta * (dose_[i] - dose_before[i]);
      }
    }
    for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
      if (active_[b] != 0 && norm(b, x_) == 0.0) {
        active_[b] = 0;
      }
    }
    curvature_ *= 0.7;  // fewer beams, flatter problem: try longer steps; backtracking undoes it where wrong
  }

  /// A few steps without the penalty, which shrinks what it does not put out.
  void undo_bias(Objective& objective) {
    FluenceOptions fluence;
    fluence.max_iterations = options_.unbiased_iterations;
    fluence.dose_volume_rounds = 1;
    fluence.certificate = FluenceOptions::Certificate::skip;
    FluenceResult result = optimise_fluence(matrix_, objective, fluence, x_, active_);
    x_ = std::move(result.x);
    dose_ = std::move(result.dose);
  }

  /// Lit beams by their share in the penalty, strongest first.
  [[nodiscard]] std::vector<std::size_t> strongest_first() const {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
      if (active_[b] != 0) {
        order.emplace_back(-std::pow(norm(b, x_), options_.exponent) * weight_[b], b);
      }
    }
    std::ranges::sort(order);
    std::vector<std::size_t> result;
    for (const auto& [strength, b] : order) {
      result.push_back(b);
    }
    return result;
  }

 private:
  [[nodiscard]] double norm(std::size_t b, std::span<const float> x) const {
    double sum = 0.0;
    for (std::size_t j = matrix_.first_column(b); j < matrix_.first_column(b + 1); ++j) {
      sum += static_cast<double>(h_[j]) * x[j] * x[j];
    }
    return std::sqrt(sum);
  }

  void scale_by_majorant() {
    const std::vector<double> h = separable_majorant(matrix_, objective_);
    h_.assign(h.begin(), h.end());
  }

  /// w_b = s_b^p with s_b the push on the underdosed targets per unit of ‖z_b‖ of an even fluence: beams that give the
  /// targets the same dose then pay the same, however deep these lie.
  void weigh_beams() {
    const std::vector<float> no_dose(matrix_.num_rows(), 0.0F);
    objective_.value_and_gradient(no_dose, dose_gradient_);
    matrix_.multiply_transposed(dose_gradient_, gradient_);
    double largest = 0.0;
    for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
      double push = 0.0;
      double even = 0.0;
      for (std::size_t j = matrix_.first_column(b); j < matrix_.first_column(b + 1); ++j) {
        push += std::max(0.0F, -gradient_[j]);
        even += h_[j];
      }
      weight_[b] = even > 0.0 ? std::pow(push / std::sqrt(even), options_.exponent) : 0.0;
      largest = std::max(largest, weight_[b]);
    }
    XINGU_REQUIRE(largest > 0.0,
                  "no candidate beam reaches an underdosed target (no beam can be chosen); check the "
                  "isocentre and the objectives");
    for (double& w : weight_) {
      w = std::max(w / largest, 1e-6);
    }
  }

  /// x ← prox(y − ∇f(y)/L), with L raised until the quadratic model bounds f there.
  void proximal_step(double lambda, const std::vector<float>& y, const std::vector<float>& dose_y) {
    const double at_y = objective_.value_and_gradient(dose_y, dose_gradient_);
    matrix_.multiply_transposed(dose_gradient_, gradient_, active_);
    for (;;) {
      double model = at_y;
      for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
        if (active_[b] != 0) {
          model += step_beam(b, lambda, y);
        }
      }
      matrix_.multiply(x_, dose_, active_);
      if (objective_.value(dose_) <= model * (1.0 + 1e-6) || curvature_ >= 1.0) {
        return;
      }
      curvature_ = std::min(1.0, 2.0 * curvature_);
    }
  }

  /// One beam's part of the step; returns g·(x − y) + L/2 ‖x − y‖²_h.
  double step_beam(std::size_t b, double lambda, const std::vector<float>& y) {
    const std::size_t first = matrix_.first_column(b);
    const std::size_t last = matrix_.first_column(b + 1);
    double sum = 0.0;
    for (std::size_t j = first; j < last; ++j) {
      const double moved = h_[j] > 0.0F ? y[j] - gradient_[j] / (curvature_ * h_[j]) : 0.0;
      x_[j] = static_cast<float>(std::max(0.0, moved));
      sum += static_cast<double>(h_[j]) * x_[j] * x_[j];
    }
    const double r = std::sqrt(sum);
    const double alpha = r > 0.0 ? group_prox_factor(r, lambda * weight_[b] / curvature_, options_.exponent) : 0.0;
    double model = 0.0;
    for (std::size_t j = first; j < last; ++j) {
      x_[j] = static_cast<float>(alpha * x_[j]);
      const double d = static_cast<double>(x_[j]) - y[j];
      model += gradient_[j] * d + 0.5 * curvature_ * h_[j] * d * d;
    }
    return model;
  }

  /// Gradient test of adaptive restart: (y − x) · (x − x_before) > 0.
  [[nodiscard]] bool points_back(const std::vector<float>& y, const std::vector<float>& x_before) const {
    double sum = 0.0;
    for (std::size_t j = 0; j < x_.size(); ++j) {
      sum +=
          static_cast<double>(h_[j]) * (static_cast<double>(y[j]) - x_[j]) * (static_cast<double>(x_[j]) - x_before[j]);
    }
    return sum > 0.0;
  }

  const InfluenceMatrix& matrix_;
  const Objective& objective_;
  const OrientationOptions& options_;
  std::vector<std::uint8_t> active_;
  std::vector<double> weight_;
  std::vector<float> h_;
  std::vector<float> x_;
  std::vector<float> dose_;
  std::vector<float> gradient_;
  std::vector<float> dose_gradient_;
  double curvature_ = 0.05;  ///< L relative to the majorant, which takes every penalty as violated everywhere
};

}  // namespace

double group_prox_factor(double norm, double tau, double exponent) {
  if (exponent >= 1.0) {
    return std::max(0.0, 1.0 - tau / norm);
  }
  // Minimise τ (α r)^(1/2) + ½ (α − 1)² r²; with s = √α the stationary points solve s³ − s + c/2 = 0, c = τ r^(−3/2).
  const double c = tau / (norm * std::sqrt(norm));
  if (c >= half_power_threshold) {
    return 0.0;
  }
  const double s = 2.0 / std::sqrt(3.0) * std::cos(std::acos(-0.75 * std::sqrt(3.0) * c) / 3.0);
  return s * s;
}

SparsePath follow_sparse_path(const InfluenceMatrix& matrix, Objective& objective, std::span<const float> start,
                              const OrientationOptions& options) {
  XINGU_REQUIRE(options.exponent == 0.5 || options.exponent == 1.0,
                "a group penalty with exponent {}: only 0.5 and 1 have a closed form here; choose one of them",
                options.exponent);
  XINGU_REQUIRE(
      options.level_share > 0.0 && options.level_share < 1.0 && options.iterations_per_level >= 1,
      "levels that put out {} of the beams in {} iterations; give a part between 0 and 1 and at least 1 iteration",
      options.level_share, options.iterations_per_level);
  ProximalPath path(matrix, objective, start, options);
  const auto wanted = static_cast<std::size_t>(options.num_beams);
  SparsePath result;
  double boldness = 0.3;  // factor on λ: more beams die in several steps than the first step puts out
  while (path.num_active() > wanted && boldness > 1e-4) {
    const ProximalPath::State before = path.state();
    const auto lit = static_cast<double>(path.num_active());
    const double goal = std::clamp(options.level_share * lit, 1.0, lit - static_cast<double>(wanted));
    const double lambda = boldness * path.penalty_that_kills(goal / lit);
    path.minimise(lambda, options.iterations_per_level);
    const double killed = lit - static_cast<double>(path.num_active());
    if (path.num_active() < wanted || killed > 2.0 * goal + 1.0) {  // too many at once: come back and be gentler
      path.restore(before);
      boldness *= 0.6;
      continue;
    }
    boldness *= killed < 0.7 * goal ? 1.3 : (killed > 1.3 * goal ? 0.8 : 1.0);
    path.undo_bias(objective);
    result.path.push_back({lambda, path.num_active(), path.objective()});
    if (options.on_step) {
      options.on_step("putting beams out", path.num_active(), result.path.back().objective);
    }
  }
  result.strongest_first = path.strongest_first();
  result.x = std::move(path.x());
  return result;
}

}  // namespace xingu
