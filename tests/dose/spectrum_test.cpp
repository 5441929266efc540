// SPDX-License-Identifier: Apache-2.0
#include "dose/spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

#include "base/error.h"
#include "dose/attenuation.h"
#include "dose/csv_table.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

TEST(Spectrum, of_mohan_has_the_published_bins_at_their_centres) {
  const Spectrum spectrum = load_spectrum("mohan-6mv");
  ASSERT_EQ(spectrum.size(), 24U);
  EXPECT_DOUBLE_EQ(spectrum.energy_MeV.front(), 0.125);
  EXPECT_DOUBLE_EQ(spectrum.energy_MeV.back(), 5.875);
  EXPECT_NEAR(std::accumulate(spectrum.weight.begin(), spectrum.weight.end(), 0.0), 1.0, 1e-12);
  EXPECT_NEAR(spectrum.weight[2] / spectrum.weight[1], 0.4609022 / 0.1295177, 1e-9);
  EXPECT_NEAR(spectrum.mean_energy_MeV(), 1.8985, 0.0005);
}

TEST(Spectrum, of_mohan_is_the_one_the_references_were_computed_with) {
  const auto shared = test::shared_dir();
  if (shared.empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  const CsvTable reference = CsvTable::read(shared / "reference/egsnrc/mohan6.csv");
  const auto upper = reference.numbers("energy_upper_MeV");
  const auto fluence = reference.numbers("relative_fluence");
  const double sum = std::accumulate(fluence.begin(), fluence.end(), 0.0);
  const Spectrum spectrum = load_spectrum("mohan-6mv");
  ASSERT_EQ(spectrum.size(), fluence.size());
  for (std::size_t i = 0; i < fluence.size(); ++i) {
    EXPECT_NEAR(spectrum.energy_MeV[i], upper[i] - 0.125, 1e-12);
    EXPECT_NEAR(spectrum.weight[i], fluence[i] / sum, 1e-9);
  }
}

TEST(Spectrum, without_flattening_filter_is_softer_and_follows_the_formula_in_its_head) {
  const Spectrum spectrum = load_spectrum("fff-6mv");
  ASSERT_EQ(spectrum.size(), 24U);
  EXPECT_LT(spectrum.mean_energy_MeV(), 0.85 * load_spectrum("mohan-6mv").mean_energy_MeV());
  const PhotonCrossSections cross_sections = PhotonCrossSections::shipped();
  constexpr double electron_MeV = 6.0;
  std::vector<double> expected;
  for (const double e : spectrum.energy_MeV) {
    const double tungsten = cross_sections.of_element("W", e).total_without_coherent();
    const double aluminium = cross_sections.of_element("Al", e).total_without_coherent();
    const double production = std::log(electron_MeV * (electron_MeV - e) / e + 1.65) - 0.5;
    expected.push_back(production * std::exp(-2.0 * tungsten - 6.0 * aluminium) / e);
  }
  const double sum = std::accumulate(expected.begin(), expected.end(), 0.0);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(spectrum.weight[i], expected[i] / sum, 2e-5);
  }
}

TEST(Spectrum, refuses_bins_that_overlap_or_hold_nothing) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "s.csv";
  const std::string head = "energy_lower_MeV,energy_upper_MeV,relative_fluence\n";
  const auto read = [&](const std::string& rows) {
    std::ofstream(path) << head << rows;
    return read_spectrum(path);
  };
  EXPECT_THROW((void)read("0,1,1\n0.5,2,1\n"), InputError);
  EXPECT_THROW((void)read("0,1,-1\n1,2,2\n"), InputError);
  EXPECT_THROW((void)read("0,1,0\n"), InputError);
  EXPECT_THROW((void)read(""), InputError);
  EXPECT_EQ(read("0,1,3\n1,3,1\n").weight, (std::vector<double>{0.75, 0.25}));
}

}  // namespace
}  // namespace xingu
