// SPDX-License-Identifier: Apache-2.0
#include "patient/plan_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "geometry/distance_field.h"
#include "patient/dvh.h"
#include "patient/occupancy.h"

namespace xingu {
namespace {

constexpr double fall_off_distance_mm = 20.0;
constexpr double most_distance_voxels = 4e6;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double ratio(double a, double b) { return b > 0 ? a / b : nan; }

Volume<std::uint8_t> voxels_of(const Structure& structure, const Grid& grid) {
  Volume<std::uint8_t> mask(grid);
  for (const auto& voxel : rasterise(structure, grid).voxels) {
    mask[voxel.index] = voxel.fraction >= 0.5F ? 1 : 0;
  }
  return mask;
}

/// Box of a structure's contours and slabs.
void bounds_of(const Structure& structure, Vec3& lower, Vec3& upper) {
  lower = Vec3::Constant(std::numeric_limits<double>::infinity());
  upper = -lower;
  for (const Contour& contour : structure.contours) {
    for (const auto& point : contour.points) {
      const Vec3 p(point.x(), point.y(), contour.z_mm);
      lower = lower.cwiseMin(p);
      upper = upper.cwiseMax(p);
    }
  }
}

/// A cell between eight voxel centres, its outer cells reaching to the grid's outer faces.
struct CellAxis {
  int voxel0, voxel1;
  double from, to;  // in voxels, relative to voxel0
};

CellAxis cell_axis(int cell, int num_voxels) {
  // num_voxels + 1 cells: half ones at both ends
  const int below = std::max(cell - 1, 0);
  const int above = std::min(cell, num_voxels - 1);
  return {below, above, cell == 0 ? -0.5 : 0.0, cell == 0 ? 0.0 : (cell == num_voxels ? 0.5 : 1.0)};
}

}  // namespace

Volume<float> distance_outside(std::span<const Structure* const> structures, const Grid& grid, double reach_mm) {
  Vec3 lower = Vec3::Constant(std::numeric_limits<double>::infinity());
  Vec3 upper = -lower;
  for (const Structure* structure : structures) {
    Vec3 one_lower;
    Vec3 one_upper;
    bounds_of(*structure, one_lower, one_upper);
    lower = lower.cwiseMin(one_lower);
    upper = upper.cwiseMax(one_upper);
  }
  Volume<float> result(grid, std::numeric_limits<float>::infinity());
  if (!(lower.array() <= upper.array()).all()) {
    return result;
  }
  const Vec3 margin = Vec3::Constant(reach_mm + 5.0);
  const double spacing = std::max(1.0, std::cbrt((upper - lower + 2 * margin).prod() / most_distance_voxels));
  Volume<std::uint8_t> mask(covering_grid(lower - margin, upper + margin, spacing));
  for (const Structure* structure : structures) {
    for (const auto& voxel : rasterise(*structure, mask.grid()).voxels) {
      mask[voxel.index] |= voxel.fraction >= 0.5F ? 1 : 0;
    }
  }
  const Volume<float> distance = distance_to(mask);
  parallel_for(static_cast<std::size_t>(grid.nz()), [&](std::size_t layer) {
    const auto z = static_cast<int>(layer);
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        // centres of voxels lie half a voxel inside the surface on average
        const double to_centre = interpolate(distance, grid.centre(x, y, z), std::numeric_limits<double>::infinity());
        result.at(x, y, z) = static_cast<float>(to_centre - 0.5 * spacing);
      }
    }
  });
  return result;
}

double largest_dose_beyond(const Volume<float>& dose, const Volume<float>& distance, double least_mm,
                           const Volume<std::uint8_t>& body) {
  XINGU_EXPECT(dose.grid() == distance.grid());
  const bool has_body = body.grid().num_voxels() > 0;
  double largest = nan;
  for (std::size_t i = 0; i < dose.grid().num_voxels(); ++i) {
    const auto here = static_cast<double>(dose[i]);
    if (!(here <= largest) && (!has_body || body[i] != 0) && static_cast<double>(distance[i]) >= least_mm) {
      largest = here;
    }
  }
  return largest;
}

