// SPDX-License-Identifier: Apache-2.0
#include "patient/planning_check.h"

#include <algorithm>

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

}  // namespace

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
