// SPDX-License-Identifier: Apache-2.0
#include "dose/spectrum.h"

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "dose/csv_table.h"

namespace xingu {

double Spectrum::mean_energy_MeV() const {
  return std::inner_product(energy_MeV.begin(), energy_MeV.end(), weight.begin(), 0.0);
}

Spectrum read_spectrum(const std::filesystem::path& path) {
  const CsvTable table = CsvTable::read(path);
  const std::vector<double> lower = table.numbers("energy_lower_MeV");
  const std::vector<double> upper = table.numbers("energy_upper_MeV");
  const std::vector<double> fluence = table.numbers("relative_fluence");
  Spectrum spectrum;
  spectrum.name = path.stem().string();
  double sum = 0.0;
  for (std::size_t i = 0; i < fluence.size(); ++i) {
    XINGU_REQUIRE(lower[i] >= 0 && upper[i] > lower[i] && (i == 0 || lower[i] >= upper[i - 1] - 1e-9),
                  "{}: bin {} from {} to {} MeV is empty or overlaps the one before (its fluence would count twice); "
                  "sort the bins and let them touch",
                  table.name(), i + 1, lower[i], upper[i]);
    XINGU_REQUIRE(fluence[i] >= 0, "{}: bin {} has a negative fluence (there are no negative photons); correct it",
                  table.name(), i + 1);
    if (fluence[i] > 0) {
      spectrum.energy_MeV.push_back(0.5 * (lower[i] + upper[i]));
      spectrum.width_MeV.push_back(upper[i] - lower[i]);
      spectrum.weight.push_back(fluence[i]);
      sum += fluence[i];
    }
  }
  XINGU_REQUIRE(sum > 0, "{}: no bin has any fluence (the beam would be dark); give a spectrum", table.name());
  for (double& w : spectrum.weight) {
    w /= sum;
  }
  return spectrum;
}

Spectrum load_spectrum(std::string_view name_or_path) {
  if (name_or_path.ends_with(".csv")) {
    return read_spectrum(find_shipped(name_or_path));
  }
  return read_spectrum(find_shipped(fmt::format("data/spectra/{}.csv", name_or_path)));
}

Spectrum monoenergetic(double energy_MeV) {
  XINGU_REQUIRE(energy_MeV > 0, "a photon energy of {} MeV (it must be positive); give MeV", energy_MeV);
  return {fmt::format("{} MeV", energy_MeV), {energy_MeV}, {0.0}, {1.0}};
}

}  // namespace xingu
