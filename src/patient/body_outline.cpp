// SPDX-License-Identifier: Apache-2.0
#include "patient/body_outline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "geometry/isolines.h"
#include "patient/occupancy.h"

namespace xingu {
namespace {

using Mask = Volume<std::uint8_t>;

constexpr float tissue_from_hu = -400.0F;
constexpr double opening_mm = 3.0;
constexpr double second_part = 1.0 / 3.0;

bool is_drawn(const Structure& structure) {
  return std::ranges::any_of(structure.contours, [](const Contour& c) { return c.points.size() >= 3; });
}

/// Grows (or, of the complement, shrinks) a mask in plane by a square of `radius` pixels.
void dilate_in_plane(Mask& mask, std::array<int, 2> radius, std::uint8_t value) {
  const Grid& grid = mask.grid();
  parallel_for(static_cast<std::size_t>(grid.nz()), [&](std::size_t slice) {
    const int z = static_cast<int>(slice);
    const auto along = [&](int length, int num_lines, int reach, auto&& voxel) {
      std::vector<std::uint8_t> line(static_cast<std::size_t>(length));
      for (int k = 0; k < num_lines; ++k) {
        int last_seen = -reach - 1;
        for (int i = 0; i < length; ++i) {
          last_seen = voxel(i, k) == value ? i : last_seen;
          line[static_cast<std::size_t>(i)] = i - last_seen <= reach ? 1 : 0;
        }
        last_seen = length + reach;
        for (int i = length - 1; i >= 0; --i) {
          last_seen = voxel(i, k) == value ? i : last_seen;
          if (last_seen - i <= reach) {
            line[static_cast<std::size_t>(i)] = 1;
          }
        }
        for (int i = 0; i < length; ++i) {
          if (line[static_cast<std::size_t>(i)] != 0) {
            voxel(i, k) = value;
          }
        }
      }
    };
    along(grid.nx(), grid.ny(), radius[0], [&](int i, int k) -> std::uint8_t& { return mask.at(i, k, z); });
    along(grid.ny(), grid.nx(), radius[1], [&](int i, int k) -> std::uint8_t& { return mask.at(k, i, z); });
  });
}

/// Keeps the largest part that is connected over faces, and others at least a third as large.
void keep_largest_parts(Mask& mask) {
  const Grid& grid = mask.grid();
  const std::array<std::ptrdiff_t, 3> stride{1, grid.nx(), static_cast<std::ptrdiff_t>(grid.nx()) * grid.ny()};
  std::vector<std::uint32_t> label(grid.num_voxels(), 0);
  std::vector<std::size_t> part_size{0};
  std::vector<std::size_t> stack;
  for (std::size_t seed = 0; seed < label.size(); ++seed) {
    if (mask[seed] == 0 || label[seed] != 0) {
      continue;
    }
    const auto part = static_cast<std::uint32_t>(part_size.size());
    part_size.push_back(0);
    label[seed] = part;
    stack.push_back(seed);
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      stack.pop_back();
      ++part_size.back();
      const std::array<int, 3> at{
          static_cast<int>(i % static_cast<std::size_t>(stride[1])),
          static_cast<int>(i / static_cast<std::size_t>(stride[1]) % static_cast<std::size_t>(grid.ny())),
          static_cast<int>(i / static_cast<std::size_t>(stride[2]))};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        for (const int step : {-1, 1}) {
          if (at[axis] + step < 0 || at[axis] + step >= grid.size[axis]) {
            continue;
          }
          const auto neighbour = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(i) + step * stride[axis]);
          if (mask[neighbour] != 0 && label[neighbour] == 0) {
            label[neighbour] = part;
            stack.push_back(neighbour);
          }
        }
      }
    }
  }
  const double smallest = second_part * static_cast<double>(std::ranges::max(part_size));
  for (std::size_t i = 0; i < label.size(); ++i) {
    mask[i] = label[i] != 0 && static_cast<double>(part_size[label[i]]) >= smallest ? 1 : 0;
  }
}

