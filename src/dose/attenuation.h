// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dose/material_table.h"

namespace xingu {

/// Photon mass cross sections by process, cm²/g, at one energy.
struct ProcessCrossSections {
  double photoelectric = 0.0;
  double incoherent = 0.0;
  double coherent = 0.0;
  double pair_nuclear = 0.0;
  double pair_electron = 0.0;

  /// What attenuates a narrow beam.
  [[nodiscard]] double total() const { return total_without_coherent() + coherent; }
  /// What starts electrons: coherent scattering at MV energies neither loses energy nor leaves the beam noticeably.
  [[nodiscard]] double total_without_coherent() const {
    return photoelectric + incoherent + pair_nuclear + pair_electron;
  }
};

/// Photon mass cross sections of elements and mixtures (NIST XCOM, SRD 8, doi 10.18434/T48G6X), 10 keV to 20 MeV.
///
/// Between the tabulated energies ln σ over ln E follows a monotone cubic (Fritsch and Carlson 1980, in the weighted
/// harmonic form of Fritsch and Butland 1984); pair production is divided by (1 − E₀/E)³ first, E₀ its threshold, which
/// takes out the steep rise (the variable that XCOM itself interpolates in). A mixture is the sum over its elements by
/// mass fraction. Immutable; safe to read concurrently. Cost of a look-up O(log energies) per element.
class PhotonCrossSections {
 public:
  /// Columns element, energy_MeV, photoelectric_cm2_g, incoherent_cm2_g, coherent_cm2_g, pair_nuclear_cm2_g,
  /// pair_electron_cm2_g; energies ascending within an element. @throws InputError otherwise.
  [[nodiscard]] static PhotonCrossSections read(const std::filesystem::path& path);
  [[nodiscard]] static PhotonCrossSections shipped();

  /// Range of all elements, MeV.
  [[nodiscard]] double lowest_MeV() const { return lowest_MeV_; }
  [[nodiscard]] double highest_MeV() const { return highest_MeV_; }
  [[nodiscard]] std::vector<std::string> elements() const;

  /// @throws InputError if the element is not in the table or the energy is outside its range.
  [[nodiscard]] ProcessCrossSections of_element(std::string_view symbol, double energy_MeV) const;
  [[nodiscard]] ProcessCrossSections of(const Material& material, double energy_MeV) const;

 private:
  /// ln of the reduced cross section against ln E, with the slopes of the monotone cubic; empty: the process is absent.
  struct Curve {
    double threshold_MeV = 0.0;
    std::vector<double> log_energy;
    std::vector<double> log_value;
    std::vector<double> slope;

    Curve() = default;
    Curve(std::span<const double> energy_MeV, std::span<const double> value, double threshold);
    [[nodiscard]] double at(double energy_MeV) const;
  };
  struct Element {
    Curve photoelectric, incoherent, coherent, pair_nuclear, pair_electron;
  };

  std::map<std::string, Element, std::less<>> elements_;
  double lowest_MeV_ = 0.0;
  double highest_MeV_ = 0.0;
};

/// Mass attenuation coefficients without coherent scattering of some materials at some energies, [material, energy],
/// cm²/g.
class AttenuationTable {
 public:
  AttenuationTable(const PhotonCrossSections& cross_sections, const MaterialTable& materials,
                   std::span<const std::string> names, std::span<const double> energy_MeV);

  [[nodiscard]] std::size_t num_materials() const { return num_materials_; }
  [[nodiscard]] std::size_t num_energies() const { return energy_MeV_.size(); }
  [[nodiscard]] const std::vector<double>& energy_MeV() const { return energy_MeV_; }
  [[nodiscard]] double at(std::size_t material, std::size_t energy) const {
    return values_[material * energy_MeV_.size() + energy];
  }
  /// All energies of one material, cm²/g.
  [[nodiscard]] std::span<const double> row(std::size_t material) const {
    return std::span(values_).subspan(material * energy_MeV_.size(), energy_MeV_.size());
  }

 private:
  std::size_t num_materials_;
  std::vector<double> energy_MeV_;
  std::vector<double> values_;
};

}  // namespace xingu
