// SPDX-License-Identifier: Apache-2.0
#include "report/slice_view.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/png.h"

namespace xingu {
namespace {

struct IndexRange {
  int first = 0;
  int last = -1;
  [[nodiscard]] int count() const { return last - first + 1; }
};

IndexRange voxels_between(const Grid& grid, int axis, double lower, double upper) {
  const double a = (lower - grid.origin[axis]) / grid.spacing[axis];
  const double b = (upper - grid.origin[axis]) / grid.spacing[axis];
  const int size = grid.size[static_cast<std::size_t>(axis)];
  return {std::max(0, static_cast<int>(std::floor(a + 0.5))), std::min(size - 1, static_cast<int>(std::ceil(b - 0.5)))};
}

/// One axis of a raster finer than a grid that holds the grid's voxel centres.
struct FineAxis {
  double origin;
  double step;
  int count;
};

FineAxis fine_axis(const Grid& grid, int axis) {
  constexpr double raster_mm = 0.8;
  const int parts = std::max(1, static_cast<int>(std::lround(grid.spacing[axis] / raster_mm)));
  return {grid.origin[axis], grid.spacing[axis] / parts, (grid.size[static_cast<std::size_t>(axis)] - 1) * parts + 1};
}

/// The contour planes of a structure in ascending z.
std::map<double, std::vector<const Contour*>> contours_by_plane(const Structure& structure) {
  std::map<double, std::vector<const Contour*>> planes;
  for (const Contour& contour : structure.contours) {
    if (contour.points.size() > 2) {
      // Planes of one structure closer than 0.01 mm are one plane with rounded coordinates.
      planes[std::round(contour.z_mm * 100.0) / 100.0].push_back(&contour);
    }
  }
  return planes;
}

/// Median distance between neighbouring planes; 0 for less than two planes.
double usual_distance(const std::map<double, std::vector<const Contour*>>& planes) {
  std::vector<double> distances;
  for (auto it = planes.begin(); it != planes.end() && std::next(it) != planes.end(); ++it) {
    distances.push_back(std::next(it)->first - it->first);
  }
  if (distances.empty()) {
    return 0.0;
  }
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::ranges::nth_element(distances, middle);
  return *middle;
}

/// Where the line `fixed axis = at` crosses the contours of one plane, sorted: inside between 1st and 2nd, 3rd and 4th,
/// …
std::vector<double> crossings(const std::vector<const Contour*>& contours, int fixed_axis, double at) {
  std::vector<double> result;
  for (const Contour* contour : contours) {
    const auto& points = contour->points;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Eigen::Vector2d& a = points[i];
      const Eigen::Vector2d& b = points[(i + 1) % points.size()];
      if ((a[fixed_axis] <= at) != (b[fixed_axis] <= at)) {
        const double t = (at - a[fixed_axis]) / (b[fixed_axis] - a[fixed_axis]);
        result.push_back(a[1 - fixed_axis] + t * (b[1 - fixed_axis] - a[1 - fixed_axis]));
      }
    }
  }
  std::ranges::sort(result);
  return result;
}

double signed_distance(const std::vector<double>& ends, double position, double cap) {
  const auto after = std::ranges::upper_bound(ends, position);
  double nearest = cap;
  if (after != ends.end()) {
    nearest = std::min(nearest, *after - position);
  }
  if (after != ends.begin()) {
    nearest = std::min(nearest, position - *std::prev(after));
  }
  const bool is_inside = (after - ends.begin()) % 2 != 0;
  return is_inside ? nearest : -nearest;
}

struct ContourRow {
  double z;
  std::vector<double> ends;
};

/// The outline of neighbouring rows without a true gap between them; picture coordinates with y = −z.
void outline_block(const std::vector<ContourRow>& rows, double half_distance, std::vector<IsoLine>& out) {
  double lower = 1e30;
  double upper = -1e30;
  for (const ContourRow& row : rows) {
    if (!row.ends.empty()) {
      lower = std::min(lower, row.ends.front());
      upper = std::max(upper, row.ends.back());
    }
  }
  if (lower > upper) {
    return;
  }
  // Rows of the field: an empty one, the flat end, the planes with two between each pair, the flat end, an empty one.
  constexpr int parts_between_planes = 3;
  const double cap = 2 * half_distance;
  const double step = std::max(0.4, (upper - lower) / 1200.0);
  const int nx = static_cast<int>(std::ceil((upper - lower) / step)) + 5;
  const double x0 = lower - 2 * step;
  std::vector<double> row_z;
  std::vector<float> field;
  const auto append = [&](double z, auto&& value) {
    row_z.push_back(z);
    for (int i = 0; i < nx; ++i) {
      field.push_back(static_cast<float>(value(x0 + i * step)));
    }
  };
  const auto of_row = [cap](const ContourRow& row) {
    return [cap, &row](double x) { return signed_distance(row.ends, x, cap); };
  };
  const auto nothing = [](double) { return -1e-3; };
  append(rows.front().z - half_distance, nothing);
  append(rows.front().z - half_distance + 1e-3, of_row(rows.front()));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    append(rows[r].z, of_row(rows[r]));
    for (int k = 1; k < parts_between_planes && r + 1 < rows.size(); ++k) {
      const double t = static_cast<double>(k) / parts_between_planes;
      append(rows[r].z + t * (rows[r + 1].z - rows[r].z), [&](double x) {
        return (1 - t) * signed_distance(rows[r].ends, x, cap) + t * signed_distance(rows[r + 1].ends, x, cap);
      });
    }
  }
  append(rows.back().z + half_distance - 1e-3, of_row(rows.back()));
  append(rows.back().z + half_distance, nothing);
  const int ny = static_cast<int>(row_z.size());
  for (IsoLine& line : isolines(field, nx, ny, 0.0)) {
    for (Eigen::Vector2d& p : line.points) {
      const auto below = std::min(static_cast<std::size_t>(p.y()), row_z.size() - 2);
      const double t = p.y() - static_cast<double>(below);
      p = {x0 + p.x() * step, -(row_z[below] + t * (row_z[below + 1] - row_z[below]))};
    }
    out.push_back(simplified(line, 0.05));
  }
}

