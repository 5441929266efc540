// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace xingu {

/// Relative photon energy-fluence openings on a regular raster at the isocentre plane of frame B: 1 means open for the
/// whole beam-on time of one MU. Row y, column x; x fastest.
struct FluenceMap {
  int nx = 0;
  int ny = 0;
  double pixel_mm = 5.0;
  double x0_mm = 0.0;  ///< centre of pixel (0, 0)
  double y0_mm = 0.0;
  std::vector<float> value;  ///< [ny, nx]

  [[nodiscard]] float at(int x, int y) const {
    return value[static_cast<std::size_t>(y) * static_cast<std::size_t>(nx) + static_cast<std::size_t>(x)];
  }
  [[nodiscard]] float& at(int x, int y) {
    return value[static_cast<std::size_t>(y) * static_cast<std::size_t>(nx) + static_cast<std::size_t>(x)];
  }
};

}  // namespace xingu
