// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/transport_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "dose/mc/bremsstrahlung.h"
#include "dose/mc/constants.h"
#include "dose/mc/electron_interactions.h"
#include "dose/mc/elements.h"
#include "dose/mc/photon_interactions.h"

namespace xingu::mc {
namespace {

constexpr int num_photon_nodes = 1024;
constexpr int num_electron_nodes = 400;
constexpr int num_radiation_energies = 48;
constexpr int num_deflection_energies = 40;
constexpr double per_mm = 0.1;  // 1/cm to 1/mm

std::size_t at(int node, int material, int num_materials) {
  return static_cast<std::size_t>(node) * static_cast<std::size_t>(num_materials) + static_cast<std::size_t>(material);
}

/// Rate of hard collisions, cm²/g.
double collision_rate(const Material& material, double kinetic_MeV, double cut_MeV, Charge charge) {
  const double t = kinetic_MeV / electron_rest_MeV;
  const double beta2 = t * (t + 2.0) / ((t + 1.0) * (t + 1.0));
  const double integral = charge == Charge::electron ? hard_collision_integral(kinetic_MeV, cut_MeV, 0.5, moller_shape)
                                                     : hard_collision_integral(kinetic_MeV, cut_MeV, 1.0, bhabha_shape);
  return loss_scale * electrons_per_mass(material) / (beta2 * kinetic_MeV) * integral;
}

void fill_photons(TransportTables& tables, const std::vector<Material>& materials, const PhotonCrossSections& photons) {
  const int n = tables.num_materials;
  const std::size_t size = static_cast<std::size_t>(num_photon_nodes) * static_cast<std::size_t>(n);
  for (std::vector<float>* array :
       {&tables.attenuation, &tables.compton_share, &tables.pair_share, &tables.transfer_share}) {
    array->resize(size);
  }
  parallel_for(num_photon_nodes, [&](std::size_t i) {
    const int node = static_cast<int>(i);
    const double energy = std::min(tables.photon_energy.value(node), photons.highest_MeV());
    const double compton_part = compton_transfer_share(energy);
    for (int m = 0; m < n; ++m) {
      const ProcessCrossSections of = photons.of(materials[static_cast<std::size_t>(m)], energy);
      const double total = of.total_without_coherent();
      const std::size_t k = at(node, m, n);
      tables.attenuation[k] = static_cast<float>(per_mm * total);
      tables.compton_share[k] = static_cast<float>(of.incoherent / total);
      tables.pair_share[k] = static_cast<float>((of.pair_nuclear + of.pair_electron) / total);
      tables.transfer_share[k] = static_cast<float>((of.incoherent * compton_part + of.photoelectric) / total);
    }
  });
}

void fill_charged(ChargedTables& charged, const TransportTables& tables, const std::vector<Material>& materials,
                  Charge charge) {
  const int n = tables.num_materials;
  const std::size_t size = static_cast<std::size_t>(num_electron_nodes) * static_cast<std::size_t>(n);
  for (std::vector<float>* array : {&charged.stopping, &charged.collision_rate, &charged.bremsstrahlung_rate,
                                    &charged.range, &charged.scattering}) {
    array->resize(size);
  }
  parallel_for(static_cast<std::size_t>(n), [&](std::size_t i) {
    const Material& material = materials[i];
    const int m = static_cast<int>(i);
    const CollisionStoppingPower collisions(material);
    double range = 0.0;
    double before = 0.0;
    for (int node = 0; node < num_electron_nodes; ++node) {
      const double kinetic = tables.electron_energy.value(node);
      const BremsstrahlungSplit radiation = split_bremsstrahlung(material, kinetic, tables.limits.bremsstrahlung_cut);
      const double stopping = collisions.restricted(kinetic, tables.limits.electron_cut, charge) + radiation.soft_loss;
      const std::size_t k = at(node, m, n);
      charged.stopping[k] = static_cast<float>(per_mm * stopping);
      charged.collision_rate[k] =
          static_cast<float>(collision_rate(material, kinetic, tables.limits.electron_cut, charge) / stopping);
      charged.bremsstrahlung_rate[k] = static_cast<float>(radiation.hard_rate / stopping);
      charged.scattering[k] =
          static_cast<float>(transport_coefficient(material, kinetic, tables.limits.electron_cut) / stopping);
      if (node > 0) {
        range += 0.5 * (kinetic - tables.electron_energy.value(node - 1)) * (1.0 / before + 1.0 / stopping);
      }
      before = stopping;
      charged.range[k] = static_cast<float>(range / per_mm);
    }
  });
}

/// What all materials share: the highest rate of hard events and the shortest of the longest steps.
void fill_shared(ChargedTables& charged, const TransportTables& tables) {
  constexpr double margin = 1.01;  // rates between nodes must not exceed the bound
  const int n = tables.num_materials;
  const auto count = static_cast<std::size_t>(num_electron_nodes);
  std::vector<double> highest(count, 0.0);
  charged.longest_step.resize(count);
  charged.hazard.assign(count, 0.0F);
  for (int node = 0; node < num_electron_nodes; ++node) {
    const auto i = static_cast<std::size_t>(node);
    const double kinetic = tables.electron_energy.value(node);
    double step = tables.limits.step_loss * kinetic;
    for (int m = 0; m < n; ++m) {
      const std::size_t k = at(node, m, n);
      highest[i] = std::max(highest[i],
                            margin * static_cast<double>(charged.collision_rate[k] + charged.bremsstrahlung_rate[k]));
      step = std::min(step, tables.limits.step_scattering / static_cast<double>(charged.scattering[k]));
    }
    charged.longest_step[i] = static_cast<float>(step);
  }
  for (int node = num_electron_nodes - 2; node >= 0; --node) {
    const auto i = static_cast<std::size_t>(node);
    const double sum = static_cast<double>(charged.hazard[i + 1]) +
                       (tables.electron_energy.value(node + 1) - tables.electron_energy.value(node)) *
                           std::max(highest[i], highest[i + 1]);
    // Rounded up: where hard events are rare, a rounding of the sum is more than the margin.
    const auto nearest = static_cast<float>(sum);
    charged.hazard[i] =
        static_cast<double>(nearest) < sum ? std::nextafter(nearest, std::numeric_limits<float>::infinity()) : nearest;
  }
}

void fill_radiation(TransportTables& tables) {
  tables.radiation_quantile.resize(static_cast<std::size_t>(num_radiation_energies) *
                                   TransportTables::num_radiation_nodes);
  parallel_for(num_radiation_energies, [&](std::size_t i) {
    const double kinetic =
        std::max(tables.radiation_energy.value(static_cast<int>(i)), 1.0001 * tables.limits.bremsstrahlung_cut);
    const std::vector<float> quantiles =
        bremsstrahlung_quantiles(kinetic, tables.limits.bremsstrahlung_cut, TransportTables::num_radiation_nodes);
    std::ranges::copy(quantiles, tables.radiation_quantile.begin() +
                                     static_cast<std::ptrdiff_t>(i * TransportTables::num_radiation_nodes));
  });
}

void fill_deflections(TransportTables& tables, const std::vector<Material>& materials) {
  constexpr double reserve = 1.6;  // strength is taken in the middle of a step, where it is above that of its start
  tables.strongest = static_cast<float>(reserve * tables.limits.step_scattering);
  const std::size_t num = materials.size() * num_deflection_energies;
  constexpr auto stride = static_cast<std::size_t>(TransportTables::deflection_stride);
  tables.deflection.resize(num * TransportTables::num_strengths * stride);
  parallel_for(num, [&](std::size_t i) {
    const Material& material = materials[i / num_deflection_energies];
    const double kinetic = tables.deflection_energy.value(static_cast<int>(i % num_deflection_energies));
    const ElasticScattering scattering(material, kinetic, tables.limits.electron_cut);
    double strength = static_cast<double>(tables.strongest);
    for (std::size_t s = 0; s < TransportTables::num_strengths; ++s, strength *= 0.5) {
      const DeflectionTable table = deflection_after(scattering, strength / scattering.transport());
      float* flat = &tables.deflection[(i * TransportTables::num_strengths + s) * stride];
      flat[0] = table.a;
      std::ranges::copy(table.v, flat + 1);
    }
  });
}

}  // namespace

TransportTables::TransportTables(const MaterialTable& materials, const PhotonCrossSections& photons,
                                 const std::vector<std::string>& names, const TransportLimits& transport_limits)
    : num_materials(static_cast<int>(names.size())), limits(transport_limits) {
  XINGU_REQUIRE(!names.empty() && names.size() <= max_materials,
                "{} materials (Monte Carlo takes 1 to {}); merge some of them", names.size(), max_materials);
  XINGU_REQUIRE(limits.photon_cut >= photons.lowest_MeV(),
                "a photon cut of {} MeV (the data begin at {} MeV); raise it", limits.photon_cut, photons.lowest_MeV());
  std::vector<Material> used;
  for (const std::string& name : names) {
    used.push_back(materials.at(name));
  }
  photon_energy = LogGrid(limits.photon_cut, limits.highest, num_photon_nodes);
  electron_energy = LogGrid(limits.electron_cut, limits.highest, num_electron_nodes);
  radiation_energy =
      LogGrid(std::max(limits.electron_cut, limits.bremsstrahlung_cut), limits.highest, num_radiation_energies);
  deflection_energy = LogGrid(0.8 * limits.electron_cut, limits.highest, num_deflection_energies);
  for (int node = 0; node < num_electron_nodes; ++node) {
    electron_node.push_back(static_cast<float>(electron_energy.value(node)));
  }
  fill_photons(*this, used, photons);
  for (const Charge charge : {Charge::electron, Charge::positron}) {
    ChargedTables& charged = charge == Charge::electron ? electron : positron;
    fill_charged(charged, *this, used, charge);
    fill_shared(charged, *this);
  }
  fill_radiation(*this);
  fill_deflections(*this, used);
}

}  // namespace xingu::mc
