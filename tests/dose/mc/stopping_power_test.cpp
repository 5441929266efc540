// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/stopping_power.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"
#include "dose/mc/elements.h"

namespace xingu::mc {
namespace {

Material water_with_75_eV() {
  Material water = MaterialTable::shipped().at("water");
  water.mean_excitation_eV = 75.0;
  return water;
}

TEST(CollisionStoppingPower, of_electrons_in_water_is_that_of_ICRU_37) {
  // ICRU Report 37, table 8.1 (I = 75.0 eV), as printed with NIST ESTAR: MeV cm²/g.
  const CollisionStoppingPower water(water_with_75_eV());
  struct Row {
    double kinetic_MeV, value;
  };
  for (const Row& row : {Row{0.1, 4.115}, Row{0.2, 2.793}, Row{0.5, 2.034}, Row{1.0, 1.849}, Row{2.0, 1.824},
                         Row{4.0, 1.870}, Row{6.0, 1.911}, Row{10.0, 1.968}}) {
    EXPECT_NEAR(water.unrestricted(row.kinetic_MeV, Charge::electron) / row.value, 1.0, 0.0005) << row.kinetic_MeV;
  }
}

TEST(CollisionStoppingPower, of_electrons_in_air_is_that_of_ICRU_37) {
  const CollisionStoppingPower air(MaterialTable::shipped().at("air"));
  EXPECT_NEAR(air.unrestricted(1.0, Charge::electron) / 1.661, 1.0, 0.003);
}

/// Energy lost to transfers between the cuts, by numerical integration of Møller's cross section.
double lost_between(double kinetic_MeV, double low_MeV, double high_MeV, double electrons) {
  const double t = kinetic_MeV / electron_rest_MeV;
  const double g2 = (t + 1.0) * (t + 1.0);
  const double beta2 = t * (t + 2.0) / g2;
  constexpr int num = 20000;
  double sum = 0.0;
  for (int i = 0; i < num; ++i) {
    const double w = low_MeV + (high_MeV - low_MeV) * (i + 0.5) / num;
    const double e = w / kinetic_MeV;
    const double shape =
        1.0 / (e * e) + 1.0 / ((1.0 - e) * (1.0 - e)) + t * t / g2 - (2.0 * t + 1.0) / (g2 * e * (1.0 - e));
    sum += w * shape / (kinetic_MeV * kinetic_MeV);
  }
  return loss_scale * electrons / beta2 * sum * (high_MeV - low_MeV) / num;
}

TEST(CollisionStoppingPower, grows_with_its_cut_by_what_moller_collisions_between_the_cuts_lose) {
  const Material material = MaterialTable::shipped().at("water");
  const CollisionStoppingPower water(material);
  for (const double kinetic : {0.5, 2.0, 10.0}) {
    const double difference =
        water.restricted(kinetic, 0.2, Charge::electron) - water.restricted(kinetic, 0.02, Charge::electron);
    EXPECT_NEAR(difference / lost_between(kinetic, 0.02, 0.2, electrons_per_mass(material)), 1.0, 1e-5) << kinetic;
  }
}

TEST(CollisionStoppingPower, of_positrons_is_lower_at_high_and_higher_at_low_energies) {
  const CollisionStoppingPower water(MaterialTable::shipped().at("water"));
  EXPECT_GT(water.unrestricted(0.1, Charge::positron), water.unrestricted(0.1, Charge::electron));
  EXPECT_LT(water.unrestricted(5.0, Charge::positron), water.unrestricted(5.0, Charge::electron));
}

TEST(DensityEffect, approaches_its_limit_at_high_energy_and_vanishes_in_air_at_low) {
  const MaterialTable materials = MaterialTable::shipped();
  const Material water = water_with_75_eV();
  const DensityEffect effect(water);
  const double kinetic = 5000.0;
  const double gamma = 1.0 + kinetic / electron_rest_MeV;
  const double limit =
      2.0 * std::log(effect.plasma_energy() / *water.mean_excitation_eV * std::sqrt(gamma * gamma - 1.0)) - 1.0;
  EXPECT_NEAR(effect.correction(kinetic), limit, 1e-3);
  EXPECT_NEAR(effect.plasma_energy(), 21.469, 0.01);  // Sternheimer et al. 1984, liquid water
  EXPECT_EQ(DensityEffect(materials.at("air")).correction(1.0), 0.0);
}

TEST(DensityEffect, refuses_a_material_without_mean_excitation_energy) {
  Material bare = MaterialTable::shipped().at("water");
  bare.mean_excitation_eV.reset();
  EXPECT_THROW(DensityEffect{bare}, InputError);
}

}  // namespace
}  // namespace xingu::mc
