// SPDX-License-Identifier: Apache-2.0
#include "dose/material_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/toml_file.h"

namespace xingu {
namespace {

constexpr double fraction_sum_tolerance = 0.005;  // printed tables carry three decimals

Material read_material(const TomlTable& table, const std::string& name) {
  Material material;
  material.name = name;
  material.source = table.text("source");
  material.density_g_cm3 = table.number("density_g_cm3");
  if (!(material.density_g_cm3 > 0)) {
    table.fail("density_g_cm3", "is not positive (no mass to deposit dose in); give the density in g/cm³");
  }
  if (table.has("mean_excitation_eV")) {
    material.mean_excitation_eV = table.number("mean_excitation_eV");
  }
  const TomlTable composition = table.table("composition");
  double sum = 0.0;
  for (const std::string& element : composition.keys()) {
    const double fraction = composition.number(element);
    if (!(fraction > 0)) {
      composition.fail(element, "is not positive (a mass fraction must be); remove the element or correct it");
    }
    material.composition.push_back({element, fraction});
    sum += fraction;
  }
  if (!(std::abs(sum - 1.0) <= fraction_sum_tolerance)) {
    table.fail("composition", fmt::format("sums to {:.4f} (mass fractions must sum to 1); correct the fractions", sum));
  }
  for (Material::Part& part : material.composition) {
    part.mass_fraction /= sum;
  }
  return material;
}

}  // namespace

MaterialTable::MaterialTable(std::vector<Material> materials) : materials_(std::move(materials)) {
  XINGU_REQUIRE(!materials_.empty(),
                "the table of materials is empty (nothing to compute dose in); give materials.toml");
  XINGU_REQUIRE(materials_.size() <= 256,
                "the table holds {} materials (an image keeps 8 bits a voxel); keep at most 256", materials_.size());
}

MaterialTable MaterialTable::read(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  std::vector<Material> materials;
  for (const std::string& name : file.keys()) {
    materials.push_back(read_material(file.table(name), name));
  }
  file.finish();
  return MaterialTable(std::move(materials));
}

MaterialTable MaterialTable::shipped() { return read(find_shipped("data/materials.toml")); }

std::vector<std::string> MaterialTable::names() const {
  std::vector<std::string> result;
  for (const Material& material : materials_) {
    result.push_back(material.name);
  }
  return result;
}

std::size_t MaterialTable::index_of(std::string_view name) const {
  const auto it = std::ranges::find(materials_, name, &Material::name);
  if (it == materials_.end()) {
    const std::string nearest = nearest_name(name, names());
    fail_input("the material '{}' is not known (its attenuation is needed); {}", printable(name, 40),
               nearest.empty() ? fmt::format("use one of {}", fmt::join(names(), ", "))
                               : fmt::format("did you mean '{}'?", nearest));
  }
  return static_cast<std::size_t>(it - materials_.begin());
}

}  // namespace xingu
