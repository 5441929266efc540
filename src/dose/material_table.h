// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// What a voxel is made of, apart from its density.
struct Material {
  struct Part {
    std::string element;   ///< chemical symbol
    double mass_fraction;  ///< the fractions of a material sum to 1
  };
  std::string name;
  std::string source;
  double density_g_cm3 = 1.0;  ///< nominal, for places that state none
  std::optional<double> mean_excitation_eV;
  std::vector<Part> composition;
};

/// The materials of data/materials.toml, in file order. Immutable; safe to read concurrently.
class MaterialTable {
 public:
  /// @throws InputError for a missing or malformed file, a density or fraction that is not positive, fractions whose
  /// sum
  ///         is off by more than 0.5 %.
  [[nodiscard]] static MaterialTable read(const std::filesystem::path& path);
  /// The table that Xingu ships.
  [[nodiscard]] static MaterialTable shipped();

  explicit MaterialTable(std::vector<Material> materials);

  [[nodiscard]] std::size_t size() const { return materials_.size(); }
  [[nodiscard]] const std::vector<Material>& materials() const { return materials_; }
  [[nodiscard]] const Material& operator[](std::size_t i) const { return materials_[i]; }
  [[nodiscard]] std::vector<std::string> names() const;
  /// @throws InputError with the nearest name if there is no such material.
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  [[nodiscard]] const Material& at(std::string_view name) const { return materials_[index_of(name)]; }

 private:
  std::vector<Material> materials_;
};

}  // namespace xingu
