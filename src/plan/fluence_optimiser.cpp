// SPDX-License-Identifier: Apache-2.0
#include "plan/fluence_optimiser.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "plan/coarse_problem.h"

namespace xingu {
namespace {

constexpr double sufficient_decrease = 1e-4;
constexpr int max_halvings = 25;
constexpr std::size_t column_chunks = 64;
constexpr int screening_interval = 10;  // iterations between looks at the beamlets that stand firmly at zero

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

/// The objective as a function of fluence, with the products counted.
class FluenceFunction {
 public:
  FluenceFunction(const InfluenceMatrix& matrix, const Objective& objective, std::span<const std::uint8_t> active,
                  const FluenceSmoothness* smoothness, double price)
      : matrix_(matrix),
        objective_(objective),
        active_(active),
        smoothness_(smoothness),
        price_(price),
        smoothing_weight_(matrix.num_beams(), 0.0F),
        dose_gradient_(matrix.num_rows()),
        beamlet_gradient_(matrix.num_columns()) {}

  [[nodiscard]] std::size_t size() const { return matrix_.num_columns(); }
  [[nodiscard]] int num_products() const { return num_products_; }
  [[nodiscard]] const InfluenceMatrix& matrix() const { return matrix_; }

  void multiply(std::span<const float> x, std::span<float> dose) {
    matrix_.multiply(x, dose, active_);
    ++num_products_;
  }
  void multiply_transposed(std::span<const float> g, std::span<float> out) {
    matrix_.multiply_transposed(g, out, active_);
    ++num_products_;
  }
  /// Aᵀ g for the listed columns; the others keep what `out` holds.
  void multiply_transposed(std::span<const float> g, std::span<float> out, std::span<const std::uint32_t> columns) {
    parallel_chunks(columns.size(), column_chunks, [&](std::size_t, std::size_t begin, std::size_t end) {
      std::size_t b = 0;
      for (std::size_t k = begin; k < end; ++k) {
        while (columns[k] >= matrix_.first_column(b + 1)) {
          ++b;
        }
        out[columns[k]] = matrix_.beam(b).block.dot_column(columns[k] - matrix_.first_column(b), g);
      }
    });
    ++num_products_;
  }

  /// Diagonal of the separable majorant: Aᵀ C A 1, plus the smoothing's own. Zero for beamlets that reach no sample.
  std::vector<double> majorant(double smoothing) {
    const std::vector<float> ones(size(), 1.0F);
    std::vector<float> dose(matrix_.num_rows());
    multiply(ones, dose);
    objective_.apply_curvature_bound(dose, dose_gradient_);
    multiply_transposed(dose_gradient_, beamlet_gradient_);
    std::vector<double> h(beamlet_gradient_.begin(), beamlet_gradient_.end());
    if (smoothness_ != nullptr && smoothing > 0.0) {
      const std::vector<float> curvature = objective_.pointwise_curvature();
      for (std::size_t b = 0; b < matrix_.num_beams(); ++b) {
        if (active_.empty() || active_[b] != 0) {
          smoothing_weight_[b] = static_cast<float>(smoothing * mean_curvature(b, curvature));
        }
      }
      smoothness_->add_curvature(smoothing_weight_, h);
    }
    return h;
  }

  /// Value at x with its dose given. What it finds of the dose is kept for gradient().
  double value(std::span<const float> x, std::span<const float> dose) {
    std::vector<double> unused(smoothness_ != nullptr ? size() : 0);
    return objective_.value_and_gradient(dose, dose_gradient_) + add_smoothness(x, unused) +
           price_ * std::accumulate(x.begin(), x.end(), 0.0);
  }

  /// The gradient over the listed beamlets where value() was last asked for; the others keep their last one.
  void gradient(std::span<const float> x, std::span<double> gradient, std::span<const std::uint32_t> columns) {
    multiply_transposed(dose_gradient_, beamlet_gradient_, columns);
    std::ranges::transform(beamlet_gradient_, gradient.begin(), [this](float g) { return g + price_; });
    add_smoothness(x, gradient);
  }

  [[nodiscard]] double dose_value(std::span<const float> dose) const { return objective_.value(dose); }

