// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/point_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

#include "dose/mc/photon_interactions.h"
#include "support/test_paths.h"

namespace xingu::mc {
namespace {

const std::vector<double> r_edges_cm = {0, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30};

const TransportTables& water() {
  static const TransportTables tables(MaterialTable::shipped(), PhotonCrossSections::shipped(), {"water"},
                                      kernel_limits());
  return tables;
}

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(PointKernel, and_what_escapes_make_the_photons_energy) {
  for (const double energy : {0.3, 3.0}) {
    const PointKernel kernel = make_point_kernel(water(), 1.0, energy, r_edges_cm, 400, 1);
    EXPECT_NEAR(sum_of(kernel.primary) + sum_of(kernel.first) + sum_of(kernel.rest) + kernel.escaped, 1.0, 1e-4)
        << energy;
    EXPECT_EQ(kernel.histories, 400U);
  }
}

TEST(PointKernel, has_as_primary_energy_what_compton_and_pairs_transfer) {
  // At 0.6 MeV nearly all interactions are Compton scatterings, and radiation is negligible.
  const PointKernel kernel = make_point_kernel(water(), 1.0, 0.6, r_edges_cm, 2000, 2);
  constexpr double spread = 0.25;  // of the share that one scattering transfers
  EXPECT_NEAR(sum_of(kernel.primary), compton_transfer_share(0.6), 3.5 * spread / std::sqrt(2000.0));
}

TEST(PointKernel, knows_its_uncertainty_to_fall_with_the_number_of_histories) {
  const PointKernel few = make_point_kernel(water(), 1.0, 1.0, r_edges_cm, 120, 3);
  const PointKernel many = make_point_kernel(water(), 1.0, 1.0, r_edges_cm, 1200, 3);
  double small = 0.0;
  double large = 0.0;
  for (std::size_t i = 0; i < few.primary.size(); ++i) {
    large += few.primary_sigma[i] * few.primary_sigma[i];
    small += many.primary_sigma[i] * many.primary_sigma[i];
  }
  EXPECT_NEAR(large / small, 10.0, 5.0);
}

TEST(PointKernel, csv_is_what_the_dose_engine_reads) {
  std::vector<PointKernel> kernels;
  for (const double energy : {0.5, 2.0}) {
    kernels.push_back(make_point_kernel(water(), 1.0, energy, r_edges_cm, 400, 4));
  }
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "kernels.csv";
  std::ofstream(path) << point_kernels_csv(kernels, r_edges_cm, {"made by a test"});
  const PointKernels read = PointKernels::read(path);
  ASSERT_EQ(read.energy_MeV, (std::vector<double>{0.5, 2.0}));
  ASSERT_EQ(read.num_shells(), static_cast<int>(r_edges_cm.size()) - 1);
  for (std::size_t e = 0; e < kernels.size(); ++e) {
    for (std::size_t i = 0; i < kernels[e].primary.size(); ++i) {
      EXPECT_NEAR(read.primary[e][i], kernels[e].primary[i], 1e-3 * kernels[e].primary[i]);
      const double scatter = kernels[e].first[i] + kernels[e].rest[i];
      EXPECT_NEAR(read.scatter[e][i], scatter, 1e-3 * scatter);
    }
  }
}

}  // namespace
}  // namespace xingu::mc
