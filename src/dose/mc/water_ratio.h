// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dose/material_table.h"
#include "dose/mc/transport_tables.h"

namespace xingu::mc {

/// What turns dose to medium into dose to water where electrons of an energy lose theirs: the ratio of the unrestricted
/// collision stopping powers of water and medium (Bragg-Gray; Siebers et al., Phys. Med. Biol. 45, 983 (2000)), applied
/// to every loss as it is scored. Immutable; safe to read concurrently.
class WaterRatio {
 public:
  using ByMaterial = std::array<float, TransportTables::max_materials>;

  /// @param names  of the image's materials, in the order of its voxels
  /// @throws InputError if the table has no water, or a material lacks data
  WaterRatio(const MaterialTable& materials, const std::vector<std::string>& names);

  /// Below 10 keV and above 20 MeV the ratio stays what it is there. Cost O(materials).
  void at(float kinetic_MeV, ByMaterial& ratio) const;

 private:
  LogGrid energy_;
  std::size_t num_materials_;
  std::vector<float> ratio_;  ///< [node, material]
};

}  // namespace xingu::mc
