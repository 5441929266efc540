// SPDX-License-Identifier: Apache-2.0
#include "dose/poly_kernel.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace xingu {
namespace {

/// Whether the doublings lead from the slowest rate to each rate.
constexpr bool is_chain() {
  double rate = PolyKernel::scatter_rates[0];
  const auto reaches = [&](const auto& rates, const auto& doublings) {
    for (std::size_t j = 0; j < rates.size(); ++j) {
      for (int k = 0; k < doublings[j]; ++k) {
        rate *= 2;
      }
      if (rate != rates[j]) {
        return false;
      }
    }
    return true;
  };
  return reaches(PolyKernel::scatter_rates, PolyKernel::scatter_doublings) &&
         reaches(PolyKernel::primary_rates, PolyKernel::primary_doublings);
}
static_assert(is_chain());

struct EnergyWeight {
  std::size_t lower;
  double fraction;  ///< of the upper neighbour
};

EnergyWeight locate(const PointKernels& kernels, double energy_MeV) {
  const auto& e = kernels.energy_MeV;
  const auto upper = std::upper_bound(e.begin(), e.end(), energy_MeV) - e.begin();
  const auto lower =
      static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(upper - 1, 0, static_cast<std::ptrdiff_t>(e.size()) - 2));
  const double f = std::log(energy_MeV / e[lower]) / std::log(e[lower + 1] / e[lower]);
  return {lower, std::clamp(f, 0.0, 1.0)};
}

/// Shells within a voxel count less in the fit: a dose grid averages over them.
double shell_weight(double r_cm) { return r_cm < 0.2 ? 0.3 : 1.0; }

/// Weighted least-squares amplitudes whose sum is `total`: the constraint is eliminated, so it holds to rounding.
template <std::size_t n>
std::array<double, n> fit_cumulative(const std::array<double, n>& rates, std::span<const double> r_edges,
                                     std::span<const double> cumulative, double total) {
  const auto num_shells = static_cast<Eigen::Index>(cumulative.size());
  const auto last = static_cast<Eigen::Index>(n) - 1;
  Eigen::MatrixXd a(num_shells, last);
  Eigen::VectorXd b(num_shells);
  for (Eigen::Index s = 0; s < num_shells; ++s) {
    const double r = r_edges[static_cast<std::size_t>(s) + 1];
    const double pivot = 1.0 - std::exp(-rates[n - 1] * r);
    for (Eigen::Index j = 0; j < last; ++j) {
      a(s, j) = 1.0 - std::exp(-rates[static_cast<std::size_t>(j)] * r) - pivot;
    }
    b[s] = cumulative[static_cast<std::size_t>(s)] - total * pivot;
    a.row(s) *= shell_weight(r);
    b[s] *= shell_weight(r);
  }
  const Eigen::VectorXd x = a.colPivHouseholderQr().solve(b);
  std::array<double, n> result{};
  std::copy(x.data(), x.data() + last, result.begin());
  result[n - 1] = total - x.sum();
  return result;
}

template <std::size_t n>
double worst_difference(const std::array<double, n>& rates, const std::array<double, n>& amplitudes,
                        std::span<const double> r_edges, std::span<const double> cumulative) {
  double worst = 0.0;
  for (std::size_t s = 0; s < cumulative.size(); ++s) {
    double fitted = 0.0;
    for (std::size_t j = 0; j < rates.size(); ++j) {
      fitted += amplitudes[j] * (1.0 - std::exp(-rates[j] * r_edges[s + 1]));
    }
    worst = std::max(worst, std::abs(fitted - cumulative[s]));
  }
  return worst;
}

template <std::size_t n>
double fit_part(const std::vector<double>& cells, const PointKernels& kernels, const std::array<double, n>& rates,
                double total, std::array<std::array<double, n>, PointKernels::num_cones>& out) {
  const double tabulated = std::accumulate(cells.begin(), cells.end(), 0.0);
  XINGU_REQUIRE(tabulated > 0 && total > 0,
                "point kernels: a part holds no energy; give kernels with primary and scatter");
  const int num_shells = kernels.num_shells();
  double worst = 0.0;
  for (int cone = 0; cone < PointKernels::num_cones; ++cone) {
    std::vector<double> cumulative(static_cast<std::size_t>(num_shells));
    double sum = 0.0;
    for (int s = 0; s < num_shells; ++s) {
      sum += cells[static_cast<std::size_t>(s * PointKernels::num_cones + cone)] / total;
      cumulative[static_cast<std::size_t>(s)] = sum;
    }
    const auto c = static_cast<std::size_t>(cone);
    out[c] = fit_cumulative(rates, kernels.r_edges_cm, cumulative, sum * total / tabulated);
    worst = std::max(worst, worst_difference(rates, out[c], kernels.r_edges_cm, cumulative));
  }
  return worst;
}

}  // namespace

double PolyKernel::primary_fraction(const PointKernels& kernels, double energy_MeV) {
  const auto [lower, f] = locate(kernels, energy_MeV);
  const auto sum = [&](std::size_t i) {
    return std::accumulate(kernels.primary[i].begin(), kernels.primary[i].end(), 0.0);
  };
  return (1 - f) * sum(lower) + f * sum(lower + 1);
}

PolyKernel PolyKernel::make(const PointKernels& kernels, std::span<const double> energy_MeV,
                            std::span<const double> fluence, std::span<const double> mu_cm2_g, double depth_g_cm2) {
  XINGU_EXPECT(energy_MeV.size() == fluence.size() && energy_MeV.size() == mu_cm2_g.size() && !energy_MeV.empty());
  const auto num_cells = static_cast<std::size_t>(kernels.num_shells() * PointKernels::num_cones);
  std::vector<double> primary(num_cells, 0.0);
  std::vector<double> scatter(num_cells, 0.0);
  double terma = 0.0;
  for (std::size_t bin = 0; bin < energy_MeV.size(); ++bin) {
    const double t = fluence[bin] * energy_MeV[bin] * mu_cm2_g[bin] * std::exp(-mu_cm2_g[bin] * depth_g_cm2);
    const auto [lower, f] = locate(kernels, energy_MeV[bin]);
    for (std::size_t i = 0; i < num_cells; ++i) {
      primary[i] += t * ((1 - f) * kernels.primary[lower][i] + f * kernels.primary[lower + 1][i]);
      scatter[i] += t * ((1 - f) * kernels.scatter[lower][i] + f * kernels.scatter[lower + 1][i]);
    }
    terma += t;
  }
  XINGU_REQUIRE(terma > 0, "the beam's spectrum holds no energy; give positive weights");
  PolyKernel result;
  const double primary_total = std::accumulate(primary.begin(), primary.end(), 0.0);
  // What leaves the tabulated sphere is scatter's: it keeps the scatter's angular distribution.
  const double scatter_total = terma - primary_total;
  const double worst_primary = fit_part(primary, kernels, primary_rates, primary_total, result.primary);
  const double worst_scatter = fit_part(scatter, kernels, scatter_rates, scatter_total, result.scatter);
  result.worst_fit = std::max(worst_primary, worst_scatter);
  return result;
}

}  // namespace xingu
