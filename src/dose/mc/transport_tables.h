// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "dose/attenuation.h"
#include "dose/mc/elastic_scattering.h"
#include "dose/mc/stopping_power.h"

namespace xingu::mc {

/// Nodes at equal steps of the logarithm.
struct LogGrid {
  double low = 0.0;
  double high = 0.0;
  int count = 0;

  LogGrid() = default;
  LogGrid(double low_value, double high_value, int num)
      : low(low_value),
        high(high_value),
        count(num),
        log_low_(std::log(static_cast<float>(low_value))),
        nodes_per_log_(static_cast<float>((num - 1) / std::log(high_value / low_value))) {}

  struct Place {
    int node;    ///< 0 … count − 2
    float part;  ///< 0 at the node, 1 at the next
  };
  /// Values outside are taken to the ends.
  [[nodiscard]] Place place(float value) const {
    const float x = (std::log(value) - log_low_) * nodes_per_log_;
    const int node = static_cast<int>(x) < 0 ? 0 : static_cast<int>(x) > count - 2 ? count - 2 : static_cast<int>(x);
    const float part = x - static_cast<float>(node);
    return {node, part < 0.0F ? 0.0F : part > 1.0F ? 1.0F : part};
  }
  [[nodiscard]] double value(int node) const { return low * std::exp(std::log(high / low) * node / (count - 1)); }

 private:
  float log_low_ = 0.0F;
  float nodes_per_log_ = 0.0F;
};

/// Where transport ends and how far a step goes. Kinetic energies, MeV.
struct TransportLimits {
  double photon_cut = 0.010;    ///< a photon below gives its energy away where it is
  double electron_cut = 0.200;  ///< likewise an electron; hard collisions set free electrons above it
  double bremsstrahlung_cut = 0.050;
  double highest = 21.0;
  double step_loss = 0.20;        ///< largest share of its energy that an electron loses in a step
  double step_scattering = 0.30;  ///< largest scattering strength G_1 t of a step, in the material where it is largest
};

/// Tables of one charge over the electrons' energies; arrays are [node, material] where not said.
struct ChargedTables {
  std::vector<float> stopping;             ///< restricted: soft collisions and soft photons, MeV/mm at 1 g/cm³
  std::vector<float> collision_rate;       ///< hard collisions per MeV lost
  std::vector<float> bremsstrahlung_rate;  ///< hard photons per MeV lost
  std::vector<float> range;                ///< continuous slowing down to the cut, mm at 1 g/cm³
  std::vector<float> scattering;           ///< strength G_1 t per MeV lost
  std::vector<float> hazard;               ///< [node] ∫ of the highest rate among materials from the node to the top
  std::vector<float> longest_step;         ///< [node] MeV
};

/// What transport needs of the materials of one image: flat arrays, constant, shared by all threads. Cross sections of
/// photons are XCOM's (see PhotonCrossSections, without coherent scattering), stopping powers, hard collisions and
/// deflections as docs/methods/monte-carlo.md says. Cost of building: about half a second a material.
class TransportTables {
 public:
  static constexpr int max_materials = 16;
  static constexpr int num_strengths = 9;         ///< of the deflection tables, each half of the one before
  static constexpr int num_radiation_nodes = 65;  ///< quantiles of a bremsstrahlung spectrum

  /// @throws InputError for a material without the data, or more than max_materials
  TransportTables(const MaterialTable& materials, const PhotonCrossSections& photons,
                  const std::vector<std::string>& names, const TransportLimits& limits);

  int num_materials = 0;
  TransportLimits limits;

  LogGrid photon_energy;
  std::vector<float> attenuation;    ///< [node, material] 1/mm at 1 g/cm³, without coherent scattering
  std::vector<float> compton_share;  ///< [node, material] of the attenuation
  std::vector<float> pair_share;     ///< [node, material] of the attenuation, nuclear and electronic
  std::vector<float>
      transfer_share;  ///< [node, material] mean energy that Compton and photo-electrons take, of the photon's

  LogGrid electron_energy;
  std::vector<float> electron_node;  ///< MeV
  ChargedTables electron;
  ChargedTables positron;

  LogGrid radiation_energy;
  std::vector<float> radiation_quantile;  ///< [node, num_radiation_nodes] see bremsstrahlung_quantiles

  LogGrid deflection_energy;
  float strongest = 0.0F;  ///< strength of the first deflection table
  /// [material, node, strength, 1 + DeflectionTable::num_nodes]: a, then v
  std::vector<float> deflection;
  static constexpr int deflection_stride = 1 + DeflectionTable::num_nodes;

  [[nodiscard]] const ChargedTables& of(Charge charge) const {
    return charge == Charge::electron ? electron : positron;
  }
};

}  // namespace xingu::mc
