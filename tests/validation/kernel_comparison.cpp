// SPDX-License-Identifier: Apache-2.0
#include "validation/kernel_comparison.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <sstream>
#include <vector>

#include "dose/mc/point_kernel.h"
#include "dose/mc/sample_statistics.h"
#include "support/test_paths.h"
#include "validation/egsnrc_reference.h"

namespace xingu::mc {
namespace {

constexpr std::size_t num_cones = PointKernels::num_cones;
constexpr std::size_t cones_together = 4;  // 15°

/// A kernel of the reference: fractions and standard deviations of cells, [shell · cones + cone].
struct ReferenceKernel {
  std::vector<double> r_edges_cm;
  std::vector<double> primary, primary_sigma;
  std::vector<double> first, first_sigma;
};

ReferenceKernel read_kernel(const std::filesystem::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  ReferenceKernel kernel;
  kernel.r_edges_cm.push_back(0.0);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    // r_lo, r_hi, theta_lo, theta_hi, primary, its error in per cent, first scatter, its error, …
    std::vector<double> row;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) {
      row.push_back(std::stod(field));
    }
    if (row[1] > kernel.r_edges_cm.back()) {
      kernel.r_edges_cm.push_back(row[1]);
    }
    kernel.primary.push_back(row[4]);
    kernel.primary_sigma.push_back(0.01 * row[4] * row[5]);
    kernel.first.push_back(row[6]);
    kernel.first_sigma.push_back(0.01 * row[6] * row[7]);
  }
  return kernel;
}

/// Sums over cones (a value per shell) or over shells (a value per 15° of polar angle).
std::vector<double> sums(const std::vector<double>& cells, bool over_cones, bool of_squares) {
  const std::size_t num_shells = cells.size() / num_cones;
  std::vector<double> result(over_cones ? num_shells : num_cones / cones_together, 0.0);
  for (std::size_t shell = 0; shell < num_shells; ++shell) {
    for (std::size_t cone = 0; cone < num_cones; ++cone) {
      const double value = cells[shell * num_cones + cone];
      result[over_cones ? shell : cone / cones_together] += of_squares ? value * value : value;
    }
  }
  return result;
}

/// What Xingu makes of one energy, from runs with their own seeds.
class OwnKernel {
 public:
  OwnKernel(const TransportTables& tables, const ReferenceKernel& reference, double energy_MeV,
            std::uint64_t histories_per_run) {
    for (std::uint64_t seed = 1; seed <= num_runs; ++seed) {
      const PointKernel kernel =
          make_point_kernel(tables, 1.0, energy_MeV, reference.r_edges_cm, histories_per_run, seed);
      primary_.push_back(kernel.primary);
      first_.push_back(kernel.first);
    }
  }
  [[nodiscard]] std::vector<test::SampleMean> means(bool is_primary, bool over_cones) const {
    std::vector<test::SampleMean> result;
    for (const std::vector<double>& run : is_primary ? primary_ : first_) {
      const std::vector<double> values = sums(run, over_cones, false);
      result.resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        result[i].add(values[i]);
      }
    }
    return result;
  }

 private:
  static constexpr std::uint64_t num_runs = 24;
  std::vector<std::vector<double>> primary_;
  std::vector<std::vector<double>> first_;
};

KernelDifference compare(const std::vector<test::SampleMean>& ours, const std::vector<double>& expected,
                         const std::vector<double>& variance, double num_sigmas) {
  const double total = std::accumulate(expected.begin(), expected.end(), 0.0);
  KernelDifference worst;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] > 0.01 * total) {
      const double difference = std::abs(ours[i].mean() - expected[i]);
      const double sigma = std::hypot(ours[i].sigma(), std::sqrt(variance[i]));
      worst.at_all = std::max(worst.at_all, difference / expected[i]);
      worst.sigma = std::max(worst.sigma, sigma / expected[i]);
      worst.beyond_statistics = std::max(worst.beyond_statistics, (difference - num_sigmas * sigma) / expected[i]);
    }
  }
  return worst;
}

/// What the reference's photons do that Xingu's do not: scatter coherently in the interaction that is forced, and set
/// no electron free. The part of all interactions that is left.
double share_that_frees_electrons(double energy_MeV) {
  const ProcessCrossSections water =
      PhotonCrossSections::shipped().of(MaterialTable::shipped().at("water"), energy_MeV);
  return water.total_without_coherent() / water.total();
}

}  // namespace

std::vector<KernelDifference> compare_with_edknrc(const std::string& energy, std::uint64_t histories_per_run,
                                                  double num_sigmas) {
  static const TransportTables tables(test::materials_of_egsnrc(), PhotonCrossSections::shipped(), {"water"},
                                      kernel_limits());
  const double energy_MeV = std::stod(energy);
  ReferenceKernel reference =
      read_kernel(test::shared_dir() / fmt::format("reference/egsnrc/kernels/edk_{}MeV.csv", energy));
  for (double& value : reference.primary) {
    value /= share_that_frees_electrons(energy_MeV);
  }
  const OwnKernel own(tables, reference, energy_MeV, histories_per_run);
  std::vector<KernelDifference> result;
  for (const bool is_primary : {true, false}) {
    for (const bool over_cones : {true, false}) {
      KernelDifference worst = compare(
          own.means(is_primary, over_cones), sums(is_primary ? reference.primary : reference.first, over_cones, false),
          sums(is_primary ? reference.primary_sigma : reference.first_sigma, over_cones, true), num_sigmas);
      worst.what = fmt::format("{} MeV, {} by {}", energy, is_primary ? "primary" : "first scatter",
                               over_cones ? "shells" : "angles");
      std::printf("%s: worst %.2f %% (largest sigma %.2f %%), beyond %.0f sigma %.2f %%\n", worst.what.c_str(),
                  100 * worst.at_all, 100 * worst.sigma, num_sigmas, 100 * worst.beyond_statistics);
      result.push_back(worst);
    }
  }
  return result;
}

}  // namespace xingu::mc
