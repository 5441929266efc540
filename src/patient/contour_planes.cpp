// SPDX-License-Identifier: Apache-2.0
#include "patient/contour_planes.h"

#include <algorithm>
#include <cmath>

namespace xingu {
namespace {

constexpr double same_plane_mm = 0.05;
constexpr double largest_gap_factor = 1.5;
constexpr double widest_change = 3.5;          // of the distance within one structure, where it stays changed
constexpr double largest_gap_of_a_body = 5.5;  // a patient is not in parts

std::vector<ContourPlane> group_by_plane(const Structure& structure) {
  std::vector<const Contour*> usable;
  for (const Contour& contour : structure.contours) {
    if (contour.points.size() >= 3 && std::isfinite(contour.z_mm)) {
      usable.push_back(&contour);
    }
  }
  std::ranges::stable_sort(usable, {}, [](const Contour* c) { return c->z_mm; });
  std::vector<ContourPlane> planes;
  for (const Contour* contour : usable) {
    if (planes.empty() || contour->z_mm - planes.back().z_mm > same_plane_mm) {
      planes.emplace_back().z_mm = contour->z_mm;
    }
    auto& contours = planes.back().contours;
    const bool is_repetition =
        std::ranges::any_of(contours, [&](const Contour* other) { return other->points == contour->points; });
    if (!is_repetition) {
      contours.push_back(contour);
    }
  }
  return planes;
}

std::optional<double> median_distance(const std::vector<ContourPlane>& planes) {
  if (planes.size() < 2) {
    return std::nullopt;
  }
  std::vector<double> distances;
  for (std::size_t i = 1; i < planes.size(); ++i) {
    distances.push_back(planes[i].z_mm - planes[i - 1].z_mm);
  }
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>((distances.size() - 1) / 2);
  std::ranges::nth_element(distances, middle);
  return *middle;
}

}  // namespace

std::vector<ContourPlane> contour_planes(const Structure& structure, double single_plane_mm) {
  std::vector<ContourPlane> planes = group_by_plane(structure);
  const double usual = median_distance(planes).value_or(single_plane_mm);
  const auto gap_above = [&](std::size_t below) { return planes[below + 1].z_mm - planes[below].z_mm; };
  const double bridged = structure.interpreted_type == "EXTERNAL" ? largest_gap_of_a_body : largest_gap_factor;
  const auto is_joined = [&](std::size_t below) {
    const double gap = gap_above(below);
    const bool goes_on_below = below > 0 && gap <= largest_gap_factor * gap_above(below - 1);
    const bool goes_on_above = below + 2 < planes.size() && gap <= largest_gap_factor * gap_above(below + 1);
    return gap <= bridged * usual || (gap <= widest_change * usual && (goes_on_below || goes_on_above));
  };
  for (std::size_t i = 0; i < planes.size(); ++i) {
    ContourPlane& plane = planes[i];
    plane.is_first = i == 0 || !is_joined(i - 1);
    plane.is_last = i + 1 == planes.size() || !is_joined(i);
    const double below = plane.is_first ? 0.0 : 0.5 * (plane.z_mm - planes[i - 1].z_mm);
    const double above = plane.is_last ? 0.0 : 0.5 * (planes[i + 1].z_mm - plane.z_mm);
    const double alone = 0.5 * usual;
    plane.lower_mm = plane.z_mm - (!plane.is_first ? below : (!plane.is_last ? above : alone));
    plane.upper_mm = plane.z_mm + (!plane.is_last ? above : (!plane.is_first ? below : alone));
  }
  return planes;
}

std::vector<DoubtfulGap> doubtful_gaps(const Structure& structure) {
  const std::vector<ContourPlane> planes = contour_planes(structure, structure.single_plane_mm);
  const double usual = usual_plane_distance_mm(structure).value_or(0.0);
  std::vector<DoubtfulGap> gaps;
  for (std::size_t i = 0; i + 1 < planes.size(); ++i) {
    const double gap = planes[i + 1].z_mm - planes[i].z_mm;
    const bool is_bridged = !planes[i].is_last;
    if (gap > largest_gap_factor * usual && (is_bridged || gap <= widest_change * usual)) {
      gaps.push_back({planes[i].z_mm, planes[i + 1].z_mm, is_bridged});
    }
  }
  return gaps;
}

std::optional<double> usual_plane_distance_mm(const Structure& structure) {
  return median_distance(group_by_plane(structure));
}

}  // namespace xingu
