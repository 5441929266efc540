// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <memory>

#include "machine/collision_world.h"

namespace xingu::test {

/// A torso as an ellipse of 340 x 220 mm, 300 mm of it seen, on 4 mm voxels; the isocentre is off its middle.
[[nodiscard]] inline Volume<std::uint8_t> ellipse_body() {
  Grid grid;
  grid.size = {100, 70, 60};
  grid.spacing = Vec3(4, 4, 5);
  grid.origin = Vec3(-198, -138, -147.5);
  Volume<std::uint8_t> body(grid);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const Vec3 p = grid.centre(x, y, z);
        body.at(x, y, z) = std::pow(p.x() / 170.0, 2) + std::pow(p.y() / 110.0, 2) <= 1.0 ? 1 : 0;
      }
    }
  }
  return body;
}

inline const Vec3 ellipse_isocentre{30.0, -10.0, 0.0};

[[nodiscard]] inline PatientOnTable ellipse_patient(std::size_t num_triangles = 2000) {
  PatientSkin::Config config;
  config.num_triangles = num_triangles;
  const auto skin = std::make_shared<const PatientSkin>(ellipse_body(), config);
  return {skin, patient_on_table(*skin, PatientPosition::hfs, ellipse_isocentre)};
}

}  // namespace xingu::test
