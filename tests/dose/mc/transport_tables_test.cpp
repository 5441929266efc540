// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/transport_tables.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.h"
#include "dose/mc/photon_interactions.h"

namespace xingu::mc {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const TransportTables& water_and_bone() {
  static const TransportTables tables(MaterialTable::shipped(), PhotonCrossSections::shipped(),
                                      {"water", "cortical_bone"}, TransportLimits{});
  return tables;
}

std::size_t cell(const TransportTables& tables, int node, int material) {
  return static_cast<std::size_t>(node * tables.num_materials + material);
}

double rounded(float x) { return static_cast<double>(x); }

TEST(LogGrid, places_values_between_its_nodes_and_takes_others_to_the_ends) {
  const LogGrid grid(0.01, 20.0, 100);
  EXPECT_DOUBLE_EQ(grid.value(0), 0.01);
  EXPECT_NEAR(grid.value(99), 20.0, 1e-12);
  const LogGrid::Place middle = grid.place(static_cast<float>(std::sqrt(grid.value(41) * grid.value(42))));
  EXPECT_EQ(middle.node, 41);
  EXPECT_NEAR(middle.part, 0.5F, 1e-3F);
  EXPECT_EQ(grid.place(0.001F).node, 0);
  EXPECT_EQ(grid.place(0.001F).part, 0.0F);
  EXPECT_EQ(grid.place(100.0F).node, 98);
  EXPECT_EQ(grid.place(100.0F).part, 1.0F);
}

TEST(TransportTables, hold_the_cross_sections_of_photons) {
  const TransportTables& tables = water_and_bone();
  const PhotonCrossSections photons = PhotonCrossSections::shipped();
  const MaterialTable materials = MaterialTable::shipped();
  for (const int node : {0, 250, 600, 900}) {
    const double energy = tables.photon_energy.value(node);
    for (int m = 0; m < 2; ++m) {
      const ProcessCrossSections of = photons.of(materials.at(m == 0 ? "water" : "cortical_bone"), energy);
      const std::size_t k = cell(tables, node, m);
      EXPECT_NEAR(10.0 * rounded(tables.attenuation[k]) / of.total_without_coherent(), 1.0, 1e-6);
      const double compton = rounded(tables.compton_share[k]);
      const double pair = rounded(tables.pair_share[k]);
      EXPECT_NEAR(1.0 - compton - pair, of.photoelectric / of.total_without_coherent(), 1e-6);
      EXPECT_NEAR(rounded(tables.transfer_share[k]),
                  compton * compton_transfer_share(energy) + of.photoelectric / of.total_without_coherent(), 1e-6);
    }
  }
}

TEST(TransportTables, have_ranges_that_are_integrals_of_the_slowing_down) {
  const TransportTables& tables = water_and_bone();
  for (const Charge charge : {Charge::electron, Charge::positron}) {
    const ChargedTables& charged = tables.of(charge);
    for (int m = 0; m < 2; ++m) {
      const int node = 310;
      const double top = tables.electron_energy.value(node);
      constexpr int num = 20000;
      double range = 0.0;
      const double step = (top - tables.limits.electron_cut) / num;
      for (int i = 0; i < num; ++i) {
        const LogGrid::Place at =
            tables.electron_energy.place(static_cast<float>(tables.limits.electron_cut + (i + 0.5) * step));
        const double low = rounded(charged.stopping[cell(tables, at.node, m)]);
        const double high = rounded(charged.stopping[cell(tables, at.node + 1, m)]);
        range += step / (low + rounded(at.part) * (high - low));
      }
      EXPECT_NEAR(rounded(charged.range[cell(tables, node, m)]) / range, 1.0, 1e-4);
    }
  }
}

TEST(TransportTables, bound_the_rate_of_hard_events_of_every_material) {
  const TransportTables& tables = water_and_bone();
  for (const Charge charge : {Charge::electron, Charge::positron}) {
    const ChargedTables& charged = tables.of(charge);
    EXPECT_EQ(charged.hazard.back(), 0.0F);
    for (int node = 0; node + 1 < tables.electron_energy.count; ++node) {
      const auto i = static_cast<std::size_t>(node);
      const double slope = rounded(charged.hazard[i] - charged.hazard[i + 1]) /
                           rounded(tables.electron_node[i + 1] - tables.electron_node[i]);
      EXPECT_GE(slope, 0.0);
      for (int m = 0; m < 2; ++m) {
        for (const int end : {node, node + 1}) {
          const std::size_t k = cell(tables, end, m);
          EXPECT_GE(slope * (1.0 + 1e-3), rounded(charged.collision_rate[k] + charged.bremsstrahlung_rate[k]));
        }
      }
    }
  }
}

TEST(TransportTables, know_no_collisions_of_electrons_below_twice_the_cut) {
  const TransportTables& tables = water_and_bone();
  for (int node = 0; node < tables.electron_energy.count; ++node) {
    const double kinetic = tables.electron_energy.value(node);
    const bool is_possible = kinetic > 2.0 * tables.limits.electron_cut;
    EXPECT_EQ(tables.electron.collision_rate[cell(tables, node, 0)] > 0.0F, is_possible) << kinetic;
    EXPECT_EQ(tables.positron.collision_rate[cell(tables, node, 0)] > 0.0F, node > 0) << kinetic;
  }
}

TEST(TransportTables, keep_steps_within_their_limits_in_the_material_that_scatters_most) {
  const TransportTables& tables = water_and_bone();
  for (int node = 0; node < tables.electron_energy.count; ++node) {
    const double step = rounded(tables.electron.longest_step[static_cast<std::size_t>(node)]);
    EXPECT_LE(step, tables.limits.step_loss * tables.electron_energy.value(node) * (1.0 + 1e-6));
    double strongest = 0.0;
    for (int m = 0; m < 2; ++m) {
      strongest = std::max(strongest, step * rounded(tables.electron.scattering[cell(tables, node, m)]));
    }
    EXPECT_LE(strongest, tables.limits.step_scattering * (1.0 + 1e-6));
    EXPECT_LE(strongest, rounded(tables.strongest));
  }
}

TEST(TransportTables, refuse_what_they_cannot_hold) {
  const MaterialTable materials = MaterialTable::shipped();
  const PhotonCrossSections photons = PhotonCrossSections::shipped();
  const auto build = [&](const std::vector<std::string>& names, const TransportLimits& limits) {
    return [&materials, &photons, names, limits] { TransportTables(materials, photons, names, limits); };
  };
  EXPECT_THAT(build({}, {}), ThrowsMessage<InputError>(HasSubstr("takes 1 to 16")));
  EXPECT_THAT(build(std::vector<std::string>(17, "water"), {}), ThrowsMessage<InputError>(HasSubstr("17 materials")));
  EXPECT_THAT(build({"wter"}, {}), ThrowsMessage<InputError>(HasSubstr("water")));
  TransportLimits low;
  low.photon_cut = 0.001;
  EXPECT_THAT(build({"water"}, low), ThrowsMessage<InputError>(HasSubstr("raise it")));
}

}  // namespace
}  // namespace xingu::mc
