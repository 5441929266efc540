// SPDX-License-Identifier: Apache-2.0
// Fluence and beam orientation on an analytic phantom, and the fluence against IPOPT in the same run.
#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>

#include "../tests/plan/ipopt_reference.h"
#include "../tests/plan/synthetic_case.h"
#include "plan/beam_orientation.h"
#include "plan/fluence_optimiser.h"
#include "plan/leaf_sequencing.h"

namespace xingu {
namespace {

using test::SyntheticCase;
using test::SyntheticOptions;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// CPU seconds of all threads: what others compute beside does not count.
double cpu_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

const SyntheticCase& nine_beams() {
  static const SyntheticCase c = test::synthetic_case(
      SyntheticOptions{.num_beams = 9, .target_spacing_mm = 2.5, .body_spacing_mm = 5.0, .target_length_mm = 60.0});
  return c;
}

const SyntheticCase& many_beams() {
  static const SyntheticCase c = test::synthetic_case(SyntheticOptions{.num_beams = 200,
                                                                       .is_coplanar = false,
                                                                       .target_spacing_mm = 5.0,
                                                                       .body_spacing_mm = 10.0,
                                                                       .target_length_mm = 30.0});
  return c;
}

void describe(benchmark::State& state, const SyntheticCase& c) {
  state.counters["beamlets"] = static_cast<double>(c.matrix.num_columns());
  state.counters["Mnonzeros"] = 1e-6 * static_cast<double>(c.matrix.num_nonzeros());
}

void products(benchmark::State& state) {
  const SyntheticCase& c = nine_beams();
  std::vector<float> x(c.matrix.num_columns(), 1.0F);
  std::vector<float> dose(c.matrix.num_rows());
  for (auto _ : state) {
    c.matrix.multiply(x, dose);
    c.matrix.multiply_transposed(dose, x);
    benchmark::DoNotOptimize(x.data());
    std::ranges::fill(x, 1.0F);
  }
  describe(state, c);
  state.counters["nonzeros/s"] = benchmark::Counter(2.0 * static_cast<double>(c.matrix.num_nonzeros()),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(products)->UseRealTime()->Unit(benchmark::kMillisecond);

void fluence(benchmark::State& state) {
  const SyntheticCase& c = nine_beams();
  Objective objective(c.objectives, c.problem);
  FluenceResult result;
  for (auto _ : state) {
    result = optimise_fluence(c.matrix, objective);
  }
  describe(state, c);
  state.counters["iterations"] = result.iterations;
  state.counters["kkt"] = result.kkt_residual;
}
BENCHMARK(fluence)->UseRealTime()->Unit(benchmark::kSecond);

/// Seconds until ours is within 0.1 % of where IPOPT ends, against IPOPT's own seconds (one thread, compressed columns
/// in double precision, limited-memory Hessian), and against the moment IPOPT itself came within 0.1 %.
void fluence_against_ipopt(benchmark::State& state) {
  const SyntheticCase& c = nine_beams();
  for (auto _ : state) {
    const Ipopt::SmartPtr<test::IpoptFluence> reference = new test::IpoptFluence(c.matrix, c.problem, c.objectives);
    auto begin = std::chrono::steady_clock::now();
    double begin_cpu = cpu_s();
    test::solve(reference, 1e-3, 600);
    const double ipopt_s = seconds_since(begin);
    const double ipopt_cpu_s = cpu_s() - begin_cpu;
    double ipopt_close_s = ipopt_s;
    for (const test::IpoptFluence::Point& point : reference->history()) {
      if (point.objective <= 1.001 * reference->best()) {
        ipopt_close_s = point.seconds;
        break;
      }
    }
    Objective objective(c.objectives, c.problem);
    FluenceOptions options;
    options.objective_tolerance = 1e-4;
    options.max_iterations = 3000;
    options.coarse_above = 1'000'000;  // a start from a part of the samples, as large problems take it
    double ours_s = 0.0;
    double ours_cpu_s = 0.0;
    begin_cpu = cpu_s();
    begin = std::chrono::steady_clock::now();
    options.on_iteration = [&](const FluenceProgress& progress) {
      if (ours_s == 0.0 && progress.objective <= 1.001 * reference->best()) {
        ours_s = seconds_since(begin);
        ours_cpu_s = cpu_s() - begin_cpu;
      }
    };
    const FluenceResult result = optimise_fluence(c.matrix, objective, options);
    state.SetIterationTime(ours_s);
    state.counters["ipopt_s"] = ipopt_s;
    state.counters["ipopt_within_0.1%_s"] = ipopt_close_s;
    state.counters["ours_within_0.1%_s"] = ours_s;
    state.counters["ipopt_cpu_s"] = ipopt_cpu_s;
    state.counters["ours_cpu_s"] = ours_cpu_s;
    state.counters["cpu_ratio"] = ipopt_cpu_s / ours_cpu_s;
    state.counters["ratio"] = ipopt_s / ours_s;
    state.counters["ratio_to_0.1%"] = ipopt_close_s / ours_s;
    state.counters["final_gap"] = result.objective / reference->best() - 1.0;
  }
  describe(state, c);
}
BENCHMARK(fluence_against_ipopt)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

void orientation(benchmark::State& state) {
  const SyntheticCase& c = many_beams();
  Objective objective(c.objectives, c.problem);
  OrientationOptions options;
  const FluenceResult all = all_beams_plan(c.matrix, objective, options.fluence);
  OrientationResult result;
  for (auto _ : state) {
    result =
        select_beams(c.matrix, objective, c.directions, static_cast<OrientationMethod>(state.range(0)), all, options);
  }
  describe(state, c);
  state.counters["objective"] = result.fluence.objective;
  state.counters["all_beams"] = all.objective;
}
BENCHMARK(orientation)
    ->Arg(static_cast<int>(OrientationMethod::group_sparsity))
    ->Arg(static_cast<int>(OrientationMethod::pricing))
    ->UseRealTime()
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

void sequencing(benchmark::State& state) {
  const SyntheticCase& c = nine_beams();
  Objective objective(c.objectives, c.problem);
  FluenceOptions options;
  options.smoothing = 0.005;
  const FluenceResult result = optimise_fluence(c.matrix, objective, options);
  MultileafCollimator mlc;
  for (double y = -100.0; y <= 100.0; y += 5.0) {
    mlc.boundaries_mm.push_back(y);
  }
  mlc.transmission = 0.005;
  double error = 0.0;
  for (auto _ : state) {
    error = 0.0;
    for (std::size_t b = 0; b < c.matrix.num_beams(); ++b) {
      const std::size_t first = c.matrix.first_column(b);
      const FluenceMap map =
          fluence_map(c.matrix.beam(b), std::span(result.x).subspan(first, c.matrix.first_column(b + 1) - first), 1.0);
      error += sequence_fluence(map, mlc).relative_error / static_cast<double>(c.matrix.num_beams());
    }
  }
  state.counters["mean_error"] = error;
}
BENCHMARK(sequencing)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace xingu
