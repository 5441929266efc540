// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/stopping_power.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"
#include "dose/mc/elements.h"

namespace xingu::mc {
namespace {

/// The x in [low, high] where an increasing function crosses zero.
template <class Function>
double bisect(double low, double high, Function&& increasing) {
  for (int i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    (increasing(middle) < 0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// F⁻ of the restricted formula, energies in units of the rest energy.
double electron_term(double t, double cut, double beta2) {
  return -1.0 - beta2 + std::log((t - cut) * cut) + t / (t - cut) +
         (0.5 * cut * cut + (2.0 * t + 1.0) * std::log(1.0 - cut / t)) / ((t + 1.0) * (t + 1.0));
}

/// F⁺ of the restricted formula.
double positron_term(double t, double cut, double beta2) {
  const double y = 1.0 / (t + 2.0);
  const double c2 = cut * cut;
  const double c3 = c2 * cut;
  return std::log(t * cut) - beta2 / t *
                                 (t + 2.0 * cut - 1.5 * c2 * y - (cut - c3 / 3.0) * y * y -
                                  (0.5 * c2 - t * c3 / 3.0 + 0.25 * c2 * c2) * y * y * y);
}

}  // namespace

double mean_excitation(const Material& material) {
  XINGU_REQUIRE(material.mean_excitation_eV.has_value(),
                "material '{}' has no mean_excitation_eV (Monte Carlo needs it for stopping powers and scattering); "
                "add it to its "
                "table",
                material.name);
  return *material.mean_excitation_eV;
}

DensityEffect::DensityEffect(const Material& material) {
  const double z_over_a = electrons_per_mass(material);
  // hν_p = 28.816 eV √(ρ Z/A): ħ ω_p of the medium's electrons.
  plasma_energy_ = 28.816 * std::sqrt(material.density_g_cm3 * z_over_a);
  struct Shell {
    double strength, energy;
  };
  std::vector<Shell> shells;
  for (const Material::Part& part : material.composition) {
    const Element& element = element_data(part.element);
    for (const Element::Shell& shell : element.shells) {
      shells.push_back(
          {part.mass_fraction * shell.electrons / element.atomic_mass / z_over_a, shell.binding_eV / plasma_energy_});
    }
  }
  const double log_mean = std::log(mean_excitation(material) / plasma_energy_);
  const double log_factor = bisect(std::log(1e-3), std::log(1e3), [&](double x) {
    double sum = 0.0;
    for (const Shell& shell : shells) {
      const double level = std::exp(x) * shell.energy;
      sum += 0.5 * shell.strength * std::log(level * level + 2.0 / 3.0 * shell.strength);
    }
    return sum - log_mean;
  });
  for (const Shell& shell : shells) {
    const double level = std::exp(log_factor) * shell.energy;
    levels_.push_back({shell.strength, level * level});
  }
}

double DensityEffect::correction(double kinetic_MeV) const {
  const double gamma = 1.0 + kinetic_MeV / electron_rest_MeV;
  const double momentum2 = gamma * gamma - 1.0;  // (p/mc)², = 1/(1/β² − 1)
  const auto excess = [&](double l2) {
    double sum = 0.0;
    for (const Level& level : levels_) {
      sum += level.strength / (level.energy2 + l2);
    }
    return 1.0 / momentum2 - sum;
  };
  if (excess(0.0) >= 0.0) {
    return 0.0;
  }
  const double l2 = bisect(0.0, momentum2, excess);
  double delta = 0.0;
  for (const Level& level : levels_) {
    delta += level.strength * std::log1p(l2 / (level.energy2 + 2.0 / 3.0 * level.strength));
  }
  return std::max(0.0, delta - l2 / (gamma * gamma));
}

CollisionStoppingPower::CollisionStoppingPower(const Material& material)
    : electrons_per_mass_(electrons_per_mass(material)),
      mean_excitation_MeV_(1e-6 * mean_excitation(material)),
      density_effect_(material) {}

double CollisionStoppingPower::restricted(double kinetic_MeV, double cut_MeV, Charge charge) const {
  const double t = kinetic_MeV / electron_rest_MeV;
  const double beta2 = t * (t + 2.0) / ((t + 1.0) * (t + 1.0));
  const double limit = charge == Charge::electron ? 0.5 * t : t;
  const double cut = std::min(cut_MeV / electron_rest_MeV, limit);
  const double term = charge == Charge::electron ? electron_term(t, cut, beta2) : positron_term(t, cut, beta2);
  const double ratio = mean_excitation_MeV_ / electron_rest_MeV;
  return loss_scale * electrons_per_mass_ / beta2 *
         (std::log(2.0 * (t + 2.0) / (ratio * ratio)) + term - density_effect_.correction(kinetic_MeV));
}

double CollisionStoppingPower::unrestricted(double kinetic_MeV, Charge charge) const {
  return restricted(kinetic_MeV, kinetic_MeV, charge);
}

}  // namespace xingu::mc
