// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// From CT numbers (HU) to mass density and material: piecewise linear in density, thresholds in material, as a data
/// file states them (data/ct_calibration.toml is the shipped one). The density never falls with the HU: a file whose
/// curve does is refused, because a denser voxel would then be taken for a lighter one.
///
/// Material indices point into material_names(): the file's materials in ascending HU, then "water", which no CT number
/// gives but overrides and water tanks use. Immutable; safe to use concurrently. Cost of a look-up O(log points).
class DensityCurve {
 public:
  /// @throws InputError if the file is missing, has unknown keys, or its curve is empty, unsorted, negative or not
  /// monotone.
  [[nodiscard]] static DensityCurve read(const std::filesystem::path& path);
  [[nodiscard]] static DensityCurve parse(std::string_view toml, const std::string& name);
  /// data/ct_calibration.toml.
  [[nodiscard]] static DensityCurve shipped();
  /// The curve of a file, or the shipped one where no file is given.
  [[nodiscard]] static DensityCurve chosen(const std::filesystem::path& file_or_empty);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The file as it was given; data/ct_calibration.toml for the shipped one, wherever it lies.
  [[nodiscard]] const std::string& file() const { return file_; }
  /// "'general 120 kV …' (data/ct_calibration.toml)", for people.
  [[nodiscard]] std::string words() const;
  /// Of the file's content.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::vector<std::string>& material_names() const { return material_names_; }

  /// g/cm³ at a CT number; constant beyond the first and last points.
  [[nodiscard]] double density(double hu) const;
  /// Index of the material at a CT number.
  [[nodiscard]] std::uint8_t material(double hu) const;

  /// The lowest CT number of a density (g/cm³), which is what makes a material of a density that was given by hand.
  [[nodiscard]] double hu_of_density(double density_g_cm3) const;
  /// Material of a density, by way of its CT number.
  [[nodiscard]] std::uint8_t material_of_density(double density_g_cm3) const;
  /// Mass density (g/cm³) of a relative electron density: ρ = ρ_e · (Z/A)_water / (Z/A)_material · 1 g/cm³, with the
  /// material that this density itself would get. Water's own Z/A is 0.5551.
  [[nodiscard]] double density_of_electron_density(double relative_to_water) const;

  /// Index of a material by name, or nothing.
  [[nodiscard]] std::optional<std::uint8_t> find_material(std::string_view name) const;
  /// Index of a material by name. @throws InputError, naming the nearest material, if there is none; `where` heads it.
  [[nodiscard]] std::uint8_t material_index(std::string_view name, std::string_view where) const;

 private:
  DensityCurve() = default;

  std::string name_;
  std::string file_;
  std::uint64_t hash_ = 0;
  std::vector<double> hu_;
  std::vector<double> density_;
  std::vector<double> material_from_;  ///< HU, one per material of the file
  std::vector<double> z_over_a_;       ///< the same
  std::vector<std::string> material_names_;
};

}  // namespace xingu
