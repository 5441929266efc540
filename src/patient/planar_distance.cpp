// SPDX-License-Identifier: Apache-2.0
#include "patient/planar_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>

namespace xingu {
namespace {

using Point2 = Eigen::Vector2d;

struct Edge {
  Point2 a;
  Point2 delta;
  double inverse_length2;
};

double squared_distance(const Edge& edge, const Point2& p) {
  const Point2 from_a = p - edge.a;
  const double t = std::clamp(from_a.dot(edge.delta) * edge.inverse_length2, 0.0, 1.0);
  return (from_a - t * edge.delta).squaredNorm();
}

/// Edges of all contours without those that are there in both directions.
std::vector<Edge> outline_edges(std::span<const Contour* const> contours) {
  using Key = std::array<std::int64_t, 4>;  // micrometres: lesser end, greater end
  struct Directed {
    Key ends;
    bool is_forward;
    std::size_t edge;
  };
  std::vector<Directed> directed;
  std::vector<Edge> edges;
  for (const Contour* contour : contours) {
    for (std::size_t i = 0; i < contour->points.size(); ++i) {
      const Point2& a = contour->points[i];
      const Point2& b = contour->points[i + 1 == contour->points.size() ? 0 : i + 1];
      const double length2 = (b - a).squaredNorm();
      if (!(length2 > 0)) {
        continue;
      }
      const auto micrometre = [](double mm) { return std::llround(std::clamp(mm, -1e12, 1e12) * 1000.0); };
      const std::array<std::int64_t, 2> ka{micrometre(a.x()), micrometre(a.y())};
      const std::array<std::int64_t, 2> kb{micrometre(b.x()), micrometre(b.y())};
      const bool is_forward = ka < kb;
      const auto& lesser = is_forward ? ka : kb;
      const auto& greater = is_forward ? kb : ka;
      directed.push_back({{lesser[0], lesser[1], greater[0], greater[1]}, is_forward, edges.size()});
      edges.push_back({a, b - a, 1.0 / length2});
    }
  }
  std::ranges::sort(directed, [](const Directed& l, const Directed& r) {
    return std::tie(l.ends, l.is_forward, l.edge) < std::tie(r.ends, r.is_forward, r.edge);
  });
  std::vector<bool> is_cancelled(edges.size(), false);
  for (std::size_t begin = 0; begin < directed.size();) {
    std::size_t end = begin;
    std::size_t num_backward = 0;
    while (end < directed.size() && directed[end].ends == directed[begin].ends) {
      num_backward += directed[end].is_forward ? 0 : 1;
      ++end;
    }
    const std::size_t num_pairs = std::min(num_backward, end - begin - num_backward);
    for (std::size_t k = 0; k < num_pairs; ++k) {
      is_cancelled[directed[begin + k].edge] = true;
      is_cancelled[directed[end - 1 - k].edge] = true;
    }
    begin = end;
  }
  std::vector<Edge> kept;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!is_cancelled[i]) {
      kept.push_back(edges[i]);
    }
  }
  return kept;
}

class DistanceMap {
 public:
  DistanceMap(const std::vector<Edge>& edges, const PlanarRaster& raster)
      : edges_(edges),
        raster_(raster),
        squared_(raster.size(), std::numeric_limits<double>::infinity()),
        nearest_(raster.size(), -1) {
    for (std::size_t e = 0; e < edges.size(); ++e) {
      seed(static_cast<int>(e));
    }
    sweep();
    sweep();
  }

  [[nodiscard]] double at(std::size_t i) const { return std::sqrt(squared_[i]); }

 private:
  [[nodiscard]] Point2 point(int x, int y) const { return raster_.origin + raster_.pixel_mm * Point2(x, y); }
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(raster_.nx) + static_cast<std::size_t>(x);
  }

  void offer(int x, int y, int edge) {
    const double d2 = squared_distance(edges_[static_cast<std::size_t>(edge)], point(x, y));
    const std::size_t i = index(x, y);
    if (d2 < squared_[i]) {
      squared_[i] = d2;
      nearest_[i] = edge;
    }
  }

  /// Exact distances around an edge, row by row so that a long edge does not fill its bounding box.
  void seed(int e) {
    const Edge& edge = edges_[static_cast<std::size_t>(e)];
    constexpr double reach = 1.5;
    const Point2 a = (edge.a - raster_.origin) / raster_.pixel_mm;
    const Point2 d = edge.delta / raster_.pixel_mm;
    const double y_low = std::min(a.y(), a.y() + d.y());
    const double y_high = std::max(a.y(), a.y() + d.y());
    const int y0 = std::max(0, static_cast<int>(std::ceil(std::max(y_low - reach, -1.0))));
    const int y1 = static_cast<int>(std::floor(std::min(y_high + reach, raster_.ny - 1.0)));
    for (int y = y0; y <= y1; ++y) {
      double t0 = 0.0;
      double t1 = 1.0;
      if (std::abs(d.y()) > 1e-12) {
        const double ta = (y - reach - a.y()) / d.y();
        const double tb = (y + reach - a.y()) / d.y();
        t0 = std::clamp(std::min(ta, tb), 0.0, 1.0);
        t1 = std::clamp(std::max(ta, tb), 0.0, 1.0);
      }
      const double xa = a.x() + t0 * d.x();
      const double xb = a.x() + t1 * d.x();
      const int x0 = std::max(0, static_cast<int>(std::ceil(std::max(std::min(xa, xb) - reach, -1.0))));
      const int x1 = static_cast<int>(std::floor(std::min(std::max(xa, xb) + reach, raster_.nx - 1.0)));
      for (int x = x0; x <= x1; ++x) {
        offer(x, y, e);
      }
    }
  }

  void offer_from(int x, int y, int from_x, int from_y) {
    if (from_x < 0 || from_y < 0 || from_x >= raster_.nx || from_y >= raster_.ny) {
      return;
    }
    const int edge = nearest_[index(from_x, from_y)];
    if (edge >= 0 && edge != nearest_[index(x, y)]) {
      offer(x, y, edge);
    }
  }

  void sweep() {
    for (int y = 0; y < raster_.ny; ++y) {
      for (int x = 0; x < raster_.nx; ++x) {
        offer_from(x, y, x - 1, y);
        offer_from(x, y, x - 1, y - 1);
        offer_from(x, y, x, y - 1);
        offer_from(x, y, x + 1, y - 1);
      }
      for (int x = raster_.nx - 1; x >= 0; --x) {
        offer_from(x, y, x + 1, y);
      }
    }
    for (int y = raster_.ny - 1; y >= 0; --y) {
      for (int x = raster_.nx - 1; x >= 0; --x) {
        offer_from(x, y, x + 1, y);
        offer_from(x, y, x + 1, y + 1);
        offer_from(x, y, x, y + 1);
        offer_from(x, y, x - 1, y + 1);
      }
      for (int x = 0; x < raster_.nx; ++x) {
        offer_from(x, y, x - 1, y);
      }
    }
  }

  const std::vector<Edge>& edges_;
  const PlanarRaster& raster_;
  std::vector<double> squared_;
  std::vector<int> nearest_;
};