double isodose_volume_mm3(const Volume<float>& dose, double level, const Volume<std::uint8_t>& mask) {
  constexpr int samples = 6;
  const Grid& grid = dose.grid();
  const bool has_mask = mask.grid().num_voxels() > 0;
  std::vector<double> layers(static_cast<std::size_t>(grid.nz()) + 1, 0.0);
  parallel_for(layers.size(), [&](std::size_t layer) {
    const CellAxis cz = cell_axis(static_cast<int>(layer), grid.nz());
    double sum = 0.0;
    for (int j = 0; j <= grid.ny(); ++j) {
      const CellAxis cy = cell_axis(j, grid.ny());
      for (int i = 0; i <= grid.nx(); ++i) {
        const CellAxis cx = cell_axis(i, grid.nx());
        std::array<std::size_t, 8> corner{};
        float low = std::numeric_limits<float>::infinity();
        float high = -low;
        int num_counting = 0;
        for (std::size_t k = 0; k < 8; ++k) {
          corner[k] = grid.index((k & 1) != 0 ? cx.voxel1 : cx.voxel0, (k & 2) != 0 ? cy.voxel1 : cy.voxel0,
                                 (k & 4) != 0 ? cz.voxel1 : cz.voxel0);
          low = std::min(low, dose[corner[k]]);
          high = std::max(high, dose[corner[k]]);
          num_counting += !has_mask || mask[corner[k]] != 0 ? 1 : 0;
        }
        if (static_cast<double>(high) < level || num_counting == 0) {
          continue;
        }
        const double cell = (cx.to - cx.from) * (cy.to - cy.from) * (cz.to - cz.from);
        if (static_cast<double>(low) >= level && num_counting == 8) {
          sum += cell;
          continue;
        }
        int num_inside = 0;
        for (int s = 0; s < samples * samples * samples; ++s) {
          // outer half cells have equal corners, so where in them a sample lies makes no difference
          const double fx = (s % samples + 0.5) / samples;
          const double fy = (s / samples % samples + 0.5) / samples;
          const double fz = (s / (samples * samples) + 0.5) / samples;
          const std::size_t nearest = (fx > 0.5 ? 1U : 0U) + (fy > 0.5 ? 2U : 0U) + (fz > 0.5 ? 4U : 0U);
          if (has_mask && mask[corner[nearest]] == 0) {
            continue;
          }
          double value = 0.0;
          for (std::size_t k = 0; k < 8; ++k) {
            value += static_cast<double>(dose[corner[k]]) * ((k & 1) != 0 ? fx : 1 - fx) *
                     ((k & 2) != 0 ? fy : 1 - fy) * ((k & 4) != 0 ? fz : 1 - fz);
          }
          num_inside += value >= level ? 1 : 0;
        }
        sum += cell * num_inside / (samples * samples * samples);
      }
    }
    layers[layer] = sum;
  });
  double sum = 0.0;
  for (const double layer : layers) {
    sum += layer;
  }
  return sum * grid.voxel_volume_mm3();
}

PlanMetrics compute_plan_metrics(const Volume<float>& dose, const Structure& target, double prescription_gy,
                                 const Structure* body) {
  XINGU_REQUIRE(prescription_gy > 0,
                "the prescription of {} Gy is not a dose (indices are relative to it); give a positive one",
                prescription_gy);
  const Dvh dvh = compute_dvh(dose, target);
  XINGU_REQUIRE(!dvh.is_empty(),
                "the target '{}' is empty (there is nothing to cover); choose a structure with contours",
                printable(target.name));
  XINGU_REQUIRE(dvh.has_dose(),
                "the target '{}' lies beyond the dose grid (no dose is known of it); choose another, or the dose that "
                "was planned on it",
                printable(target.name));
  const Volume<std::uint8_t> mask = body != nullptr ? voxels_of(*body, dose.grid()) : Volume<std::uint8_t>();
  PlanMetrics m;
  m.target_cc = dvh.dosed_cc();
  m.covered_target_cc = dvh.cc_at_dose(prescription_gy);
  m.prescription_isodose_cc = isodose_volume_mm3(dose, prescription_gy, mask) / 1000.0;
  m.half_isodose_cc = isodose_volume_mm3(dose, 0.5 * prescription_gy, mask) / 1000.0;
  m.coverage = ratio(m.covered_target_cc, m.target_cc);
  m.paddick_index = ratio(m.covered_target_cc * m.covered_target_cc, m.target_cc * m.prescription_isodose_cc);
  m.gradient_index = ratio(m.half_isodose_cc, m.prescription_isodose_cc);
  m.r50 = ratio(m.half_isodose_cc, m.target_cc);
  m.conformity_ratio = ratio(m.prescription_isodose_cc, m.target_cc);
  m.homogeneity_index = ratio(dvh.dose_at_percent(2) - dvh.dose_at_percent(98), dvh.dose_at_percent(50));
  const std::array targets{&target};
  m.d2cm_gy = largest_dose_beyond(dose, distance_outside(targets, dose.grid(), fall_off_distance_mm),
                                  fall_off_distance_mm, mask);
  return m;
}

}  // namespace xingu