std::vector<IsoLine> axial_outline(const Structure& structure, double at_mm) {
  const auto planes = contours_by_plane(structure);
  if (planes.empty()) {
    return {};
  }
  const auto nearest = std::ranges::min_element(planes, {}, [&](const auto& p) { return std::abs(p.first - at_mm); });
  const double usual = usual_distance(planes);
  if (std::abs(nearest->first - at_mm) > std::max(0.75 * usual, 0.05)) {
    return {};
  }
  std::vector<IsoLine> lines;
  for (const Contour* contour : nearest->second) {
    lines.push_back(simplified({contour->points, true}, 0.05));
  }
  return lines;
}

}  // namespace

SliceOrientation slice_orientation(SlicePlane plane) {
  switch (plane) {
    case SlicePlane::axial:
      return {plane, 2, 0, 1, 1.0, "Axial", {'R', 'L', 'A', 'P'}};
    case SlicePlane::sagittal:
      return {plane, 0, 1, 2, -1.0, "Sagittal", {'A', 'P', 'S', 'I'}};
    case SlicePlane::coronal:
      break;
  }
  return {SlicePlane::coronal, 1, 0, 2, -1.0, "Coronal", {'R', 'L', 'S', 'I'}};
}

SliceImage slice_image(const Volume<float>& hu, const SliceOrientation& o, int index, const Vec3& lower_P,
                       const Vec3& upper_P, double window_width, double window_level) {
  const Grid& grid = hu.grid();
  const IndexRange across = voxels_between(grid, o.across, lower_P[o.across], upper_P[o.across]);
  const IndexRange down = voxels_between(grid, o.down, lower_P[o.down], upper_P[o.down]);
  XINGU_EXPECT(across.count() > 0 && down.count() > 0);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(across.count()) * static_cast<std::size_t>(down.count()));
  std::array<int, 3> voxel{};
  voxel[static_cast<std::size_t>(o.normal)] = index;
  const double black = window_level - 0.5 * window_width;
  for (int row = 0; row < down.count(); ++row) {
    voxel[static_cast<std::size_t>(o.down)] = o.down_sign > 0 ? down.first + row : down.last - row;
    for (int i = across.first; i <= across.last; ++i) {
      voxel[static_cast<std::size_t>(o.across)] = i;
      const double value = static_cast<double>(hu.at(voxel[0], voxel[1], voxel[2]));
      const double grey = 255.0 * (value - black) / window_width;
      pixels.push_back(grey > 0 ? static_cast<std::uint8_t>(std::lround(std::min(grey, 255.0))) : std::uint8_t{0});
    }
  }
  SliceImage image;
  image.png = encode_png({across.count(), down.count(), pixels});
  const double pixel_width = grid.spacing[o.across];
  const double pixel_height = grid.spacing[o.down];
  const int top = o.down_sign > 0 ? down.first : down.last;
  image.box = {grid.origin[o.across] + (across.first - 0.5) * pixel_width,
               o.down_sign * (grid.origin[o.down] + top * pixel_height) - 0.5 * pixel_height,
               across.count() * pixel_width, down.count() * pixel_height};
  return image;
}

