// SPDX-License-Identifier: Apache-2.0
#include "dose/attenuation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "dose/csv_table.h"

namespace xingu {
namespace {

constexpr double electron_rest_MeV = 0.51099895;
constexpr double pair_threshold_MeV = 2.0 * electron_rest_MeV;
constexpr double triplet_threshold_MeV = 4.0 * electron_rest_MeV;

double cubed(double x) { return x * x * x; }

/// Slopes of the monotone cubic at its knots: the weighted harmonic mean of the neighbouring secants inside, the secant
/// itself at the ends.
std::vector<double> monotone_slopes(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t n = x.size();
  std::vector<double> slope(n, 0.0);
  if (n < 2) {
    return slope;
  }
  std::vector<double> width(n - 1);
  std::vector<double> secant(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    width[i] = x[i + 1] - x[i];
    secant[i] = (y[i + 1] - y[i]) / width[i];
  }
  slope.front() = secant.front();
  slope.back() = secant.back();
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (secant[i - 1] * secant[i] > 0) {
      const double before = 2.0 * width[i] + width[i - 1];
      const double after = width[i] + 2.0 * width[i - 1];
      slope[i] = (before + after) / (before / secant[i - 1] + after / secant[i]);
    }
  }
  return slope;
}

}  // namespace

PhotonCrossSections::Curve::Curve(std::span<const double> energy_MeV, std::span<const double> value, double threshold)
    : threshold_MeV(threshold) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] > 0 && energy_MeV[i] > threshold) {
      log_energy.push_back(std::log(energy_MeV[i]));
      log_value.push_back(std::log(value[i] / cubed(1.0 - threshold / energy_MeV[i])));
    }
  }
  slope = monotone_slopes(log_energy, log_value);
}

double PhotonCrossSections::Curve::at(double energy_MeV) const {
  if (log_energy.empty() || energy_MeV <= threshold_MeV) {
    return 0.0;
  }
  const double x = std::log(energy_MeV);
  const double reduction = cubed(1.0 - threshold_MeV / energy_MeV);
  if (x <= log_energy.front()) {  // between the threshold and the first figure: keep the slope
    return reduction * std::exp(log_value.front() + slope.front() * (x - log_energy.front()));
  }
  const auto upper = std::ranges::upper_bound(log_energy, x);
  if (upper == log_energy.end()) {
    return reduction * std::exp(log_value.back());
  }
  const auto i = static_cast<std::size_t>(upper - log_energy.begin()) - 1;
  const double h = log_energy[i + 1] - log_energy[i];
  const double t = (x - log_energy[i]) / h;
  const double s = 1.0 - t;
  const double y = log_value[i] * s * s * (1.0 + 2.0 * t) + log_value[i + 1] * t * t * (3.0 - 2.0 * t) +
                   h * t * s * (slope[i] * s - slope[i + 1] * t);
  return reduction * std::exp(y);
}

PhotonCrossSections PhotonCrossSections::read(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path);
  const std::size_t element_column = table.column("element");
  const std::vector<double> energy = table.numbers("energy_MeV");
  const std::vector<double> photoelectric = table.numbers("photoelectric_cm2_g");
  const std::vector<double> incoherent = table.numbers("incoherent_cm2_g");
  const std::vector<double> coherent = table.numbers("coherent_cm2_g");
  const std::vector<double> pair_nuclear = table.numbers("pair_nuclear_cm2_g");
  const std::vector<double> pair_electron = table.numbers("pair_electron_cm2_g");
  PhotonCrossSections result;
  for (std::size_t begin = 0; begin < table.num_rows();) {
    const std::string& symbol = table.text(begin, element_column);
    std::size_t end = begin + 1;
    while (end < table.num_rows() && table.text(end, element_column) == symbol) {
      XINGU_REQUIRE(energy[end] > energy[end - 1],
                    "{}: the energies of {} do not ascend (they cannot be interpolated); sort them", table.name(),
                    symbol);
      ++end;
    }
    XINGU_REQUIRE(!result.elements_.contains(symbol),
                  "{}: {} appears twice (which figures hold is unclear); keep its rows together", table.name(), symbol);
    const auto part = [&](const std::vector<double>& v) { return std::span(v).subspan(begin, end - begin); };
    const auto curve = [&](const std::vector<double>& v, double threshold) {
      return Curve(part(energy), part(v), threshold);
    };
    result.elements_[symbol] = {curve(photoelectric, 0.0), curve(incoherent, 0.0), curve(coherent, 0.0),
                                curve(pair_nuclear, pair_threshold_MeV), curve(pair_electron, triplet_threshold_MeV)};
    const bool is_first = result.elements_.size() == 1;
    result.lowest_MeV_ = is_first ? energy[begin] : std::max(result.lowest_MeV_, energy[begin]);
    result.highest_MeV_ = is_first ? energy[end - 1] : std::min(result.highest_MeV_, energy[end - 1]);
    begin = end;
  }
  XINGU_REQUIRE(!result.elements_.empty() && result.lowest_MeV_ < result.highest_MeV_,
                "{}: no element with a range of energies (nothing can be attenuated); restore the file", table.name());
  return result;
}

PhotonCrossSections PhotonCrossSections::shipped() { return read(find_shipped("data/photon_cross_sections.csv")); }

std::vector<std::string> PhotonCrossSections::elements() const {
  std::vector<std::string> result;
  for (const auto& [symbol, element] : elements_) {
    result.push_back(symbol);
  }
  return result;
}

ProcessCrossSections PhotonCrossSections::of_element(std::string_view symbol, double energy_MeV) const {
  const auto it = elements_.find(symbol);
  XINGU_REQUIRE(
      it != elements_.end(),
      "photon cross sections: no figures for the element '{}' (a material cannot be attenuated without); use {}",
      symbol, fmt::join(elements(), ", "));
  XINGU_REQUIRE(energy_MeV >= lowest_MeV_ && energy_MeV <= highest_MeV_,
                "photon cross sections: {} MeV is outside {} to {} MeV (no figures there); use energies inside",
                energy_MeV, lowest_MeV_, highest_MeV_);
  const Element& e = it->second;
  return {e.photoelectric.at(energy_MeV), e.incoherent.at(energy_MeV), e.coherent.at(energy_MeV),
          e.pair_nuclear.at(energy_MeV), e.pair_electron.at(energy_MeV)};
}

ProcessCrossSections PhotonCrossSections::of(const Material& material, double energy_MeV) const {
  ProcessCrossSections sum;
  for (const Material::Part& part : material.composition) {
    const ProcessCrossSections element = of_element(part.element, energy_MeV);
    sum.photoelectric += part.mass_fraction * element.photoelectric;
    sum.incoherent += part.mass_fraction * element.incoherent;
    sum.coherent += part.mass_fraction * element.coherent;
    sum.pair_nuclear += part.mass_fraction * element.pair_nuclear;
    sum.pair_electron += part.mass_fraction * element.pair_electron;
  }
  return sum;
}

AttenuationTable::AttenuationTable(const PhotonCrossSections& cross_sections, const MaterialTable& materials,
                                   std::span<const std::string> names, std::span<const double> energy_MeV)
    : num_materials_(names.size()), energy_MeV_(energy_MeV.begin(), energy_MeV.end()) {
  values_.reserve(names.size() * energy_MeV.size());
  for (const std::string& name : names) {
    const Material& material = materials.at(name);
    for (const double energy : energy_MeV) {
      values_.push_back(cross_sections.of(material, energy).total_without_coherent());
    }
  }
}

}  // namespace xingu
