// SPDX-License-Identifier: Apache-2.0
#include "geometry/isolines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/error.h"

namespace xingu {
namespace {

constexpr std::int32_t no_edge = -1;

/// The raster's edges are numbered: edge 2·i goes right from sample i, edge 2·i + 1 goes down (to larger y). A line is
/// a walk from crossed edge to crossed edge, each crossed edge having one neighbour in each of its two cells.
class Marcher {
 public:
  Marcher(std::span<const float> field, int nx, int ny, double level)
      : field_(field), nx_(nx), ny_(ny), level_(level), next_(2 * field.size(), {no_edge, no_edge}) {}

  std::vector<IsoLine> lines() {
    for (int y = 0; y + 1 < ny_; ++y) {
      for (int x = 0; x + 1 < nx_; ++x) {
        link_cell(x, y);
      }
    }
    std::vector<IsoLine> result;
    for (std::size_t edge = 0; edge < next_.size(); ++edge) {
      if (next_[edge][0] != no_edge && next_[edge][1] == no_edge) {
        result.push_back(walk(static_cast<std::int32_t>(edge)));
      }
    }
    for (std::size_t edge = 0; edge < next_.size(); ++edge) {
      if (next_[edge][0] != no_edge) {
        result.push_back(walk(static_cast<std::int32_t>(edge)));
        result.back().is_closed = true;
      }
    }
    return result;
  }

 private:
  [[nodiscard]] std::int32_t sample(int x, int y) const { return y * nx_ + x; }
  [[nodiscard]] double value(std::int32_t i) const {
    return static_cast<double>(field_[static_cast<std::size_t>(i)]) - level_;
  }

  void link(std::int32_t a, std::int32_t b) {
    for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
      auto& slots = next_[static_cast<std::size_t>(from)];
      slots[slots[0] == no_edge ? 0 : 1] = to;
    }
  }

  void link_cell(int x, int y) {
    const std::array<double, 4> v{value(sample(x, y)), value(sample(x + 1, y)), value(sample(x + 1, y + 1)),
                                  value(sample(x, y + 1))};
    // top, right, bottom, left: edge k lies between corners k and k + 1
    const std::array<std::int32_t, 4> edges{2 * sample(x, y), 2 * sample(x + 1, y) + 1, 2 * sample(x, y + 1),
                                            2 * sample(x, y) + 1};
    std::array<std::int32_t, 4> crossed{};
    std::size_t count = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      if ((v[k] >= 0) != (v[(k + 1) % 4] >= 0)) {
        crossed[count++] = edges[k];
      }
    }
    if (count == 2) {
      link(crossed[0], crossed[1]);
    } else if (count == 4) {
      const bool is_centre_inside = v[0] + v[1] + v[2] + v[3] >= 0;
      const bool is_corner_cut_off = (v[0] >= 0) != is_centre_inside;  // corners 0 and 2 are each alone
      link(edges[0], is_corner_cut_off ? edges[3] : edges[1]);
      link(edges[2], is_corner_cut_off ? edges[1] : edges[3]);
    }
  }

  [[nodiscard]] Eigen::Vector2d crossing(std::int32_t edge) const {
    const std::int32_t from = edge / 2;
    const bool is_down = edge % 2 != 0;
    const double a = value(from);
    const double b = value(is_down ? from + nx_ : from + 1);
    const double t = a / (a - b);
    const int x = from % nx_;
    const int y = from / nx_;
    return is_down ? Eigen::Vector2d(x, y + t) : Eigen::Vector2d(x + t, y);
  }

  /// Follows a line from `start` and forgets its edges.
  IsoLine walk(std::int32_t start) {
    IsoLine line;
    std::int32_t edge = start;
    while (edge != no_edge) {
      line.points.push_back(crossing(edge));
      auto& slots = next_[static_cast<std::size_t>(edge)];
      const std::int32_t following = slots[0] != no_edge ? slots[0] : slots[1];
      slots = {no_edge, no_edge};
      if (following != no_edge) {
        auto& back = next_[static_cast<std::size_t>(following)];
        back[back[0] == edge ? 0 : 1] = no_edge;
        // The far end of a ring has been forgotten already: its last slot points at the start.
      }
      edge = following;
      if (edge == start) {
        break;
      }
    }
    return line;
  }

  std::span<const float> field_;
  int nx_;
  int ny_;
  double level_;
  std::vector<std::array<std::int32_t, 2>> next_;
};

double distance_to_segment(const Eigen::Vector2d& p, const Eigen::Vector2d& a, const Eigen::Vector2d& b) {
  const Eigen::Vector2d d = b - a;
  const double length2 = d.squaredNorm();
  const double t = length2 > 0 ? std::clamp((p - a).dot(d) / length2, 0.0, 1.0) : 0.0;
  return (p - a - t * d).norm();
}

/// Marks the points to keep of [first, last], both kept already.
void keep_far_points(const std::vector<Eigen::Vector2d>& points, std::size_t first, std::size_t last, double tolerance,
                     std::vector<char>& keep) {
  std::vector<std::pair<std::size_t, std::size_t>> open{{first, last}};
  while (!open.empty()) {
    const auto [begin, end] = open.back();
    open.pop_back();
    double farthest = tolerance;
    std::size_t at = begin;
    for (std::size_t i = begin + 1; i < end; ++i) {
      const double distance = distance_to_segment(points[i], points[begin], points[end]);
      if (distance > farthest) {
        farthest = distance;
        at = i;
      }
    }
    if (at != begin) {
      keep[at] = 1;
      open.emplace_back(begin, at);
      open.emplace_back(at, end);
    }
  }
}

}  // namespace

std::vector<IsoLine> isolines(std::span<const float> field, int nx, int ny, double level) {
  XINGU_EXPECT(nx >= 0 && ny >= 0 && field.size() == static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  if (nx < 2 || ny < 2) {
    return {};
  }
  return Marcher(field, nx, ny, level).lines();
}

IsoLine simplified(const IsoLine& line, double tolerance) {
  const auto& points = line.points;
  if (points.size() < 4) {
    return line;
  }
  std::vector<char> keep(points.size(), 0);
  keep.front() = keep.back() = 1;
  std::size_t middle = points.size() - 1;
  if (line.is_closed) {
    // A ring has no ends: split it at the point farthest from the first.
    middle = static_cast<std::size_t>(
        std::ranges::max_element(points, {},
                                 [&](const Eigen::Vector2d& p) { return (p - points.front()).squaredNorm(); }) -
        points.begin());
    keep[middle] = 1;
    keep_far_points(points, 0, middle, tolerance, keep);
  }
  keep_far_points(points, line.is_closed ? middle : 0, points.size() - 1, tolerance, keep);
  IsoLine result{{}, line.is_closed};
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (keep[i] != 0) {
      result.points.push_back(points[i]);
    }
  }
  return result;
}

}  // namespace xingu