 private:
  /// Mean over a beam's beamlets (every k-th of many) of Σ_i c_i a_ij², the objective's curvature along one beamlet.
  [[nodiscard]] double mean_curvature(std::size_t b, std::span<const float> curvature) const {
    constexpr std::size_t enough = 48;
    const InfluenceBlock& block = matrix_.beam(b).block;
    const std::size_t stride = block.num_columns() / enough + 1;
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t j = 0; j < block.num_columns(); j += stride, ++count) {
      for (const MatrixEntry& entry : block.column(j)) {
        sum += static_cast<double>(curvature[entry.row]) * entry.value * entry.value;
      }
    }
    return count > 0 ? sum / static_cast<double>(count) : 0.0;
  }

  double add_smoothness(std::span<const float> x, std::span<double> gradient) const {
    return smoothness_ != nullptr ? smoothness_->value_and_gradient(x, smoothing_weight_, gradient) : 0.0;
  }

  const InfluenceMatrix& matrix_;
  const Objective& objective_;
  std::span<const std::uint8_t> active_;
  const FluenceSmoothness* smoothness_;
  double price_;
  std::vector<float> smoothing_weight_;
  std::vector<float> dose_gradient_;
  std::vector<float> beamlet_gradient_;
  int num_products_ = 0;
};

/// Limited-memory inverse Hessian of Nocedal (1980), restricted at each use to the beamlets that are free to move.
class QuasiNewton {
 public:
  explicit QuasiNewton(int memory) : memory_(static_cast<std::size_t>(std::max(memory, 1))) {}

  void clear() { pairs_.clear(); }

  void remember(std::vector<double> step, std::vector<double> change) {
    if (dot(step, change) > 1e-10 * std::sqrt(dot(step, step) * dot(change, change))) {
      pairs_.push_back({std::move(step), std::move(change)});
      if (pairs_.size() > memory_) {
        pairs_.pop_front();
      }
    }
  }

  /// −H g on the free variables, 0 on the others.
  [[nodiscard]] std::vector<double> direction(std::span<const double> gradient,
                                              std::span<const std::uint8_t> is_free) const {
    const std::size_t n = gradient.size();
    std::vector<double> q(n);
    for (std::size_t i = 0; i < n; ++i) {
      q[i] = is_free[i] != 0 ? gradient[i] : 0.0;
    }
    struct Used {
      const Pair* pair;
      double rho;
      double alpha;
    };
    std::vector<Used> used;
    for (auto it = pairs_.rbegin(); it != pairs_.rend(); ++it) {
      const auto [sy, yy] = free_products(*it, is_free);
      if (sy <= 1e-12 * yy) {
        continue;  // curvature met only at the bound says nothing about the free variables
      }
      double alpha = 0.0;
      for (std::size_t i = 0; i < n; ++i) {
        alpha += it->step[i] * q[i];  // q is zero where not free
      }
      alpha /= sy;
      for (std::size_t i = 0; i < n; ++i) {
        q[i] -= is_free[i] != 0 ? alpha * it->change[i] : 0.0;
      }
      if (used.empty()) {
        scale_ = sy / yy;
      }
      used.push_back({&*it, 1.0 / sy, alpha});
    }
    const double scale = used.empty() ? 1.0 : scale_;
    for (double& value : q) {
      value *= scale;
    }
    for (auto it = used.rbegin(); it != used.rend(); ++it) {
      const double beta = it->rho * dot(it->pair->change, q);
      for (std::size_t i = 0; i < n; ++i) {
        q[i] += is_free[i] != 0 ? (it->alpha - beta) * it->pair->step[i] : 0.0;
      }
    }
    for (double& value : q) {
      value = -value;
    }
    return q;
  }

 private:
  struct Pair {
    std::vector<double> step;
    std::vector<double> change;
  };

  static std::pair<double, double> free_products(const Pair& pair, std::span<const std::uint8_t> is_free) {
    double sy = 0.0;
    double yy = 0.0;
    for (std::size_t i = 0; i < is_free.size(); ++i) {
      if (is_free[i] != 0) {
        sy += pair.step[i] * pair.change[i];
        yy += pair.change[i] * pair.change[i];
      }
    }
    return {sy, yy};
  }

