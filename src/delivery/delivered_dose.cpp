// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivered_dose.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/progress.h"
#include "dose/field_fluence.h"

namespace xingu {
namespace {

/// A map that is to be moved in its plane and weighed.
struct ShiftedMap {
  const FluenceMap* map;
  double x_mm;
  double y_mm;
  double weight;
};

/// An empty raster that holds them all.
FluenceMap covering(std::span<const ShiftedMap> maps, double pixel_mm) {
  double x_low = 1e9;
  double x_high = -1e9;
  double y_low = 1e9;
  double y_high = -1e9;
  for (const ShiftedMap& m : maps) {
    x_low = std::min(x_low, m.map->x0_mm + m.x_mm);
    y_low = std::min(y_low, m.map->y0_mm + m.y_mm);
    x_high = std::max(x_high, m.map->x0_mm + (m.map->nx - 1) * pixel_mm + m.x_mm);
    y_high = std::max(y_high, m.map->y0_mm + (m.map->ny - 1) * pixel_mm + m.y_mm);
  }
  FluenceMap result;
  result.pixel_mm = pixel_mm;
  // pixel edges stay on whole multiples of the pixel
  result.x0_mm = (std::floor(x_low / pixel_mm) + 0.5 - 1.0) * pixel_mm;
  result.y0_mm = (std::floor(y_low / pixel_mm) + 0.5 - 1.0) * pixel_mm;
  result.nx = static_cast<int>(std::ceil((x_high - result.x0_mm) / pixel_mm)) + 2;
  result.ny = static_cast<int>(std::ceil((y_high - result.y0_mm) / pixel_mm)) + 2;
  result.value.assign(static_cast<std::size_t>(result.nx) * static_cast<std::size_t>(result.ny), 0.0F);
  return result;
}

/// Adds a moved map: each pixel falls on four, in proportion to the covered areas.
void add_moved(const ShiftedMap& moved, FluenceMap& sum) {
  const double x = (moved.map->x0_mm + moved.x_mm - sum.x0_mm) / sum.pixel_mm;
  const double y = (moved.map->y0_mm + moved.y_mm - sum.y0_mm) / sum.pixel_mm;
  const int x_first = static_cast<int>(std::floor(x + 1e-9));
  const int y_first = static_cast<int>(std::floor(y + 1e-9));
  const double x_part = std::max(0.0, x - x_first);
  const double y_part = std::max(0.0, y - y_first);
  for (int row = 0; row < moved.map->ny; ++row) {
    for (int column = 0; column < moved.map->nx; ++column) {
      const double value = moved.weight * static_cast<double>(moved.map->at(column, row));
      if (value == 0.0) {
        continue;
      }
      for (const auto& [dy, wy] : {std::pair{0, 1.0 - y_part}, std::pair{1, y_part}}) {
        for (const auto& [dx, wx] : {std::pair{0, 1.0 - x_part}, std::pair{1, x_part}}) {
          if (wx * wy > 0) {
            sum.at(x_first + column + dx, y_first + row + dy) += static_cast<float>(wx * wy * value);
          }
        }
      }
    }
  }
}

}  // namespace

FluenceMap delivered_fluence(const BeamModel& model, const DeliveredBeam& beam, double pixel_mm) {
  PlannedBeam given = beam.beam;
  std::erase_if(given.segments, [](const Segment& segment) { return segment.mu <= 0; });
  if (std::ranges::all_of(beam.parts, [](const DeliveredPart& part) { return part.shift_B.isZero(); })) {
    return fluence_of_segments(model, given, pixel_mm);
  }
  // fluence is proportional to MU: one map a segment, moved to wherever it was given
  std::map<std::size_t, FluenceMap> of_one_mu;
  std::vector<ShiftedMap> moved;
  for (const DeliveredPart& part : beam.parts) {
    if (!of_one_mu.contains(part.segment)) {
      PlannedBeam alone = beam.beam;
      alone.segments = {beam.beam.segments[part.segment]};
      alone.segments.front().mu = 1.0;
      of_one_mu.emplace(part.segment, fluence_of_segments(model, alone, pixel_mm));
    }
    const double closer = beam.beam.sad_mm / (beam.beam.sad_mm + part.shift_B.z());
    moved.push_back({&of_one_mu.at(part.segment), part.shift_B.x(), part.shift_B.y(), part.mu * closer * closer});
  }
  FluenceMap sum = covering(moved, pixel_mm);
  for (const ShiftedMap& one : moved) {
    add_moved(one, sum);
  }
  return sum;
}

Volume<float> compute_delivered_dose(std::span<const DeliveredBeam> beams, PatientPosition position,
                                     const MachinePhysics& machine, const DoseEngine& engine, const DensityImage& image,
                                     const Grid& grid) {
  constexpr double pixel_mm = 1.0;  // as the plan's
  Volume<float> total(grid);
  Progress progress("delivered dose", beams.size(), "beams");
  for (const DeliveredBeam& beam : beams) {
    throw_if_cancelled();
    if (!beam.parts.empty()) {
      const BeamGeometry geometry = beam_geometry(beam.beam.angles, position, beam.beam.isocentre_P, beam.beam.sad_mm);
      const Volume<float> dose = engine.compute(image, geometry, delivered_fluence(machine.beam, beam, pixel_mm), grid);
      const auto factor = static_cast<float>(machine.fluence_per_mu);
      for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
        total[i] += factor * dose[i];
      }
    }
    progress.advance();
  }
  return total;
}

}  // namespace xingu