/// Sets what the edge of its axial slice cannot reach over faces.
void fill_holes(Mask& mask) {
  const Grid& grid = mask.grid();
  parallel_for(static_cast<std::size_t>(grid.nz()), [&](std::size_t slice) {
    const int z = static_cast<int>(slice);
    std::vector<std::array<int, 2>> stack;
    std::vector<std::uint8_t> is_outside(static_cast<std::size_t>(grid.nx()) * static_cast<std::size_t>(grid.ny()), 0);
    const auto visit = [&](int x, int y) {
      if (x < 0 || y < 0 || x >= grid.nx() || y >= grid.ny() || mask.at(x, y, z) != 0) {
        return;
      }
      std::uint8_t& seen = is_outside[grid.index(x, y, 0)];
      if (seen == 0) {
        seen = 1;
        stack.push_back({x, y});
      }
    };
    for (int x = 0; x < grid.nx(); ++x) {
      visit(x, 0);
      visit(x, grid.ny() - 1);
    }
    for (int y = 0; y < grid.ny(); ++y) {
      visit(0, y);
      visit(grid.nx() - 1, y);
    }
    while (!stack.empty()) {
      const auto [x, y] = stack.back();
      stack.pop_back();
      visit(x - 1, y);
      visit(x + 1, y);
      visit(x, y - 1);
      visit(x, y + 1);
    }
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        mask.at(x, y, z) = is_outside[grid.index(x, y, 0)] == 0 ? 1 : 0;
      }
    }
  });
}

Mask body_from_image(const Volume<float>& hu) {
  const Grid& grid = hu.grid();
  Mask tissue(grid);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    tissue[i] = hu[i] > tissue_from_hu ? 1 : 0;
  }
  std::array<int, 2> radius{};
  for (std::size_t a = 0; a < 2; ++a) {
    radius[a] = std::max(1, static_cast<int>(std::lround(opening_mm / grid.spacing[static_cast<Eigen::Index>(a)])));
  }
  Mask core = tissue;
  dilate_in_plane(core, radius, 0);
  keep_largest_parts(core);
  dilate_in_plane(core, {radius[0] + 1, radius[1] + 1}, 1);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    core[i] = core[i] & tissue[i];
  }
  fill_holes(core);
  return core;
}

/// First and last slice with a voxel of the mask; {0, -1} if it is empty.
std::array<int, 2> end_slices(const Mask& mask) {
  const Grid& grid = mask.grid();
  const std::size_t per_slice = grid.index(0, 0, 1);
  const auto is_filled = [&](int z) {
    return std::ranges::any_of(mask.values().subspan(static_cast<std::size_t>(z) * per_slice, per_slice),
                               [](std::uint8_t v) { return v != 0; });
  };
  std::array<int, 2> ends{0, -1};
  for (int z = 0; z < grid.nz(); ++z) {
    if (is_filled(z)) {
      ends = {ends[1] < 0 ? z : ends[0], z};
    }
  }
  return ends;
}

/// BodyOutline::beyond_mm.
std::array<double, 2> continuation(const Mask& mask, const Volume<float>& hu) {
  constexpr double least_part = 0.02;  // of the outline: less is a mask's strap or noise
  const Grid& grid = mask.grid();
  const std::array<int, 2> ends = end_slices(mask);
  std::array<double, 2> beyond{};
  for (std::size_t e = 0; e < 2 && ends[1] >= 0; ++e) {
    const int step = e == 0 ? -1 : 1;
    const int last = e == 0 ? 0 : grid.nz() - 1;
    int farthest = ends[e];
    for (int z = ends[e] + step; z >= 0 && z < grid.nz(); z += step) {
      std::size_t outline = 0;
      std::size_t tissue = 0;
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x) {
          if (mask.at(x, y, ends[e]) != 0) {
            ++outline;
            tissue += hu.at(x, y, z) > tissue_from_hu ? 1 : 0;
          }
        }
      }
      farthest = static_cast<double>(tissue) > least_part * static_cast<double>(outline) ? z : farthest;
    }
    beyond[e] =
        farthest == last ? std::numeric_limits<double>::infinity() : std::abs(farthest - ends[e]) * grid.spacing.z();
  }
  return beyond;
}

}  // namespace

const Structure* external_structure(const StructureSet& set) {
  for (const Structure& structure : set.structures) {
    if (structure.interpreted_type == "EXTERNAL" && is_drawn(structure)) {
      return &structure;
    }
  }
  for (const char* name : {"external", "body", "bodyoutline", "body outline", "patient outline", "outer contour",
                           "external contour", "ext", "skin"}) {
    for (const Structure& structure : set.structures) {
      if (to_lower(structure.name) == name && is_drawn(structure)) {
        return &structure;
      }
    }
  }
  return nullptr;
}

