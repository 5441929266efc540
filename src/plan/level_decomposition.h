// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace xingu {

/// Opening of one leaf pair in whole pixels: [left, right) is open; left = right is closed.
struct OpenPixels {
  int left = 0;
  int right = 0;
  [[nodiscard]] bool is_open() const { return right > left; }
  [[nodiscard]] bool operator==(const OpenPixels&) const = default;
};

/// An aperture with an integer weight.
struct LevelSegment {
  std::vector<OpenPixels> rows;
  int weight = 0;
};

/// A map of whole numbers, one vector per leaf pair.
using LevelMap = std::vector<std::vector<int>>;

/// Splits a map of whole numbers ≥ 0 into apertures whose weighted sum is the map, with the least possible total weight
/// (the largest row complexity Σ_j max(0, a_j − a_{j−1})) and few apertures: Engel (2005), Discrete Appl. Math. 152,
/// 35–51; the choice among equally good leaf positions follows Kalinowski (2005): put out as many steps of the map as
/// possible. Leaves of neighbouring pairs may interdigitate. Cost O(apertures · rows · columns²).
[[nodiscard]] std::vector<LevelSegment> decompose_levels(LevelMap map);

/// max over rows of Σ_j max(0, a_j − a_{j−1}): no decomposition has a smaller total weight.
[[nodiscard]] int complexity(const LevelMap& map);

}  // namespace xingu