  std::size_t memory_;
  std::deque<Pair> pairs_;
  mutable double scale_ = 1.0;
};

/// State of one minimisation, in the scaled coordinates z = x √h.
class Minimiser {
 public:
  Minimiser(FluenceFunction& function, const FluenceOptions& options, std::span<const float> start)
      : function_(function),
        options_(options),
        n_(function.size()),
        h_(function.majorant(options.smoothing)),
        x_(n_, 0.0F),
        dose_(function.matrix().num_rows(), 0.0F),
        gradient_(n_),
        beamlet_gradient_(n_),
        hessian_(options.memory) {
    double largest = 0.0;
    for (const double h : h_) {
      largest = std::max(largest, h);
    }
    XINGU_REQUIRE(largest > 0.0,
                  "no beamlet reaches a structure with an objective (the dose would be zero with beams on); check the "
                  "isocentre, the targets and the objectives");
    for (const double h : h_) {
      scale_.push_back(h > 1e-12 * largest ? 1.0 / std::sqrt(h) : 0.0);  // 0: a beamlet that changes nothing stays shut
    }
    look_at_all();
    begin(start);
  }

  /// Iterates until a tolerance is met or `limit` iterations are done in all. @return true if a tolerance was met.
  bool run(int limit) {
    std::deque<double> history{objective_};
    while (iterations_ < limit) {
      throw_if_cancelled();
      if (kkt_residual() <= options_.kkt_tolerance || !step()) {
        if (!is_screened()) {
          return true;
        }
        refresh_gradient();
        continue;
      }
      ++iterations_;
      if (iterations_ % screening_interval == 0) {
        refresh_gradient();
        leave_out_firm_zeros();
      }
      if (options_.on_iteration) {
        options_.on_iteration({iterations_, objective_, kkt_residual()});
      }
      history.push_back(objective_);
      if (history.size() > static_cast<std::size_t>(options_.window)) {
        if (history.front() - objective_ <= options_.objective_tolerance * std::abs(objective_)) {
          if (is_screened()) {
            refresh_gradient();
          }
          return true;
        }
        history.pop_front();
      }
    }
    return false;
  }

  /// After the objective itself changed.
  void refresh() {
    refresh_gradient();
    hessian_.clear();
  }

  /// See FluenceResult::kkt_residual; in scaled coordinates the norm is Euclidean.
  [[nodiscard]] double kkt_residual() const {
    double moved = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < n_; ++i) {
      if (scale_[i] > 0.0) {
        const double z = x_[i] / scale_[i];
        const double d = z - std::max(0.0, z - gradient_[i]);
        moved += d * d;
        size += z * z;
      }
    }
    return size > 0.0 ? std::sqrt(moved / size) : (moved > 0.0 ? std::numeric_limits<double>::infinity() : 0.0);
  }

  [[nodiscard]] FluenceResult result() const {
    FluenceResult r;
    r.x = x_;
    r.dose = dose_;
    r.objective = objective_;
    r.dose_objective = function_.dose_value(dose_);
    r.kkt_residual = kkt_residual();
    r.iterations = iterations_;
    return r;
  }
  /// ∂objective/∂x.
  [[nodiscard]] std::vector<double> gradient() const {
    std::vector<double> g(n_);
    for (std::size_t i = 0; i < n_; ++i) {
      g[i] = scale_[i] > 0.0 ? gradient_[i] / scale_[i] : 0.0;
    }
    return g;
  }
  [[nodiscard]] const std::vector<float>& dose() const { return dose_; }

 private:
  void begin(std::span<const float> start) {
    if (!start.empty()) {
      XINGU_EXPECT(start.size() == n_);
      for (std::size_t i = 0; i < n_; ++i) {
        x_[i] = scale_[i] > 0.0 ? std::max(0.0F, start[i]) : 0.0F;
      }
      function_.multiply(x_, dose_);
    } else {
      for (std::size_t i = 0; i < n_; ++i) {
        x_[i] = scale_[i] > 0.0 ? 1.0F : 0.0F;
      }
      function_.multiply(x_, dose_);
      scale_to_best();
    }
    refresh_gradient();
  }