namespace {

bool is_in(const Volume<std::uint8_t>& mask, const Vec3& point) {
  const Vec3 at = mask.grid().coordinates(point).array().round();
  const auto x = static_cast<int>(at.x());
  const auto y = static_cast<int>(at.y());
  const auto z = static_cast<int>(at.z());
  return mask.grid().contains(x, y, z) && mask.at(x, y, z) != 0;
}

}  // namespace

IsodoseSet isodose_lines(const Volume<float>& dose_Gy, const SliceOrientation& o, double at_mm,
                         const std::vector<double>& level_Gy, const Volume<std::uint8_t>* body) {
  IsodoseSet set{level_Gy, std::vector<std::vector<IsoLine>>(level_Gy.size())};
  const Grid& grid = dose_Gy.grid();
  if (grid.num_voxels() == 0 || at_mm < grid.lower()[o.normal] || at_mm > grid.upper()[o.normal]) {
    return set;
  }
  const FineAxis across = fine_axis(grid, o.across);
  const FineAxis down = fine_axis(grid, o.down);
  std::vector<float> field;
  field.reserve(static_cast<std::size_t>(across.count) * static_cast<std::size_t>(down.count));
  Vec3 point;
  point[o.normal] = at_mm;
  for (int j = 0; j < down.count; ++j) {
    point[o.down] = down.origin + j * down.step;
    for (int i = 0; i < across.count; ++i) {
      point[o.across] = across.origin + i * across.step;
      const double dose = interpolate(dose_Gy, point);
      const bool counts = std::isfinite(dose) && (body == nullptr || is_in(*body, point));
      field.push_back(counts ? static_cast<float>(dose) : 0.0F);
    }
  }
  for (std::size_t level = 0; level < level_Gy.size(); ++level) {
    for (IsoLine& line : isolines(field, across.count, down.count, level_Gy[level])) {
      for (Eigen::Vector2d& p : line.points) {
        p = {across.origin + p.x() * across.step, o.down_sign * (down.origin + p.y() * down.step)};
      }
      set.lines[level].push_back(simplified(line, 0.05));
    }
  }
  return set;
}

std::vector<IsoLine> structure_outline(const Structure& structure, const SliceOrientation& o, double at_mm) {
  if (o.plane == SlicePlane::axial) {
    return axial_outline(structure, at_mm);
  }
  const auto planes = contours_by_plane(structure);
  const double usual = usual_distance(planes);
  const double distance = usual > 0 ? usual : 1.0;
  std::vector<IsoLine> lines;
  std::vector<ContourRow> block;
  for (const auto& [z, contours] : planes) {
    if (!block.empty() && z - block.back().z > 1.5 * distance) {
      outline_block(block, 0.5 * distance, lines);
      block.clear();
    }
    block.push_back({z, crossings(contours, o.normal, at_mm)});
  }
  if (!block.empty()) {
    outline_block(block, 0.5 * distance, lines);
  }
  return lines;
}

}  // namespace xingu
