// SPDX-License-Identifier: Apache-2.0
#include "patient/patient_density.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "base/toml_file.h"
#include "patient/occupancy.h"

namespace xingu {
namespace {

constexpr double densest_g_cm3 = 25.0;
constexpr double water_g_cm3 = 1.0;

std::vector<std::uint32_t> voxels_inside(const Structure& structure, const Grid& grid) {
  std::vector<std::uint32_t> inside;
  for (const auto& voxel : rasterise(structure, grid).voxels) {
    if (voxel.fraction >= 0.5F) {
      inside.push_back(voxel.index);
    }
  }
  return inside;
}

/// Matter that replaces what the CT number says.
struct Matter {
  std::optional<double> density;
  std::optional<std::uint8_t> material;
};

void apply(const Matter& matter, const Structure& structure, DensityImage& image) {
  for (const std::uint32_t i : voxels_inside(structure, image.density.grid())) {
    if (matter.density) {
      image.density[i] = static_cast<float>(*matter.density);
    }
    if (matter.material) {
      image.material[i] = *matter.material;
    }
  }
}

Matter matter_of(const DensityOverride& wanted, const DensityCurve& curve) {
  const std::string where = fmt::format("density override of '{}'", wanted.structure);
  Matter matter{wanted.density_g_cm3, std::nullopt};
  if (matter.density) {
    XINGU_REQUIRE(*matter.density >= 0 && *matter.density <= densest_g_cm3,
                  "{}: {} g/cm³ is not a density (it must lie between 0 and {}); correct it", where, *matter.density,
                  densest_g_cm3);
    matter.material = curve.material_of_density(*matter.density);
  }
  if (wanted.material) {
    matter.material = curve.material_index(*wanted.material, where);
  }
  return matter;
}

std::vector<const Structure*> structures_named(const StructureSet& set, const std::string& name) {
  std::vector<const Structure*> found;
  std::vector<std::string> names;
  for (const Structure& structure : set.structures) {
    names.push_back(structure.name);
    if (to_lower(structure.name) == to_lower(name)) {
      found.push_back(&structure);
    }
  }
  if (found.empty()) {
    if (const NumberedName wanted = numbered_name(name); wanted.number) {
      for (const Structure& structure : set.structures) {
        if (structure.number == *wanted.number && to_lower(structure.name) == to_lower(wanted.name)) {
          return {&structure};
        }
      }
    }
    const std::string nearest = nearest_name(name, names);
    fail_input("density override of '{}': no structure has this name{}", name,
               nearest.empty() ? std::string("; name one of the structure set")
                               : fmt::format("; did you mean '{}'?", nearest));
  }
  return found;
}

/// True where a structure states both relative densities as 1: only water has both (tissue of its mass density has
/// fewer electrons).
bool states_water(const Structure& structure) {
  return structure.relative_mass_density == 1.0 && structure.relative_electron_density == 1.0;
}

/// A density that the structure set itself states, g/cm³.
std::optional<double> stated_density(const Structure& structure, const DensityCurve& curve) {
  std::optional<double> density;
  if (structure.relative_mass_density) {
    density = *structure.relative_mass_density * water_g_cm3;
  } else if (structure.relative_electron_density) {
    density = curve.density_of_electron_density(*structure.relative_electron_density);
  }
  XINGU_REQUIRE(!density || (*density >= 0 && *density <= densest_g_cm3),
                "structure '{}': states a density of {} g/cm³ (it must lie between 0 and {}); correct its physical "
                "properties in the RTSTRUCT",
                printable(structure.name), density.value_or(0.0), densest_g_cm3);
  return density;
}

/// Body, couch and bolus: where the CT number counts.
Volume<std::uint8_t> matter_mask(const Patient& patient, PatientDensity& result) {
  Volume<std::uint8_t> mask = result.body.mask;
  for (const Structure& structure : patient.structure_set.structures) {
    if (structure.interpreted_type != "SUPPORT" && structure.interpreted_type != "BOLUS") {
      continue;
    }
    std::size_t num_added = 0;
    for (const std::uint32_t i : voxels_inside(structure, mask.grid())) {
      num_added += mask[i] == 0 ? 1 : 0;
      mask[i] = 1;
    }
    if (num_added > 0) {
      result.notes.push_back(fmt::format("'{}' ({}) is kept outside the body: {:.1f} cm³", printable(structure.name),
                                         to_lower(structure.interpreted_type),
                                         static_cast<double>(num_added) * mask.grid().voxel_volume_mm3() / 1000.0));
    }
  }
  return mask;
}

}  // namespace

std::vector<DensityOverride> read_density_overrides(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  std::vector<DensityOverride> overrides;
  for (const TomlTable& table : file.tables("override")) {
    DensityOverride& wanted = overrides.emplace_back();
    wanted.structure = table.text("structure");
    if (table.has("density_g_cm3")) {
      wanted.density_g_cm3 = table.number("density_g_cm3");
    }
    if (table.has("material")) {
      wanted.material = table.text("material");
    }
    if (!wanted.density_g_cm3 && !wanted.material) {
      table.fail("structure", "has neither density_g_cm3 nor material (nothing would change); add one of them");
    }
  }
  file.finish();
  XINGU_REQUIRE(!overrides.empty(), "{}: overrides nothing (it has no [[override]]); add one, or leave --overrides out",
                path.string());
  return overrides;
}

PatientDensity model_density(const Patient& patient, const DensityCurve& curve,
                             const std::vector<DensityOverride>& overrides) {
  const Volume<float>& hu = patient.ct.hu;
  const Grid& grid = hu.grid();
  PatientDensity result;
  result.body = find_body(patient);
  result.notes = cut_remarks(result.body.mask);
  result.image = {Volume<float>(grid), Volume<std::uint8_t>(grid), curve.material_names()};
  const Volume<std::uint8_t> has_matter = matter_mask(patient, result);
  const double air_hu = -32768.0;
  const auto air_density = static_cast<float>(curve.density(air_hu));
  const std::uint8_t air = curve.find_material("air").value_or(curve.material(air_hu));
  const auto slice = static_cast<std::size_t>(grid.nx()) * static_cast<std::size_t>(grid.ny());
  parallel_for(static_cast<std::size_t>(grid.nz()), [&](std::size_t z) {
    for (std::size_t i = z * slice; i < (z + 1) * slice; ++i) {
      const bool is_matter = has_matter[i] != 0;
      result.image.density[i] = is_matter ? static_cast<float>(curve.density(static_cast<double>(hu[i]))) : air_density;
      result.image.material[i] = is_matter ? curve.material(static_cast<double>(hu[i])) : air;
    }
  });
  for (const Structure& structure : patient.structure_set.structures) {
    if (const auto density = stated_density(structure, curve); density) {
      const bool is_water = states_water(structure);
      apply({density, is_water ? curve.material_index("water", structure.name) : curve.material_of_density(*density)},
            structure, result.image);
      result.notes.push_back(
          is_water
              ? fmt::format("'{}' is water, as the structure set states", printable(structure.name))
              : fmt::format("'{}' has {:.3f} g/cm³, as the structure set states", printable(structure.name), *density));
    }
  }
  for (const DensityOverride& wanted : overrides) {
    const Matter matter = matter_of(wanted, curve);
    for (const Structure* structure : structures_named(patient.structure_set, wanted.structure)) {
      apply(matter, *structure, result.image);
    }
    const std::string density = matter.density ? fmt::format("{:.3f} g/cm³", *matter.density) : "its own density";
    const std::string material = matter.material ? curve.material_names()[*matter.material] : "its own material";
    result.notes.push_back(
        fmt::format("'{}' has {} of {}, by override", printable(wanted.structure), density, material));
  }
  return result;
}

DensityImage make_density_image(const Patient& patient, const DensityCurve& curve,
                                const std::vector<DensityOverride>& overrides) {
  return std::move(model_density(patient, curve, overrides).image);
}

}  // namespace xingu