/// Which of the raster's points lie inside, by the even-odd rule.
std::vector<bool> points_inside(const std::vector<Edge>& edges, const PlanarRaster& raster) {
  std::vector<std::vector<double>> crossings(static_cast<std::size_t>(raster.ny));
  for (const Edge& edge : edges) {
    const double ya = (edge.a.y() - raster.origin.y()) / raster.pixel_mm;
    const double yb = ya + edge.delta.y() / raster.pixel_mm;
    const double low = std::clamp(std::ceil(std::min(ya, yb)), 0.0, static_cast<double>(raster.ny));
    const double high = std::clamp(std::ceil(std::max(ya, yb)), 0.0, static_cast<double>(raster.ny));
    for (int y = static_cast<int>(low); y < static_cast<int>(high); ++y) {
      crossings[static_cast<std::size_t>(y)].push_back(
          (edge.a.x() - raster.origin.x() + edge.delta.x() * (y - ya) / (yb - ya)) / raster.pixel_mm);
    }
  }
  std::vector<bool> is_inside(raster.size(), false);
  for (std::size_t y = 0; y < crossings.size(); ++y) {
    auto& row = crossings[y];
    std::ranges::sort(row);
    for (std::size_t k = 0; k + 1 < row.size(); k += 2) {
      const double low = std::clamp(std::ceil(row[k]), 0.0, static_cast<double>(raster.nx));
      const double high = std::clamp(std::ceil(row[k + 1]), 0.0, static_cast<double>(raster.nx));
      for (auto x = static_cast<std::size_t>(low); x < static_cast<std::size_t>(high); ++x) {
        is_inside[y * static_cast<std::size_t>(raster.nx) + x] = true;
      }
    }
  }
  return is_inside;
}

/// Climbs from the raster's innermost point to the centre of the largest inscribed circle near it.
double refine_inradius(const std::vector<Edge>& edges, Point2 centre, double radius, double step) {
  const auto distance = [&](const Point2& p) {
    double d2 = std::numeric_limits<double>::infinity();
    for (const Edge& edge : edges) {
      d2 = std::min(d2, squared_distance(edge, p));
    }
    return std::sqrt(d2);
  };
  for (int round = 0; round < 12; ++round) {
    bool is_better = false;
    for (const Point2& direction : {Point2(1, 0), Point2(-1, 0), Point2(0, 1), Point2(0, -1)}) {
      const Point2 candidate = centre + step * direction;
      const double d = distance(candidate);
      if (d > radius) {
        radius = d;
        centre = candidate;
        is_better = true;
      }
    }
    if (!is_better) {
      step *= 0.5;
    }
  }
  return radius;
}

}  // namespace

PlanarDistance planar_distance(std::span<const Contour* const> contours, const PlanarRaster& raster) {
  const std::vector<Edge> edges = outline_edges(contours);
  PlanarDistance result;
  if (edges.empty()) {
    result.distance.assign(raster.size(), -std::numeric_limits<float>::max());
    return result;
  }
  const DistanceMap map(edges, raster);
  const std::vector<bool> is_inside = points_inside(edges, raster);
  result.distance.resize(raster.size());
  std::size_t innermost = raster.size();
  for (std::size_t i = 0; i < raster.size(); ++i) {
    const double d = map.at(i);
    result.distance[i] = static_cast<float>(is_inside[i] ? d : -d);
    if (is_inside[i] && d > result.inradius_mm) {
      result.inradius_mm = d;
      innermost = i;
    }
  }
  if (innermost < raster.size()) {
    const auto nx = static_cast<std::size_t>(raster.nx);
    const Point2 centre = raster.origin + raster.pixel_mm * Point2(static_cast<double>(innermost % nx),
                                                                   static_cast<double>(innermost / nx));
    result.inradius_mm = refine_inradius(edges, centre, result.inradius_mm, 0.5 * raster.pixel_mm);
  }
  return result;
}

}  // namespace xingu