  void look_at_all() {
    columns_.clear();
    for (std::size_t i = 0; i < n_; ++i) {
      if (scale_[i] > 0.0) {
        columns_.push_back(static_cast<std::uint32_t>(i));
      }
    }
    num_lookable_ = columns_.size();
  }
  [[nodiscard]] bool is_screened() const { return columns_.size() < num_lookable_; }

  /// Value and gradient of every beamlet.
  void refresh_gradient() {
    look_at_all();
    evaluate();
  }

  /// Value and gradient of the beamlets in columns_.
  void evaluate() {
    objective_ = function_.value(x_, dose_);
    take_gradient();
  }

  /// The gradient where value() was last asked for.
  void take_gradient() {
    function_.gradient(x_, beamlet_gradient_, columns_);
    for (const std::uint32_t i : columns_) {
      gradient_[i] = beamlet_gradient_[i] * scale_[i];
    }
  }

  /// Beamlets at zero that the gradient holds there are not looked at again until the next refresh: their part of Aᵀg,
  /// often half of it, is saved.
  void leave_out_firm_zeros() {
    std::erase_if(columns_, [&](std::uint32_t i) { return x_[i] <= 0.0F && gradient_[i] > 0.0; });
  }

  /// Best common factor for the fluence by golden section on log(factor); costs no products.
  void scale_to_best() {
    float largest = 0.0F;
    for (const float d : dose_) {
      largest = std::max(largest, d);
    }
    const auto value_at = [&](double log_factor) {
      const auto factor = static_cast<float>(std::exp(log_factor));
      std::vector<float> x(x_);
      std::vector<float> dose(dose_);
      for (float& v : x) {
        v *= factor;
      }
      for (float& v : dose) {
        v *= factor;
      }
      return function_.value(x, dose);
    };
    const double golden = 0.5 * (std::sqrt(5.0) - 1.0);
    double low = std::log(1e-2 / largest);
    double high = std::log(1e3 / largest);
    double a = high - golden * (high - low);
    double b = low + golden * (high - low);
    double fa = value_at(a);
    double fb = value_at(b);
    for (int k = 0; k < 30; ++k) {
      if (fa <= fb) {
        high = std::exchange(b, a);
        fb = fa;
        a = high - golden * (high - low);
        fa = value_at(a);
      } else {
        low = std::exchange(a, b);
        fa = fb;
        b = low + golden * (high - low);
        fb = value_at(b);
      }
    }
    const auto factor = static_cast<float>(std::exp(0.5 * (low + high)));
    for (float& v : x_) {
      v *= factor;
    }
    for (float& v : dose_) {
      v *= factor;
    }
  }

  /// One step. @return false if no step lowers the objective any more (in the precision of the dose).
  bool step() {
    std::vector<std::uint8_t> is_free(n_);
    for (std::size_t i = 0; i < n_; ++i) {
      is_free[i] = scale_[i] > 0.0 && (x_[i] > 0.0F || gradient_[i] < 0.0) ? 1 : 0;
    }
    std::vector<double> direction = hessian_.direction(gradient_, is_free);
    if (search(direction)) {
      return true;
    }
    hessian_.clear();
    direction = hessian_.direction(gradient_, is_free);  // steepest descent in the majorant's metric
    return search(direction);
  }

  /// Backtracking along the projected path; takes the step and renews the gradient.
  bool search(std::span<const double> direction) {
    std::vector<float> x(n_);
    std::vector<float> dose(dose_.size());
    double t = 1.0;
    for (int k = 0; k < max_halvings; ++k) {
      double slope = 0.0;  // gradient · (z(t) − z)
      for (std::size_t i = 0; i < n_; ++i) {
        x[i] = static_cast<float>(std::max(0.0, x_[i] + t * direction[i] * scale_[i]));
        slope += scale_[i] > 0.0 ? gradient_[i] * (static_cast<double>(x[i]) - x_[i]) / scale_[i] : 0.0;
      }
      if (!(slope < 0.0)) {
        return false;
      }
      function_.multiply(x, dose);
      const double value = function_.value(x, dose);
      if (value <= objective_ + sufficient_decrease * slope && value < objective_) {
        objective_ = value;
        accept(x, dose);
        return true;
      }
      const double curvature = value - objective_ - slope;  // of the parabola through value and slope
      const double best = curvature > 0.0 ? -0.5 * slope / curvature : 0.5;
      t *= std::clamp(best, 0.1, 0.5);
      if (-slope < 1e-9 * std::abs(objective_)) {
        return false;
      }
    }
    return false;
  }

