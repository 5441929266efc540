// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/bremsstrahlung.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"
#include "dose/mc/elements.h"

namespace xingu::mc {
namespace {

/// Scaled radiative loss φ of light elements against kinetic energy, from the radiative stopping power of water.
double scaled_loss(double kinetic_MeV) {
  constexpr std::array<double, 6> energy = {0.01, 0.1, 1.0, 2.0, 5.0, 10.0};
  constexpr std::array<double, 6> value = {5.33, 5.55, 5.75, 7.24, 9.96, 11.84};
  if (kinetic_MeV <= energy.front()) {
    return value.front();
  }
  const auto above = std::ranges::upper_bound(energy, kinetic_MeV);
  const auto i = std::clamp<std::ptrdiff_t>(above - energy.begin(), 1, std::ssize(energy) - 1);
  const auto k = static_cast<std::size_t>(i);
  const double part = std::log(kinetic_MeV / energy[k - 1]) / std::log(energy[k] / energy[k - 1]);
  return value[k - 1] + part * (value[k] - value[k - 1]);
}

/// Integrals over ln k of the shape from `low` to the end of the spectrum: of k dσ/dk (photons) and of k² dσ/dk
/// (energy).
struct Integrals {
  double photons = 0.0;
  double energy = 0.0;
};
Integrals integrate(double kinetic_MeV, double low_MeV) {
  Integrals result;
  if (!(low_MeV < kinetic_MeV)) {
    return result;
  }
  constexpr int num = 400;
  const double step = std::log(kinetic_MeV / low_MeV) / num;
  for (int i = 0; i < num; ++i) {
    const double k = low_MeV * std::exp((i + 0.5) * step);
    const double shape = bremsstrahlung_shape(kinetic_MeV, k);
    result.photons += shape * step;
    result.energy += shape * k * step;
  }
  return result;
}

}  // namespace

double bremsstrahlung_shape(double kinetic_MeV, double photon_MeV) {
  const double e0 = 1.0 + kinetic_MeV / electron_rest_MeV;
  const double k = photon_MeV / electron_rest_MeV;
  const double e = e0 - k;
  if (!(e > 1.0) || !(k > 0.0)) {
    return 0.0;
  }
  const double p0 = std::sqrt(e0 * e0 - 1.0);
  const double p = std::sqrt(e * e - 1.0);
  const double log0 = 2.0 * std::log(e0 + p0);
  const double log1 = 2.0 * std::log(e + p);
  const double both = 2.0 * std::log((e0 * e + p0 * p - 1.0) / k);
  const double pp = p0 * p;
  const double bracket = 4.0 / 3.0 - 2.0 * e0 * e * (p * p + p0 * p0) / (pp * pp) + log0 * e / (p0 * p0 * p0) +
                         log1 * e0 / (p * p * p) - log0 * log1 / pp +
                         both * (8.0 / 3.0 * e0 * e / pp + k * k * (e0 * e0 * e * e + pp * pp) / (pp * pp * pp) +
                                 k / (2.0 * pp) *
                                     ((e0 * e + p0 * p0) / (p0 * p0 * p0) * log0 -
                                      (e0 * e + p * p) / (p * p * p) * log1 + 2.0 * k * e0 * e / (pp * pp)));
  return std::max(0.0, p / p0 * bracket);
}

double radiative_stopping_power(const Material& material, double kinetic_MeV) {
  double sum = 0.0;
  for (const Material::Part& part : material.composition) {
    const Element& element = element_data(part.element);
    sum += part.mass_fraction * element.atomic_number * (element.atomic_number + 1.0) / element.atomic_mass;
  }
  return fine_structure * classical_radius_cm * classical_radius_cm * avogadro * sum *
         (kinetic_MeV + electron_rest_MeV) * scaled_loss(kinetic_MeV);
}

BremsstrahlungSplit split_bremsstrahlung(const Material& material, double kinetic_MeV, double cut_MeV) {
  constexpr double lowest_share = 1e-5;  // of the energy: what softer photons carry does not matter
  const double total = radiative_stopping_power(material, kinetic_MeV);
  const Integrals all = integrate(kinetic_MeV, lowest_share * kinetic_MeV);
  const Integrals hard = integrate(kinetic_MeV, cut_MeV);
  const double scale = total / all.energy;
  return {total - scale * hard.energy, scale * hard.photons};
}

std::vector<float> bremsstrahlung_quantiles(double kinetic_MeV, double cut_MeV, int count) {
  if (!(cut_MeV < kinetic_MeV)) {
    return {};
  }
  constexpr int num = 2000;
  std::vector<double> cumulative(num + 1, 0.0);
  const double step = std::log(kinetic_MeV / cut_MeV) / num;
  for (int i = 0; i < num; ++i) {
    cumulative[static_cast<std::size_t>(i) + 1] =
        cumulative[static_cast<std::size_t>(i)] +
        bremsstrahlung_shape(kinetic_MeV, cut_MeV * std::exp((i + 0.5) * step)) * step;
  }
  XINGU_ENSURE(cumulative.back() > 0);
  std::vector<float> quantiles(static_cast<std::size_t>(count));
  std::size_t cell = 0;
  for (int q = 0; q < count; ++q) {
    const double wanted = cumulative.back() * q / (count - 1);
    while (cell + 1 < num && cumulative[cell + 1] < wanted) {
      ++cell;
    }
    const double width = cumulative[cell + 1] - cumulative[cell];
    const double part = width > 0 ? std::clamp((wanted - cumulative[cell]) / width, 0.0, 1.0) : 0.0;
    quantiles[static_cast<std::size_t>(q)] = static_cast<float>((static_cast<double>(cell) + part) / num);
  }
  return quantiles;
}

}  // namespace xingu::mc
