// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// A photon number spectrum in bins; each bin acts as a line at its centre. Weights sum to 1.
struct Spectrum {
  std::string name;
  std::vector<double> energy_MeV;  ///< bin centres, ascending
  std::vector<double> width_MeV;   ///< bin widths, 0 for a line
  std::vector<double> weight;      ///< part of the photon fluence, sums to 1

  [[nodiscard]] std::size_t size() const { return energy_MeV.size(); }
  /// Mean photon energy, MeV.
  [[nodiscard]] double mean_energy_MeV() const;
};

/// Columns energy_lower_MeV, energy_upper_MeV, relative_fluence; bins ascending, not overlapping.
/// @throws InputError for bins that overlap, a negative weight, or no weight at all.
[[nodiscard]] Spectrum read_spectrum(const std::filesystem::path& path);

/// By name ("fff-6mv", "mohan-6mv": data/spectra/NAME.csv) or by path to a file. @throws InputError
[[nodiscard]] Spectrum load_spectrum(std::string_view name_or_path);

/// A single line.
[[nodiscard]] Spectrum monoenergetic(double energy_MeV);

}  // namespace xingu
