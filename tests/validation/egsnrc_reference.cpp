// SPDX-License-Identifier: Apache-2.0
#include "validation/egsnrc_reference.h"

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace xingu::test {
namespace {

using Row = std::map<std::string, double>;

std::vector<Row> read_csv(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) {
    throw std::runtime_error("cannot read " + path.string());
  }
  std::string line;
  std::getline(in, line);
  std::vector<std::string> names;
  for (std::istringstream header(line); std::getline(header, line, ',');) {
    names.push_back(line);
  }
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    Row row;
    std::istringstream fields(line);
    for (const auto& name : names) {
      std::string field;
      std::getline(fields, field, ',');
      row[name] = std::stod(field);
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

Reference read_reference(const std::filesystem::path& folder, const std::string& name) {
  Reference reference;
  for (const Row& row : read_csv(folder / (name + "_pdd.csv"))) {
    const double dose = row.at("dose_Gy_cm2_per_unit_axis_fluence_at_iso");
    reference.depth_dose.push_back(
        {10 * row.at("z_lo_cm"), 10 * row.at("z_hi_cm"), 0.0, 2.5, dose, dose * 0.01 * row.at("rel_se_hbh_pct")});
  }
  for (const Row& row : read_csv(folder / (name + "_profiles.csv"))) {
    const double dose = row.at("dose_Gy_cm2_per_unit_axis_fluence_at_iso");
    const double surface = row.at("dose_Gy_cm2_per_surface_N_over_A");
    reference.profiles.push_back({10 * row.at("z_lo_cm"), 10 * row.at("z_hi_cm"), 10 * row.at("x_lo_cm"),
                                  10 * row.at("x_hi_cm"), dose, dose * row.at("se_voxel_hbh") / surface});
  }
  return reference;
}

ReferenceSpectrum read_reference_spectrum(const std::filesystem::path& folder) {
  ReferenceSpectrum spectrum;
  for (const Row& row : read_csv(folder / "mohan6.csv")) {
    spectrum.energy_MeV.push_back(row.at("energy_upper_MeV") - 0.125);
    spectrum.weight.push_back(row.at("relative_fluence"));
  }
  return spectrum;
}

MaterialTable materials_of_egsnrc() {
  std::vector<Material> materials = MaterialTable::shipped().materials();
  for (Material& material : materials) {
    if (material.name == "water") {
      material.mean_excitation_eV = 75.0;
    }
  }
  return MaterialTable(std::move(materials));
}

}  // namespace xingu::test
