// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/bremsstrahlung.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dose/mc/constants.h"

namespace xingu::mc {
namespace {

Material water() { return MaterialTable::shipped().at("water"); }

/// ∫ k^power (k dσ/dk) dk from `low` to the end of the spectrum, by the trapezoid rule in ln k.
double moment(double kinetic_MeV, double low_MeV, int power) {
  constexpr int num = 20000;
  const double step = std::log(kinetic_MeV / low_MeV) / num;
  double sum = 0.0;
  for (int i = 0; i <= num; ++i) {
    const double k = low_MeV * std::exp(i * step);
    sum += (i == 0 || i == num ? 0.5 : 1.0) * bremsstrahlung_shape(kinetic_MeV, k) * std::pow(k, power + 1) * step;
  }
  return sum;
}

TEST(Bremsstrahlung, loses_what_ICRU_37_says_of_water) {
  // Radiative stopping powers of water, MeV cm²/g (ICRU Report 37, table 8.1).
  EXPECT_NEAR(radiative_stopping_power(water(), 1.0) / 0.01280, 1.0, 0.01);
  EXPECT_NEAR(radiative_stopping_power(water(), 10.0) / 0.1832, 1.0, 0.01);
}

TEST(Bremsstrahlung, has_the_shape_of_bethe_and_heitler_at_high_energies) {
  // 4 (1 + ε² − ⅔ ε)(ln(2 E0 ε/κ) − ½), ε the share that the electron keeps: the unscreened limit (Heitler, The Quantum
  // Theory of Radiation, §25).
  const double kinetic = 500.0;
  const double e0 = 1.0 + kinetic / electron_rest_MeV;
  for (const double photon : {5.0, 100.0, 300.0}) {
    const double k = photon / electron_rest_MeV;
    const double kept = (e0 - k) / e0;
    const double limit = 4.0 * (1.0 + kept * kept - 2.0 / 3.0 * kept) * (std::log(2.0 * e0 * (e0 - k) / k) - 0.5);
    EXPECT_NEAR(bremsstrahlung_shape(kinetic, photon) / limit, 1.0, 1e-3) << photon;
  }
}

TEST(Bremsstrahlung, ends_at_the_electrons_energy) {
  EXPECT_EQ(bremsstrahlung_shape(2.0, 2.0), 0.0);
  EXPECT_EQ(bremsstrahlung_shape(2.0, 2.5), 0.0);
  EXPECT_GT(bremsstrahlung_shape(2.0, 1.9), 0.0);
}

TEST(Bremsstrahlung, soft_and_hard_parts_add_up_to_the_radiative_stopping_power) {
  for (const double kinetic : {0.5, 2.0, 6.0, 20.0}) {
    const double total = radiative_stopping_power(water(), kinetic);
    double soft_before = 0.0;
    for (const double cut : {0.01, 0.05, 0.2}) {
      const BremsstrahlungSplit split = split_bremsstrahlung(water(), kinetic, cut);
      const double mean_photon = moment(kinetic, cut, 0) / moment(kinetic, cut, -1);
      EXPECT_NEAR((split.soft_loss + split.hard_rate * mean_photon) / total, 1.0, 1e-3) << kinetic << ' ' << cut;
      EXPECT_GT(split.soft_loss, soft_before);
      soft_before = split.soft_loss;
    }
  }
}

TEST(Bremsstrahlung, is_all_soft_where_the_cut_is_not_below_the_electron) {
  const BremsstrahlungSplit split = split_bremsstrahlung(water(), 0.04, 0.05);
  EXPECT_EQ(split.hard_rate, 0.0);
  EXPECT_DOUBLE_EQ(split.soft_loss, radiative_stopping_power(water(), 0.04));
  EXPECT_TRUE(bremsstrahlung_quantiles(0.04, 0.05, 65).empty());
}

TEST(Bremsstrahlung, quantiles_divide_the_spectrum_evenly) {
  constexpr int count = 17;
  for (const double kinetic : {0.3, 3.0, 15.0}) {
    const double cut = 0.05;
    const std::vector<float> quantile = bremsstrahlung_quantiles(kinetic, cut, count);
    ASSERT_EQ(quantile.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(quantile.front(), 0.0F);
    EXPECT_NEAR(quantile.back(), 1.0F, 1e-3);
    const double all = moment(kinetic, cut, -1);
    for (int i = 1; i < count - 1; ++i) {
      const double photon = cut * std::pow(kinetic / cut, static_cast<double>(quantile[static_cast<std::size_t>(i)]));
      EXPECT_NEAR(1.0 - moment(kinetic, photon, -1) / all, static_cast<double>(i) / (count - 1), 1e-3)
          << kinetic << ' ' << i;
    }
  }
}

}  // namespace
}  // namespace xingu::mc