BodyOutline find_body(const Patient& patient) {
  const Grid& grid = patient.ct.hu.grid();
  if (const Structure* external = external_structure(patient.structure_set); external != nullptr) {
    BodyOutline result{Mask(grid), fmt::format("the structure '{}'", printable(external->name))};
    for (const auto& voxel : rasterise(*external, grid).voxels) {
      result.mask[voxel.index] = voxel.fraction >= 0.5F ? 1 : 0;
    }
    if (to_lower(external->name) == "skin") {
      fill_holes(result.mask);
    }
    result.beyond_mm = continuation(result.mask, patient.ct.hu);
    return result;
  }
  BodyOutline result{body_from_image(patient.ct.hu), "the CT image (tissue above -400 HU, largest part, holes filled)"};
  XINGU_REQUIRE(std::ranges::any_of(result.mask.values(), [](std::uint8_t v) { return v != 0; }),
                "no body was found in the CT (nothing above {} HU and no structure of type EXTERNAL); contour the body",
                tissue_from_hu);
  result.beyond_mm = continuation(result.mask, patient.ct.hu);
  return result;
}

Mask body_mask(const Patient& patient) { return find_body(patient).mask; }

std::array<std::vector<int>, 4> cut_slices(const Mask& mask) {
  const Grid& grid = mask.grid();
  std::array<std::vector<int>, 4> slices;
  for (int z = 0; z < grid.nz(); ++z) {
    std::array<bool, 4> is_cut{};
    for (int y = 0; y < grid.ny(); ++y) {
      is_cut[0] = is_cut[0] || mask.at(0, y, z) != 0;
      is_cut[1] = is_cut[1] || mask.at(grid.nx() - 1, y, z) != 0;
    }
    for (int x = 0; x < grid.nx(); ++x) {
      is_cut[2] = is_cut[2] || mask.at(x, 0, z) != 0;
      is_cut[3] = is_cut[3] || mask.at(x, grid.ny() - 1, z) != 0;
    }
    for (std::size_t side = 0; side < 4; ++side) {
      if (is_cut[side]) {
        slices[side].push_back(z);
      }
    }
  }
  return slices;
}

std::vector<std::string> cut_remarks(const Mask& mask) {
  constexpr std::array<const char*, 4> sides{"right", "left", "front", "back"};
  const auto slices = cut_slices(mask);
  std::vector<std::string> remarks;
  for (std::size_t side = 0; side < 4; ++side) {
    if (!slices[side].empty()) {
      remarks.push_back(
          fmt::format("the body touches the CT's edge at the patient's {} in {} slice{} (what lies beyond is not seen: "
                      "beams through it lack its attenuation); use a wider reconstruction",
                      sides[side], slices[side].size(), slices[side].size() == 1 ? "" : "s"));
    }
  }
  return remarks;
}

Structure outline_structure(const Mask& mask) {
  const Grid& grid = mask.grid();
  const int nx = grid.nx() + 2;  // a rim of nothing, so that every line closes
  const int ny = grid.ny() + 2;
  Structure outline;
  outline.interpreted_type = "EXTERNAL";
  outline.name = "External";
  for (int z = 0; z < grid.nz(); ++z) {
    std::vector<float> slice(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny), 0.0F);
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        slice[static_cast<std::size_t>(y + 1) * static_cast<std::size_t>(nx) + static_cast<std::size_t>(x + 1)] =
            mask.at(x, y, z);
      }
    }
    for (const IsoLine& line : isolines(slice, nx, ny, 0.5)) {
      Contour contour{grid.centre(0, 0, z).z(), {}};
      for (const Eigen::Vector2d& p : simplified(line, 0.05).points) {
        contour.points.emplace_back(grid.origin.x() + (p.x() - 1.0) * grid.spacing.x(),
                                    grid.origin.y() + (p.y() - 1.0) * grid.spacing.y());
      }
      if (contour.points.size() >= 3) {
        outline.contours.push_back(std::move(contour));
      }
    }
  }
  return outline;
}

Grid grid_over_body(const BodyOutline& body, double spacing_mm) {
  const Grid& grid = body.mask.grid();
  Vec3 lower = grid.upper();
  Vec3 upper = grid.lower();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        if (body.mask.at(x, y, z) != 0) {
          lower = lower.cwiseMin(grid.centre(x, y, z) - 0.5 * grid.spacing);
          upper = upper.cwiseMax(grid.centre(x, y, z) + 0.5 * grid.spacing);
        }
      }
    }
  }
  return covering_grid(lower, upper, spacing_mm);
}

}  // namespace xingu