  /// Takes the step whose value was asked for last.
  void accept(std::vector<float>& x, std::vector<float>& dose) {
    std::vector<double> step(n_);
    std::vector<double> change(gradient_);
    for (std::size_t i = 0; i < n_; ++i) {
      step[i] = scale_[i] > 0.0 ? (static_cast<double>(x[i]) - x_[i]) / scale_[i] : 0.0;
    }
    x_.swap(x);
    dose_.swap(dose);
    take_gradient();
    for (std::size_t i = 0; i < n_; ++i) {
      change[i] = gradient_[i] - change[i];
    }
    hessian_.remember(std::move(step), std::move(change));
  }

  FluenceFunction& function_;
  const FluenceOptions& options_;
  std::size_t n_;
  std::vector<double> h_;
  std::vector<double> scale_;  ///< 1/√h: x = scale · z
  std::vector<float> x_;
  std::vector<float> dose_;
  std::vector<double> gradient_;          ///< over z
  std::vector<double> beamlet_gradient_;  ///< over x
  std::vector<std::uint32_t> columns_;    ///< beamlets that are looked at, ascending
  std::size_t num_lookable_ = 0;
  double objective_ = 0.0;
  int iterations_ = 0;
  QuasiNewton hessian_;
};

/// For a convex F every y ≥ 0 has F(y) ≥ F(x) + g·(y − x); an optimal y also keeps Σ share·dose ≤ bound for each upper
/// term, which is c·y ≤ bound with c = Aᵀ share. The minimum of g·y under that one constraint is bound · min(0, min
/// g/c).
double certify(FluenceFunction& function, const Objective& objective, const Minimiser& minimiser) {
  const FluenceResult r = minimiser.result();
  const std::vector<double> g = minimiser.gradient();
  double best = -std::numeric_limits<double>::infinity();
  double along_x = 0.0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    along_x += g[i] * r.x[i];
  }
  for (const Objective::MeanBound& bound : objective.mean_bounds(r.objective)) {
    std::vector<float> weight(function.matrix().num_rows(), 0.0F);
    for (std::size_t i = 0; i < bound.sample.size(); ++i) {
      weight[bound.sample[i]] = bound.share[i];
    }
    std::vector<float> c(function.size());
    function.multiply_transposed(weight, c);
    double worst = 0.0;
    for (std::size_t i = 0; i < c.size(); ++i) {
      if (g[i] < 0.0) {
        worst = std::min(worst, c[i] > 0.0F ? g[i] / c[i] : -std::numeric_limits<double>::infinity());
      }
    }
    best = std::max(best, r.objective - along_x + (worst < 0.0 ? bound.bound_Gy * worst : 0.0));
  }
  return best;
}

}  // namespace

FluenceSmoothness::FluenceSmoothness(const InfluenceMatrix& matrix) {
  for (std::size_t b = 0; b < matrix.num_beams(); ++b) {
    const InfluenceMatrix::Beam& beam = matrix.beam(b);
    if (beam.beamlets.empty()) {
      continue;
    }
    const Beamlet origin = beam.beamlets.front();  // beamlets lie on one raster, wherever that has its edges
    const auto cell = [&](const Beamlet& let) {
      return std::pair{std::lround((let.y_mm - origin.y_mm) / beam.beamlet_mm),
                       std::lround((let.x_mm - origin.x_mm) / beam.beamlet_mm)};
    };
    std::map<std::pair<long, long>, std::uint32_t> where;
    for (std::size_t j = 0; j < beam.beamlets.size(); ++j) {
      where[cell(beam.beamlets[j])] = static_cast<std::uint32_t>(matrix.first_column(b) + j);
    }
    for (const auto& [place, column] : where) {
      for (const auto& next : {std::pair{place.first, place.second + 1}, std::pair{place.first + 1, place.second}}) {
        if (const auto it = where.find(next); it != where.end()) {
          pairs_.push_back({column, it->second, static_cast<std::uint32_t>(b)});
        }
      }
    }
  }
}

