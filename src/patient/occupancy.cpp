// SPDX-License-Identifier: Apache-2.0
#include "patient/occupancy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/parallel.h"
#include "patient/contour_planes.h"
#include "patient/polygon_coverage.h"

namespace xingu {
namespace {

constexpr float smallest_fraction = 1e-6F;

/// Pixels of the grid that a plane's contours touch: columns [x0, x1), rows [y0, y1).
struct PixelBox {
  int x0 = 0, x1 = 0, y0 = 0, y1 = 0;
  [[nodiscard]] bool is_empty() const { return x0 >= x1 || y0 >= y1; }
};

struct PlaneCoverage {
  PixelBox box;
  std::vector<float> fraction;  // [rows, columns] of the box
};

int clamped_floor(double value, int largest) {
  return static_cast<int>(std::floor(std::clamp(value, 0.0, static_cast<double>(largest))));
}

PlaneCoverage cover(const ContourPlane& plane, const Grid& grid, PolygonCoverage& raster) {
  const Eigen::Vector2d lower = grid.lower().head<2>();
  const Eigen::Vector2d spacing = grid.spacing.head<2>();
  std::vector<PolygonCoverage::Polygon> polygons;
  Eigen::Vector2d low = Eigen::Vector2d::Constant(std::numeric_limits<double>::infinity());
  Eigen::Vector2d high = -low;
  for (const Contour* contour : plane.contours) {
    auto& polygon = polygons.emplace_back();
    polygon.reserve(contour->points.size());
    for (const Eigen::Vector2d& point : contour->points) {
      const Eigen::Vector2d pixel = (point - lower).cwiseQuotient(spacing);
      XINGU_REQUIRE(pixel.allFinite(), "a contour point at z = {:.2f} mm is not finite; draw this structure again",
                    plane.z_mm);
      low = low.cwiseMin(pixel);
      high = high.cwiseMax(pixel);
      polygon.push_back(pixel);
    }
  }
  PlaneCoverage result;
  PixelBox& box = result.box;
  box = {clamped_floor(low.x(), grid.nx()), clamped_floor(high.x() + 1.0, grid.nx()), clamped_floor(low.y(), grid.ny()),
         clamped_floor(high.y() + 1.0, grid.ny())};
  if (box.is_empty()) {
    return result;
  }
  for (auto& polygon : polygons) {
    for (auto& pixel : polygon) {
      pixel -= Eigen::Vector2d(box.x0, box.y0);
    }
  }
  const auto fraction = raster.compute(polygons, box.x1 - box.x0, box.y1 - box.y0);
  result.fraction.assign(fraction.begin(), fraction.end());
  return result;
}

/// Slices [first, last) of the grid; planes that reach into several of them are covered once.
std::vector<Occupancy::Voxel> rasterise_slices(const std::vector<ContourPlane>& planes, const Grid& grid, int first,
                                               int last) {
  std::vector<Occupancy::Voxel> voxels;
  std::map<std::size_t, PlaneCoverage> covered;
  PolygonCoverage raster;
  std::vector<float> slice(static_cast<std::size_t>(grid.nx()) * static_cast<std::size_t>(grid.ny()), 0.0F);
  for (int z = first; z < last; ++z) {
    const double bottom = grid.lower().z() + z * grid.spacing.z();
    const double top = bottom + grid.spacing.z();
    const auto begin =
        std::ranges::partition_point(planes, [&](const ContourPlane& p) { return p.upper_mm <= bottom; });
    PixelBox touched{grid.nx(), 0, grid.ny(), 0};
    covered.erase(covered.begin(), covered.lower_bound(static_cast<std::size_t>(begin - planes.begin())));
    for (auto plane = begin; plane != planes.end() && plane->lower_mm < top; ++plane) {
      const double part = (std::min(top, plane->upper_mm) - std::max(bottom, plane->lower_mm)) / grid.spacing.z();
      if (!(part > 1e-9)) {
        continue;
      }
      const auto key = static_cast<std::size_t>(plane - planes.begin());
      auto found = covered.find(key);
      if (found == covered.end()) {
        found = covered.emplace(key, cover(*plane, grid, raster)).first;
      }
      const auto& [box, fraction] = found->second;
      if (box.is_empty()) {
        continue;
      }
      touched = {std::min(touched.x0, box.x0), std::max(touched.x1, box.x1), std::min(touched.y0, box.y0),
                 std::max(touched.y1, box.y1)};
      auto source = fraction.begin();
      for (int y = box.y0; y < box.y1; ++y) {
        for (int x = box.x0; x < box.x1; ++x) {
          slice[grid.index(x, y, 0)] += static_cast<float>(part) * *source++;
        }
      }
    }
    for (int y = touched.y0; y < touched.y1; ++y) {
      for (int x = touched.x0; x < touched.x1; ++x) {
        float& fraction = slice[grid.index(x, y, 0)];
        if (fraction > smallest_fraction) {
          voxels.push_back({static_cast<std::uint32_t>(grid.index(x, y, z)), std::min(fraction, 1.0F)});
        }
        fraction = 0.0F;
      }
    }
  }
  return voxels;
}

}  // namespace

std::vector<std::uint32_t> Occupancy::inside() const {
  std::vector<std::uint32_t> result;
  for (const Voxel& voxel : voxels) {
    if (voxel.fraction >= 0.5F) {
      result.push_back(voxel.index);
    }
  }
  return result;
}

double Occupancy::volume_mm3() const {
  double sum = 0.0;
  for (const Voxel& voxel : voxels) {
    sum += static_cast<double>(voxel.fraction);
  }
  return sum * grid.voxel_volume_mm3();
}

Occupancy rasterise(const Structure& structure, const Grid& grid) {
  XINGU_REQUIRE(grid.num_voxels() <= (std::uint64_t{1} << 32),
                "a grid of {} x {} x {} voxels is too large to hold a structure; choose larger voxels", grid.nx(),
                grid.ny(), grid.nz());
  Occupancy result;
  result.grid = grid;
  const auto planes = contour_planes(structure, grid.spacing.z());
  if (planes.empty() || grid.num_voxels() == 0) {
    return result;
  }
  const auto slice_of = [&](double z) { return (z - grid.lower().z()) / grid.spacing.z(); };
  const int first = clamped_floor(slice_of(planes.front().lower_mm), grid.nz());
  const int last = clamped_floor(slice_of(planes.back().upper_mm) + 1.0, grid.nz());
  constexpr int slices_per_part = 8;
  const auto num_parts = static_cast<std::size_t>(std::max(0, last - first + slices_per_part - 1) / slices_per_part);
  std::vector<std::vector<Occupancy::Voxel>> parts(num_parts);
  try {
    parallel_for(num_parts, [&](std::size_t part) {
      const int begin = first + static_cast<int>(part) * slices_per_part;
      parts[part] = rasterise_slices(planes, grid, begin, std::min(last, begin + slices_per_part));
    });
  } catch (const InputError& error) {
    fail_input("structure '{}': {}", structure.name, error.what());
  }
  std::size_t num_voxels = 0;
  for (const auto& part : parts) {
    num_voxels += part.size();
  }
  result.voxels.reserve(num_voxels);
  for (const auto& part : parts) {
    result.voxels.insert(result.voxels.end(), part.begin(), part.end());
  }
  return result;
}

}  // namespace xingu
