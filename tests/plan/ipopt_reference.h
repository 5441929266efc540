// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <IpIpoptApplication.hpp>
#include <IpTNLP.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "plan/objectives.h"
#include "plan/plan_problem.h"

namespace xingu::test {

/// The fluence problem once more, written for comparison only: a plain compressed-column matrix and the objective in
/// double precision on one thread, minimised by IPOPT (Wächter & Biegler 2006) with its limited-memory Hessian. Shares
/// no code with the optimiser under test but the matrix's numbers.
class IpoptFluence final : public Ipopt::TNLP {
 public:
  IpoptFluence(const InfluenceMatrix& matrix, const PlanProblem& problem, std::vector<ObjectiveSpec> specs)
      : problem_(problem), specs_(std::move(specs)), num_rows_(matrix.num_rows()), start_{0} {
    for (std::size_t b = 0; b < matrix.num_beams(); ++b) {
      for (std::size_t j = 0; j < matrix.beam(b).beamlets.size(); ++j) {
        for (const MatrixEntry& entry : matrix.beam(b).block.column(j)) {
          row_.push_back(static_cast<int>(entry.row));
          value_.push_back(static_cast<double>(entry.value));
        }
        start_.push_back(row_.size());
      }
    }
  }

  /// Dose objective and its gradient over dose, for quadratic and mean terms.
  double dose_objective(const std::vector<double>& dose, std::vector<double>* gradient) const {
    double total = 0.0;
    for (const ObjectiveSpec& spec : specs_) {
      const SampleGroup& group = *problem_.find(spec.structure);
      const double volume = group.total_volume_mm3();
      double mean = 0.0;
      for (std::size_t i = 0; i < group.sample.size(); ++i) {
        const std::uint32_t s = group.sample[i];
        const double share = static_cast<double>(group.volume_mm3[i]) / volume;
        mean += share * dose[s];
        double limit = spec.dose_Gy;
        double sign = 1.0;
        if (spec.kind == ObjectiveKind::mean) {
          continue;
        }
        if (spec.kind == ObjectiveKind::underdose) {
          sign = -1.0;
        } else if (spec.kind == ObjectiveKind::fall_off) {
          if (problem_.target_distance_mm[s] <= 0.0F) {
            continue;
          }
          limit = fall_off_limit_Gy(spec, static_cast<double>(problem_.target_distance_mm[s]));
        }
        const double excess = std::max(0.0, sign * (dose[s] - limit));
        total += spec.weight * share * excess * excess;
        if (gradient != nullptr) {
          (*gradient)[s] += 2.0 * sign * spec.weight * share * excess;
        }
      }
      if (spec.kind == ObjectiveKind::mean) {
        const double excess = std::max(0.0, mean - spec.dose_Gy);
        total += spec.weight * excess * excess;
        for (std::size_t i = 0; gradient != nullptr && i < group.sample.size(); ++i) {
          (*gradient)[group.sample[i]] +=
              2.0 * spec.weight * excess * static_cast<double>(group.volume_mm3[i]) / volume;
        }
      }
    }
    return total;
  }

  [[nodiscard]] double best() const { return best_; }
  [[nodiscard]] const std::vector<double>& solution() const { return solution_; }
  [[nodiscard]] int evaluations() const { return evaluations_; }

  /// Objective after each of its iterations with the seconds since the start.
  struct Point {
    double seconds;
    double objective;
  };
  [[nodiscard]] const std::vector<Point>& history() const { return history_; }

