// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "dose/treatment_plan.h"
#include "patient/patient.h"

namespace xingu::console::test {

/// A block of water of 200 x 160 x 200 mm in air, on voxels of 10 mm, with its outline and a cube of 40 mm in its
/// middle.
[[nodiscard]] inline Patient cube_patient() {
  Grid grid;
  grid.size = {30, 26, 30};
  grid.spacing = Vec3(10, 10, 10);
  grid.origin = Vec3(-145, -125, -145);
  Patient patient;
  patient.ct.hu = Volume<float>(grid, -1000.0F);
  patient.ct.patient_id = "cube";
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const Vec3 p = grid.centre(x, y, z);
        if (std::abs(p.x()) < 100 && std::abs(p.y()) < 80 && std::abs(p.z()) < 100) {
          patient.ct.hu.at(x, y, z) = 0.0F;
        }
      }
    }
  }
  const auto box = [](int number, const char* name, const char* type, double x, double y, double z_to) {
    Structure structure;
    structure.number = number;
    structure.name = name;
    structure.interpreted_type = type;
    for (double z = -z_to + 5.0; z < z_to; z += 10.0) {
      structure.contours.push_back({z, {{-x, -y}, {x, -y}, {x, y}, {-x, y}}});
    }
    return structure;
  };
  patient.structure_set.structures = {box(1, "Body", "EXTERNAL", 100, 80, 100), box(2, "Target", "PTV", 20, 20, 20)};
  return patient;
}

/// One beam from the front with one open segment of 40 mm.
[[nodiscard]] inline TreatmentPlan cube_plan() {
  TreatmentPlan plan;
  plan.label = "cube";
  plan.machine = "ring-arm-4pi";
  plan.target_name = "Target";
  plan.prescription_Gy = 2.0;
  PlannedBeam beam;
  beam.number = 1;
  beam.name = "front";
  for (int i = 0; i <= 64; ++i) {
    beam.leaf_boundaries_mm.push_back(-120.0 + 3.75 * i);
  }
  Segment segment;
  segment.left_mm.assign(64, 0.0);
  segment.right_mm.assign(64, 0.0);
  for (std::size_t pair = 26; pair < 38; ++pair) {
    segment.left_mm[pair] = -20.0;
    segment.right_mm[pair] = 20.0;
  }
  segment.mu = 20.0;
  beam.segments = {segment};
  plan.beams = {beam};
  return plan;
}

}  // namespace xingu::console::test
