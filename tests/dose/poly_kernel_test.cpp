// SPDX-License-Identifier: Apache-2.0
#include "dose/poly_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "support/photon_beam.h"

namespace xingu {
namespace {

constexpr std::size_t num_cones = PointKernels::num_cones;

template <class Part>
double sum_of(const Part& part) {
  double sum = 0.0;
  for (const auto& cone : part) {
    sum = std::accumulate(cone.begin(), cone.end(), sum);
  }
  return sum;
}

template <std::size_t n>
double cumulative(const std::array<double, n>& amplitudes, const std::array<double, n>& rates, double r) {
  double sum = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    sum += amplitudes[j] * (1 - std::exp(-rates[j] * r));
  }
  return sum;
}

PolyKernel kernel_of_line(const PointKernels& kernels, double energy_MeV, double depth = 0.0) {
  return PolyKernel::make(kernels, std::array{energy_MeV}, std::array{1.0}, std::array{0.05}, depth);
}

PolyKernel kernel_of_beam(const char* spectrum_name) {
  const Spectrum spectrum = load_spectrum(spectrum_name);
  const PhotonPhysics physics(spectrum.energy_MeV, spectrum.weight, test::shipped_kernels(),
                              PhotonCrossSections::shipped(), MaterialTable::shipped());
  return physics.kernel;
}

std::vector<PolyKernel> several_kernels() {
  const PointKernels kernels = test::shipped_kernels();
  std::vector<PolyKernel> result{test::mohan_physics()->kernel};
  for (const double energy : {0.3, 1.0, 2.2, 6.0}) {
    result.push_back(kernel_of_line(kernels, energy));
  }
  return result;
}

TEST(PolyKernel, amplitudes_of_each_part_sum_to_one) {
  for (const PolyKernel& kernel : several_kernels()) {
    EXPECT_NEAR(sum_of(kernel.primary), 1.0, 1e-12);
    EXPECT_NEAR(sum_of(kernel.scatter), 1.0, 1e-12);
  }
}

TEST(PolyKernel, of_a_beam_fits_the_table_to_half_a_percent) {
  for (const char* beam : {"mohan-6mv", "fff-6mv"}) {
    EXPECT_LT(kernel_of_beam(beam).worst_fit, 0.005) << beam;
    EXPECT_GT(kernel_of_beam(beam).worst_fit, 0.0) << beam;
  }
}

// The same sums written again from the table's definition: every cone, every shell edge.
TEST(PolyKernel, of_one_line_agrees_with_the_table_in_every_cone_and_shell) {
  const PointKernels kernels = test::shipped_kernels();
  const std::size_t two_MeV = 7;
  ASSERT_DOUBLE_EQ(kernels.energy_MeV[two_MeV], 2.0);
  const PolyKernel kernel = kernel_of_line(kernels, 2.0);
  const auto& primary = kernels.primary[two_MeV];
  const auto& scatter = kernels.scatter[two_MeV];
  const double primary_energy = std::accumulate(primary.begin(), primary.end(), 0.0);
  const double scatter_energy = 1.0 - primary_energy;  // with what leaves the sphere
  const double escape = (scatter_energy - std::accumulate(scatter.begin(), scatter.end(), 0.0)) / scatter_energy;
  ASSERT_GT(escape, 0.0);
  double worst = 0.0;
  for (std::size_t cone = 0; cone < num_cones; ++cone) {
    double primary_sum = 0.0;
    double scatter_sum = 0.0;
    for (std::size_t shell = 0; shell < static_cast<std::size_t>(kernels.num_shells()); ++shell) {
      primary_sum += primary[shell * num_cones + cone] / primary_energy;
      scatter_sum += scatter[shell * num_cones + cone] / scatter_energy;
      const double r = kernels.r_edges_cm[shell + 1];
      worst = std::max(worst, std::abs(cumulative(kernel.primary[cone], PolyKernel::primary_rates, r) - primary_sum));
      worst = std::max(worst, std::abs(cumulative(kernel.scatter[cone], PolyKernel::scatter_rates, r) - scatter_sum));
    }
  }
  // One energy scatters electrons into few cones, and its fit is the harder for it.
  EXPECT_LT(worst, 0.01);
  EXPECT_NEAR(worst, kernel.worst_fit, 1e-9);
}

/// How far the energy within a distance falls below its own maximum, worst of all cones, as a fraction of the part.
template <std::size_t n>
double deepest_fall(const std::array<std::array<double, n>, num_cones>& part, const std::array<double, n>& rates) {
  double deepest = 0.0;
  for (const auto& cone : part) {
    double highest = 0.0;
    for (double r = 0.0; r < 150.0; r = r < 8 ? r + 0.05 : r * 1.02) {
      const double energy = cumulative(cone, rates, r);
      deepest = std::max(deepest, highest - energy);
      highest = std::max(highest, energy);
    }
  }
  return deepest;
}

// Errors of single cones may add up: what matters to a broad beam is the sum over all cones. Within 2 mm a dose grid
// sees nothing of it.
TEST(PolyKernel, of_a_beam_fits_the_sum_over_cones_to_one_percent_beyond_two_millimetres) {
  const PointKernels kernels = test::shipped_kernels();
  for (const char* beam : {"mohan-6mv", "fff-6mv"}) {
    const Spectrum spectrum = load_spectrum(beam);
    const auto physics = test::mohan_physics();
    std::vector<double> mu;
    for (const double energy : spectrum.energy_MeV) {
      mu.push_back(physics->cross_sections.of(physics->materials.at("water"), energy).total_without_coherent());
    }
    const PolyKernel kernel = PolyKernel::make(kernels, spectrum.energy_MeV, spectrum.weight, mu, 0.0);
    double primary_all = 0.0;
    double energy_all = 0.0;
    std::vector<double> primary(static_cast<std::size_t>(kernels.num_shells()), 0.0);
    std::vector<double> scatter(primary.size(), 0.0);
    for (std::size_t bin = 0; bin < mu.size(); ++bin) {
      const double energy = spectrum.weight[bin] * spectrum.energy_MeV[bin] * mu[bin];
      const auto above = std::ranges::lower_bound(kernels.energy_MeV, spectrum.energy_MeV[bin]);
      const auto upper = static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, above - kernels.energy_MeV.begin()));
      const double f = std::log(spectrum.energy_MeV[bin] / kernels.energy_MeV[upper - 1]) /
                       std::log(kernels.energy_MeV[upper] / kernels.energy_MeV[upper - 1]);
      for (std::size_t i = 0; i < primary.size() * num_cones; ++i) {
        const double p = energy * ((1 - f) * kernels.primary[upper - 1][i] + f * kernels.primary[upper][i]);
        primary[i / num_cones] += p;
        primary_all += p;
        scatter[i / num_cones] += energy * ((1 - f) * kernels.scatter[upper - 1][i] + f * kernels.scatter[upper][i]);
      }
      energy_all += energy;
    }
    double primary_sum = 0.0;
    double scatter_sum = 0.0;
    for (std::size_t shell = 0; shell < primary.size(); ++shell) {
      const double r = kernels.r_edges_cm[shell + 1];
      primary_sum += primary[shell] / primary_all;
      scatter_sum += scatter[shell] / (energy_all - primary_all);
      if (r < 0.19) {
        continue;
      }
      double primary_fit = 0.0;
      double scatter_fit = 0.0;
      for (std::size_t cone = 0; cone < num_cones; ++cone) {
        primary_fit += cumulative(kernel.primary[cone], PolyKernel::primary_rates, r);
        scatter_fit += cumulative(kernel.scatter[cone], PolyKernel::scatter_rates, r);
      }
      EXPECT_NEAR(primary_fit, primary_sum, 0.01) << beam << ", " << r << " cm";
      EXPECT_NEAR(scatter_fit, scatter_sum, 0.01) << beam << ", " << r << " cm";
    }
  }
}