  bool get_nlp_info(Ipopt::Index& n, Ipopt::Index& m, Ipopt::Index& nnz_jac, Ipopt::Index& nnz_hessian,
                    IndexStyleEnum& style) override {
    n = static_cast<Ipopt::Index>(start_.size() - 1);
    m = 0;
    nnz_jac = 0;
    nnz_hessian = 0;
    style = TNLP::C_STYLE;
    begin_ = std::chrono::steady_clock::now();
    return true;
  }
  bool get_bounds_info(Ipopt::Index n, Ipopt::Number* low, Ipopt::Number* high, Ipopt::Index /*m*/,
                       Ipopt::Number* /*g_low*/, Ipopt::Number* /*g_high*/) override {
    std::fill(low, low + n, 0.0);
    std::fill(high, high + n, 2e19);
    return true;
  }
  bool get_starting_point(Ipopt::Index n, bool /*init_x*/, Ipopt::Number* x, bool /*init_z*/, Ipopt::Number* /*z_low*/,
                          Ipopt::Number* /*z_high*/, Ipopt::Index /*m*/, bool /*init_lambda*/,
                          Ipopt::Number* /*lambda*/) override {
    std::fill(x, x + n, 1.0);
    // An even fluence with the right mean dose in the first structure, as planning systems start.
    const std::vector<double> dose = dose_of(x);
    const SampleGroup& group = *problem_.find(specs_[0].structure);
    double mean = 0.0;
    for (const std::uint32_t s : group.sample) {
      mean += dose[s];
    }
    mean /= static_cast<double>(group.sample.size());
    std::fill(x, x + n, specs_[0].dose_Gy / mean);
    return true;
  }
  bool eval_f(Ipopt::Index /*n*/, const Ipopt::Number* x, bool /*new_x*/, Ipopt::Number& value) override {
    value = dose_objective(dose_of(x), nullptr);
    return true;
  }
  bool eval_grad_f(Ipopt::Index n, const Ipopt::Number* x, bool /*new_x*/, Ipopt::Number* gradient) override {
    std::vector<double> dose_gradient(num_rows_, 0.0);
    dose_objective(dose_of(x), &dose_gradient);
    for (Ipopt::Index j = 0; j < n; ++j) {
      double sum = 0.0;
      for (std::size_t k = start_[static_cast<std::size_t>(j)]; k < start_[static_cast<std::size_t>(j) + 1]; ++k) {
        sum += value_[k] * dose_gradient[static_cast<std::size_t>(row_[k])];
      }
      gradient[j] = sum;
    }
    return true;
  }
  bool eval_g(Ipopt::Index, const Ipopt::Number*, bool, Ipopt::Index, Ipopt::Number*) override { return true; }
  bool eval_jac_g(Ipopt::Index, const Ipopt::Number*, bool, Ipopt::Index, Ipopt::Index, Ipopt::Index*, Ipopt::Index*,
                  Ipopt::Number*) override {
    return true;
  }
  void finalize_solution(Ipopt::SolverReturn /*status*/, Ipopt::Index n, const Ipopt::Number* x,
                         const Ipopt::Number* /*z_low*/, const Ipopt::Number* /*z_high*/, Ipopt::Index /*m*/,
                         const Ipopt::Number* /*g*/, const Ipopt::Number* /*lambda*/, Ipopt::Number value,
                         const Ipopt::IpoptData* /*data*/, Ipopt::IpoptCalculatedQuantities* /*quantities*/) override {
    best_ = value;
    solution_.assign(x, x + n);
  }
  bool intermediate_callback(Ipopt::AlgorithmMode /*mode*/, Ipopt::Index /*iteration*/, Ipopt::Number value,
                             Ipopt::Number, Ipopt::Number, Ipopt::Number, Ipopt::Number, Ipopt::Number, Ipopt::Number,
                             Ipopt::Number, Ipopt::Index, const Ipopt::IpoptData*,
                             Ipopt::IpoptCalculatedQuantities*) override {
    history_.push_back({std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(), value});
    return true;
  }

 private:
  std::vector<double> dose_of(const Ipopt::Number* x) {
    ++evaluations_;
    std::vector<double> dose(num_rows_, 0.0);
    for (std::size_t j = 0; j + 1 < start_.size(); ++j) {
      for (std::size_t k = start_[j]; x[j] != 0.0 && k < start_[j + 1]; ++k) {
        dose[static_cast<std::size_t>(row_[k])] += value_[k] * x[j];
      }
    }
    return dose;
  }

  const PlanProblem& problem_;
  std::vector<ObjectiveSpec> specs_;
  std::size_t num_rows_;
  std::vector<std::size_t> start_;
  std::vector<int> row_;
  std::vector<double> value_;
  std::vector<double> solution_;
  std::vector<Point> history_;
  std::chrono::steady_clock::time_point begin_;
  double best_ = 0.0;
  int evaluations_ = 0;
};

/// Runs it. @return true if IPOPT says that it found an optimum.
inline bool solve(const Ipopt::SmartPtr<IpoptFluence>& problem, double tolerance, int max_iterations) {
  const Ipopt::SmartPtr<Ipopt::IpoptApplication> app = IpoptApplicationFactory();
  app->Options()->SetStringValue("hessian_approximation", "limited-memory");
  app->Options()->SetStringValue("mu_strategy", "adaptive");
  app->Options()->SetStringValue("sb", "yes");
  app->Options()->SetIntegerValue("print_level", 0);
  app->Options()->SetIntegerValue("max_iter", max_iterations);
  app->Options()->SetNumericValue("tol", tolerance);
  if (app->Initialize() != Ipopt::Solve_Succeeded) {
    return false;
  }
  const Ipopt::ApplicationReturnStatus status = app->OptimizeTNLP(problem);
  return status == Ipopt::Solve_Succeeded || status == Ipopt::Solved_To_Acceptable_Level;
}

}  // namespace xingu::test
