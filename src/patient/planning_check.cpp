// SPDX-License-Identifier: Apache-2.0
#include "patient/planning_check.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu {
namespace {

/// True if any point of the structure lies within the CT, or as near to it as half a slice.
bool lies_on(const Structure& structure, const Grid& ct) {
  const Vec3 lower = ct.lower();
  const Vec3 upper = ct.upper();
  return std::ranges::any_of(structure.contours, [&](const Contour& contour) {
    return contour.z_mm >= lower.z() && contour.z_mm <= upper.z() &&
           std::ranges::any_of(contour.points, [&](const Eigen::Vector2d& p) {
             return p.x() >= lower.x() && p.x() <= upper.x() && p.y() >= lower.y() && p.y() <= upper.y();
           });
  });
}

/// True if a voxel of the body is at most one voxel away along every axis.
bool is_near(const Volume<std::uint8_t>& body, const Vec3& point) {
  const Vec3 at = body.grid().coordinates(point).array().round();
  if (!((at.array() >= -1.0).all() && (at.array() < 1e6).all())) {
    return false;
  }
  for (int k = 0; k < 27; ++k) {
    const int x = static_cast<int>(at.x()) + k % 3 - 1;
    const int y = static_cast<int>(at.y()) + k / 3 % 3 - 1;
    const int z = static_cast<int>(at.z()) + k / 9 - 1;
    if (body.grid().contains(x, y, z) && body.at(x, y, z) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

double beyond_body_mm3(const StructureSamples& samples, const Volume<std::uint8_t>& body) {
  double sum = 0.0;
  for (const StructureSamples::Sample& sample : samples.samples) {
    if (!is_near(body, sample.position_mm.cast<double>())) {
      sum += std::pow(static_cast<double>(sample.cell_mm), 3);
    }
  }
  return sum;
}

std::vector<std::string> planning_obstacles(const Grid& ct, const StructureSet& set, const std::string& source) {
  const auto has_contours = [](const Structure& structure) { return !structure.contours.empty(); };
  if (set.structures.empty()) {
    return {
        fmt::format("{}: holds no structures for this CT (a plan needs a target to treat); put the RTSTRUCT that was "
                    "drawn on it into the folder",
                    source)};
  }
  if (std::ranges::none_of(set.structures, has_contours)) {
    return {fmt::format("{}: all {} structures are empty (a plan needs a target to treat); contour the target", source,
                        set.structures.size())};
  }
  if (std::ranges::none_of(set.structures, [&](const Structure& s) { return lies_on(s, ct); })) {
    return {
        fmt::format("{}: every structure lies beside the CT (there is nothing to treat on it); give the RTSTRUCT that "
                    "was drawn on this CT",
                    source)};
  }
  return {};
}

void require_plannable(const Patient& patient, const std::string& source) {
  if (const auto obstacles = planning_obstacles(patient.ct.hu.grid(), patient.structure_set, source);
      !obstacles.empty()) {
    throw InputError(obstacles.front());
  }
}

}  // namespace xingu
