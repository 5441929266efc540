// SPDX-License-Identifier: Apache-2.0
#include "patient/density_curve.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/toml_file.h"

namespace xingu {
namespace {

constexpr double water_z_over_a = 0.5551;
constexpr double densest_g_cm3 = 25.0;
// CT numbers are 0 in water and -1000 in air by definition; scanners miss either by some tens
constexpr double lightest_water_g_cm3 = 0.9;
constexpr double densest_water_g_cm3 = 1.1;
constexpr double densest_air_g_cm3 = 0.1;

void check_curve(const TomlTable& table, const std::vector<double>& hu, const std::vector<double>& density) {
  if (hu.size() < 2 || hu.size() != density.size()) {
    table.fail("g_cm3", fmt::format("has {} values for {} CT numbers (they go in pairs, at least two); make both lists "
                                    "equally long",
                                    density.size(), hu.size()));
  }
  for (std::size_t i = 0; i < hu.size(); ++i) {
    if (density[i] < 0 || density[i] > densest_g_cm3) {
      table.fail("g_cm3", fmt::format("holds {} (a density lies between 0 and {} g/cm³); correct it", density[i],
                                      densest_g_cm3));
    }
    if (i > 0 && !(hu[i] > hu[i - 1])) {
      table.fail("hu", fmt::format("does not ascend at {} → {}; sort the points by CT number", hu[i - 1], hu[i]));
    }
    if (i > 0 && density[i] < density[i - 1]) {
      table.fail("g_cm3",
                 fmt::format("falls from {} at {} HU to {} at {} HU (a denser voxel would become lighter); make "
                             "the curve monotone",
                             density[i - 1], hu[i - 1], density[i], hu[i]));
    }
  }
}

/// Refuses a curve over numbers that are no HU (from 0 in air on, as some systems count), or of densities in another
/// unit.
void check_fixed_points(const TomlTable& table, const DensityCurve& curve) {
  const double water = curve.density(0.0F);
  if (!(water >= lightest_water_g_cm3 && water <= densest_water_g_cm3)) {
    table.fail("g_cm3",
               fmt::format("gives 0 HU a density of {:.3g} g/cm³ (water has 0 HU and 1 g/cm³); give hu in Hounsfield "
                           "units, without the offset of 1000 or 1024, and densities in g/cm³",
                           water));
  }
  const double air = curve.density(-1000.0F);
  if (!(air <= densest_air_g_cm3)) {
    table.fail("g_cm3", fmt::format("gives -1000 HU a density of {:.3g} g/cm³ (air has -1000 HU and 0.0012 g/cm³); "
                                    "begin the curve with air",
                                    air));
  }
}

}  // namespace

DensityCurve DensityCurve::read(const std::filesystem::path& path) {
  return parse(read_file(path, 4ULL << 20), path.string());
}

DensityCurve DensityCurve::shipped() {
  constexpr const char* shipped_file = "data/ct_calibration.toml";
  DensityCurve curve = read(find_shipped(shipped_file));
  curve.file_ = shipped_file;
  return curve;
}

DensityCurve DensityCurve::chosen(const std::filesystem::path& file_or_empty) {
  return file_or_empty.empty() ? shipped() : read(file_or_empty);
}

std::string DensityCurve::words() const { return fmt::format("'{}' ({})", printable(name_), file_); }

DensityCurve DensityCurve::parse(std::string_view toml, const std::string& name) {
  const TomlTable file = TomlTable::parse(toml, name);
  DensityCurve curve;
  curve.name_ = file.text("name");
  curve.file_ = name;
  curve.hash_ = hash_text(toml);
  const TomlTable density = file.table("density");
  curve.hu_ = density.numbers("hu");
  curve.density_ = density.numbers("g_cm3");
  check_curve(density, curve.hu_, curve.density_);
  check_fixed_points(density, curve);
  for (const TomlTable& material : file.tables("material")) {
    const std::string material_name = material.text("name");
    const double from = material.number("from_hu");
    const double z_over_a = material.number("z_over_a");
    if (!curve.material_from_.empty() && !(from > curve.material_from_.back())) {
      material.fail("from_hu", "does not ascend; sort the materials by CT number");
    }
    if (!(z_over_a > 0.3 && z_over_a <= 1.0)) {
      material.fail("z_over_a",
                    fmt::format("is {} (electrons per nucleon lie between 0.3 and 1); correct it", z_over_a));
    }
    if (material_name == "water" || curve.find_material(material_name)) {
      material.fail("name",
                    fmt::format("'{}' is already a material; name each once ('water' is built in)", material_name));
    }
    curve.material_names_.push_back(material_name);
    curve.material_from_.push_back(from);
    curve.z_over_a_.push_back(z_over_a);
  }
  XINGU_REQUIRE(!curve.material_names_.empty() && curve.material_names_.size() < 255,
                "{}: has {} materials (voxels need between 1 and 254); add [[material]] tables", name,
                curve.material_names_.size());
  file.finish();
  curve.material_names_.emplace_back("water");
  return curve;
}

double DensityCurve::density(double hu) const {
  if (!(hu > hu_.front())) {
    return density_.front();
  }
  const auto upper = std::ranges::upper_bound(hu_, hu);
  if (upper == hu_.end()) {
    return density_.back();
  }
  const auto i = static_cast<std::size_t>(upper - hu_.begin());
  const double t = (hu - hu_[i - 1]) / (hu_[i] - hu_[i - 1]);
  return density_[i - 1] + t * (density_[i] - density_[i - 1]);
}

std::uint8_t DensityCurve::material(double hu) const {
  const auto above = std::ranges::upper_bound(material_from_, hu);
  return static_cast<std::uint8_t>(std::max<std::ptrdiff_t>(0, above - material_from_.begin() - 1));
}

double DensityCurve::hu_of_density(double density_g_cm3) const {
  const auto at_least = std::ranges::lower_bound(density_, density_g_cm3);
  if (at_least == density_.begin()) {
    return hu_.front();
  }
  if (at_least == density_.end()) {
    return hu_.back();
  }
  const auto i = static_cast<std::size_t>(at_least - density_.begin());
  const double t = (density_g_cm3 - density_[i - 1]) / (density_[i] - density_[i - 1]);
  return hu_[i - 1] + t * (hu_[i] - hu_[i - 1]);
}

std::uint8_t DensityCurve::material_of_density(double density_g_cm3) const {
  return material(hu_of_density(density_g_cm3));
}

double DensityCurve::density_of_electron_density(double relative_to_water) const {
  // one step of the fixed point is enough: Z/A changes little from material to material
  const std::uint8_t guess = material_of_density(relative_to_water);
  const double first = relative_to_water * water_z_over_a / z_over_a_[guess];
  return relative_to_water * water_z_over_a / z_over_a_[material_of_density(first)];
}

std::optional<std::uint8_t> DensityCurve::find_material(std::string_view name) const {
  const auto found = std::ranges::find(material_names_, name);
  if (found == material_names_.end()) {
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(found - material_names_.begin());
}

std::uint8_t DensityCurve::material_index(std::string_view name, std::string_view where) const {
  const auto found = find_material(name);
  if (!found) {
    const std::string nearest = nearest_name(name, material_names_);
    fail_input("{}: there is no material '{}' in the CT calibration '{}'{}", where, name, name_,
               nearest.empty() ? std::string("; use one of its names") : fmt::format("; did you mean '{}'?", nearest));
  }
  return *found;
}

}  // namespace xingu
