// SPDX-License-Identifier: Apache-2.0
#include "patient/structure_bodies.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace xingu {
namespace {

using Point2 = Eigen::Vector2d;

constexpr std::size_t most_contours_in_plane = 200;
constexpr std::size_t most_points_tried = 512;

struct Outline {
  std::size_t plane;
  const Contour* contour;
  Point2 lower;
  Point2 upper;
};

class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[std::max(find(a), find(b))] = std::min(find(a), find(b)); }

 private:
  std::vector<std::size_t> parent_;
};

bool is_inside(const Contour& contour, const Point2& p) {
  bool inside = false;
  const auto& points = contour.points;
  for (std::size_t i = 0, j = points.size() - 1; i < points.size(); j = i++) {
    const Point2& a = points[i];
    const Point2& b = points[j];
    if ((a.y() > p.y()) != (b.y() > p.y()) && p.x() < a.x() + (b.x() - a.x()) * (p.y() - a.y()) / (b.y() - a.y())) {
      inside = !inside;
    }
  }
  return inside;
}

bool reaches_into(const Outline& a, const Outline& b) {
  const auto& points = a.contour->points;
  const std::size_t step = 1 + points.size() / most_points_tried;
  for (std::size_t i = 0; i < points.size(); i += step) {
    const Point2& p = points[i];
    const bool is_near = (p.array() >= b.lower.array()).all() && (p.array() <= b.upper.array()).all();
    if (is_near && is_inside(*b.contour, p)) {
      return true;
    }
  }
  return false;
}

bool overlaps(const Outline& a, const Outline& b) {
  const bool may_touch = (a.lower.array() <= b.upper.array()).all() && (b.lower.array() <= a.upper.array()).all();
  return may_touch && (a.contour->points == b.contour->points || reaches_into(a, b) || reaches_into(b, a));
}

}  // namespace

std::vector<std::vector<ContourPlane>> separate_bodies(const std::vector<ContourPlane>& planes) {
  std::vector<Outline> outlines;
  std::vector<std::size_t> first_of_plane{0};
  bool is_crowded = false;
  for (std::size_t p = 0; p < planes.size(); ++p) {
    for (const Contour* contour : planes[p].contours) {
      Outline outline{p, contour, contour->points.front(), contour->points.front()};
      for (const Point2& point : contour->points) {
        outline.lower = outline.lower.cwiseMin(point);
        outline.upper = outline.upper.cwiseMax(point);
      }
      outlines.push_back(outline);
    }
    is_crowded = is_crowded || planes[p].contours.size() > most_contours_in_plane;
    first_of_plane.push_back(outlines.size());
  }
  Groups groups(outlines.size());
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    const std::size_t p = outlines[i].plane;
    const std::size_t end = planes[p].is_last ? first_of_plane[p + 1] : first_of_plane[p + 2];
    for (std::size_t j = i + 1; j < end; ++j) {
      if (is_crowded) {
        groups.join(i, j);
        break;  // the next outline is joined to this one, and so on: a chain
      }
      if (groups.find(i) != groups.find(j) && overlaps(outlines[i], outlines[j])) {
        groups.join(i, j);
      }
    }
  }
  std::map<std::size_t, std::vector<ContourPlane>> bodies;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    auto& body = bodies[groups.find(i)];
    const ContourPlane& plane = planes[outlines[i].plane];
    if (body.empty() || body.back().z_mm != plane.z_mm) {
      body.push_back(plane);
      body.back().contours.clear();
    }
    body.back().contours.push_back(outlines[i].contour);
  }
  std::vector<std::vector<ContourPlane>> result;
  for (auto& [root, body] : bodies) {
    for (ContourPlane& plane : body) {
      plane.is_first = &plane == &body.front();
      plane.is_last = &plane == &body.back();
    }
    result.push_back(std::move(body));
  }
  return result;
}

}  // namespace xingu