double FluenceSmoothness::value_and_gradient(std::span<const float> x, std::span<const float> weight,
                                             std::span<double> gradient) const {
  double sum = 0.0;
  for (const Pair& pair : pairs_) {
    const double difference = static_cast<double>(x[pair.a]) - x[pair.b];
    const double slope = 2.0 * weight[pair.beam] * difference;
    sum += 0.5 * slope * difference;
    gradient[pair.a] += slope;
    gradient[pair.b] -= slope;
  }
  return sum;
}

void FluenceSmoothness::add_curvature(std::span<const float> weight, std::span<double> curvature) const {
  for (const Pair& pair : pairs_) {
    curvature[pair.a] += 4.0 * weight[pair.beam];
    curvature[pair.b] += 4.0 * weight[pair.beam];
  }
}

namespace {

constexpr double start_tolerance = 1e-3;       // a start need not be better than the samples that were left out
constexpr std::size_t part_above = 4'000'000;  // non-zeros: a part of this size is worth a part of its own

/// The optimum on a part of the samples; empty if the part would not be much smaller.
std::vector<float> coarse_start(const InfluenceMatrix& matrix, const Objective& objective,
                                const FluenceOptions& options, std::span<const std::uint8_t> active) {
  CoarseProblem coarse = coarsen(matrix, objective, options.coarse_share, active);
  if (2 * coarse.matrix.num_nonzeros() > matrix.num_nonzeros()) {
    return {};
  }
  FluenceOptions quick = options;
  quick.on_iteration = nullptr;
  quick.coarse_above = std::min(options.coarse_above, part_above);
  quick.certificate = FluenceOptions::Certificate::skip;
  quick.objective_tolerance = std::max(options.objective_tolerance, start_tolerance);
  return optimise_fluence(coarse.matrix, coarse.objective, quick, {}, active).x;
}

}  // namespace

std::vector<double> separable_majorant(const InfluenceMatrix& matrix, const Objective& objective) {
  const std::vector<float> ones(matrix.num_columns(), 1.0F);
  std::vector<float> dose(matrix.num_rows());
  matrix.multiply(ones, dose);
  std::vector<float> curved(matrix.num_rows());
  objective.apply_curvature_bound(dose, curved);
  std::vector<float> h(matrix.num_columns());
  matrix.multiply_transposed(curved, h);
  return {h.begin(), h.end()};
}

FluenceResult optimise_fluence(const InfluenceMatrix& matrix, Objective& objective, const FluenceOptions& options,
                               std::span<const float> start, std::span<const std::uint8_t> active) {
  XINGU_EXPECT(objective.num_samples() == matrix.num_rows());
  XINGU_EXPECT(active.empty() || active.size() == matrix.num_beams());
  std::optional<FluenceSmoothness> smoothness;
  if (options.smoothing > 0.0) {
    smoothness.emplace(matrix);
  }
  FluenceFunction function(matrix, objective, active, smoothness ? &*smoothness : nullptr, options.price);
  std::vector<float> found;
  if (start.empty() && options.coarse_share > 0.0 && matrix.num_nonzeros() > options.coarse_above) {
    found = coarse_start(matrix, objective, options, active);
    start = found;
  }
  Minimiser minimiser(function, options, start);
  const int rounds = objective.has_dose_volume_terms() ? std::max(1, options.dose_volume_rounds) : 1;
  bool has_converged = minimiser.run(rounds > 1 ? options.max_iterations / 2 : options.max_iterations);
  for (int round = 1; round < rounds; ++round) {
    objective.select_dose_volume(minimiser.dose());
    minimiser.refresh();
    has_converged = minimiser.run(options.max_iterations / 2 + options.max_iterations * round / (2 * (rounds - 1)));
  }
  FluenceResult result = minimiser.result();
  result.lower_bound = options.certificate == FluenceOptions::Certificate::give
                           ? certify(function, objective, minimiser)
                           : -std::numeric_limits<double>::infinity();
  result.num_products = function.num_products();
  result.has_converged = has_converged;
  return result;
}

}  // namespace xingu