// Amplitudes may be negative, so a fit can fall; the table itself never does, so a fall is at most a fit error twice.
TEST(PolyKernel, takes_no_energy_back_with_growing_distance_but_for_its_fit_error) {
  for (const PolyKernel& kernel : several_kernels()) {
    EXPECT_LE(deepest_fall(kernel.primary, PolyKernel::primary_rates), 2 * kernel.worst_fit + 1e-6);
    EXPECT_LE(deepest_fall(kernel.scatter, PolyKernel::scatter_rates), 2 * kernel.worst_fit + 1e-6);
  }
  for (const char* beam : {"mohan-6mv", "fff-6mv"}) {
    const PolyKernel kernel = kernel_of_beam(beam);
    EXPECT_LT(deepest_fall(kernel.primary, PolyKernel::primary_rates), 1e-3) << beam;
    EXPECT_LT(deepest_fall(kernel.scatter, PolyKernel::scatter_rates), 1e-4) << beam;
  }
}

TEST(PolyKernel, gives_every_cone_its_share_of_the_table) {
  const PointKernels kernels = test::shipped_kernels();
  const PolyKernel kernel = kernel_of_line(kernels, 6.0);
  const auto& primary = kernels.primary.back();
  const double all = std::accumulate(primary.begin(), primary.end(), 0.0);
  for (std::size_t cone = 0; cone < num_cones; ++cone) {
    double share = 0.0;
    for (std::size_t shell = 0; shell < static_cast<std::size_t>(kernels.num_shells()); ++shell) {
      share += primary[shell * num_cones + cone] / all;
    }
    EXPECT_NEAR(std::accumulate(kernel.primary[cone].begin(), kernel.primary[cone].end(), 0.0), share, 1e-12);
  }
}

TEST(PolyKernel, reaches_farther_when_depth_has_hardened_the_spectrum) {
  const PointKernels kernels = test::shipped_kernels();
  const std::array energy{0.5, 4.0};
  const std::array fluence{8.0, 1.0};
  const std::array mu{0.0966, 0.0339};
  const auto within_one_centimetre = [&](double depth) {
    const PolyKernel kernel = PolyKernel::make(kernels, energy, fluence, mu, depth);
    double sum = 0.0;
    for (std::size_t cone = 0; cone < num_cones; ++cone) {
      sum += cumulative(kernel.primary[cone], PolyKernel::primary_rates, 1.0);
    }
    return sum;
  };
  EXPECT_GT(within_one_centimetre(0.0), within_one_centimetre(10.0));
  EXPECT_GT(within_one_centimetre(10.0), within_one_centimetre(30.0));
}

// Two equal lines are one line, and the weight's unit does not matter.
TEST(PolyKernel, depends_on_the_spectrum_and_not_on_its_norm_or_binning) {
  const PointKernels kernels = test::shipped_kernels();
  const PolyKernel one = kernel_of_line(kernels, 2.2);
  const PolyKernel split =
      PolyKernel::make(kernels, std::array{2.2, 2.2}, std::array{1e3, 7e3}, std::array{0.05, 0.05}, 8.0);
  for (std::size_t cone = 0; cone < num_cones; ++cone) {
    for (std::size_t j = 0; j < PolyKernel::num_primary; ++j) {
      EXPECT_NEAR(one.primary[cone][j], split.primary[cone][j], 1e-12);
    }
  }
}

TEST(PolyKernel, primary_fraction_is_the_tables_at_its_energies_and_between_its_neighbours_otherwise) {
  const PointKernels kernels = test::shipped_kernels();
  double last = 0.0;
  for (std::size_t e = 0; e < kernels.energy_MeV.size(); ++e) {
    const double table = std::accumulate(kernels.primary[e].begin(), kernels.primary[e].end(), 0.0);
    EXPECT_NEAR(PolyKernel::primary_fraction(kernels, kernels.energy_MeV[e]), table, 1e-12);
    if (e > 0) {
      const double middle = std::sqrt(kernels.energy_MeV[e] * kernels.energy_MeV[e - 1]);
      EXPECT_NEAR(PolyKernel::primary_fraction(kernels, middle), 0.5 * (last + table), 1e-12);
    }
    last = table;
  }
  EXPECT_DOUBLE_EQ(PolyKernel::primary_fraction(kernels, 0.01), PolyKernel::primary_fraction(kernels, 0.1));
  EXPECT_DOUBLE_EQ(PolyKernel::primary_fraction(kernels, 20.0), PolyKernel::primary_fraction(kernels, 6.0));
}

TEST(PolyKernel, of_nothing_is_refused) {
  const PointKernels kernels = test::shipped_kernels();
  EXPECT_THROW(static_cast<void>(PolyKernel::make(kernels, std::array{1.0}, std::array{0.0}, std::array{0.07}, 0.0)),
               InputError);
  PointKernels without_primary = kernels;
  for (auto& cells : without_primary.primary) {
    std::fill(cells.begin(), cells.end(), 0.0);
  }
  EXPECT_THROW(static_cast<void>(kernel_of_line(without_primary, 1.0)), InputError);
}

}  // namespace
}  // namespace xingu
