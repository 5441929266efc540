// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_contour.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

using Point2 = Eigen::Vector2d;
using Surface = std::function<double(const Vec3&)>;

constexpr int block_cells = 8;

/// One plane of marching squares: values at nodes (computed on demand near the surface), then loops of edge crossings.
class PlaneContourer {
 public:
  PlaneContourer(const Surface& surface, const Bounds& bounds, double z, double cell)
      : surface_(surface), z_(z), cell_(cell), origin_(bounds.lower.x(), bounds.lower.y()) {
    nx_ = num_cells(bounds.upper.x() - bounds.lower.x());
    ny_ = num_cells(bounds.upper.y() - bounds.lower.y());
    values_.assign(static_cast<std::size_t>(nx_ + 1) * static_cast<std::size_t>(ny_ + 1), std::nan(""));
  }

  std::vector<std::vector<Point2>> loops() {
    for (int by = 0; by < ny_; by += block_cells) {
      for (int bx = 0; bx < nx_; bx += block_cells) {
        if (may_cross(bx, by)) {
          for (int j = by; j < by + block_cells; ++j) {
            for (int i = bx; i < bx + block_cells; ++i) {
              add_cell(i, j);
            }
          }
        }
      }
    }
    return chain();
  }

 private:
  [[nodiscard]] int num_cells(double length) const {
    const int n = std::max(1, static_cast<int>(std::ceil(length / cell_)));
    return (n + block_cells - 1) / block_cells * block_cells;
  }
  [[nodiscard]] std::size_t node(int i, int j) const {
    return static_cast<std::size_t>(j) * static_cast<std::size_t>(nx_ + 1) + static_cast<std::size_t>(i);
  }
  [[nodiscard]] Point2 position(std::size_t n) const {
    const auto stride = static_cast<std::size_t>(nx_ + 1);
    return origin_ + cell_ * Point2(static_cast<double>(n % stride), static_cast<double>(n / stride));
  }
  [[nodiscard]] double evaluate(const Point2& p) const { return surface_(Vec3(p.x(), p.y(), z_)); }

  /// Value at a node; the rim of the rectangle counts as outside, which closes every loop.
  double value(int i, int j) {
    double& v = values_[node(i, j)];
    if (std::isnan(v)) {
      v = evaluate(position(node(i, j)));
      if (i == 0 || j == 0 || i == nx_ || j == ny_) {
        v = std::max(v, 1e-6);
      }
      if (v == 0) {
        v = 1e-12;
      }
    }
    return v;
  }

  bool may_cross(int i, int j) {
    // No point of a block is farther than half its diagonal from a corner; values may grow twice as fast as distance.
    const double reach = 2.0 * std::sqrt(0.5) * block_cells * cell_;
    const std::array<double, 4> v{value(i, j), value(i + block_cells, j), value(i, j + block_cells),
                                  value(i + block_cells, j + block_cells)};
    const bool is_inside = v[0] < 0;
    for (const double x : v) {
      if (std::abs(x) < reach || (x < 0) != is_inside) {
        return true;
      }
    }
    return false;
  }

  /// Links the crossings of one cell, the inside on the left of each directed link.
  void add_cell(int i, int j) {
    const std::array<std::size_t, 4> corner{node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)};
    const std::array<bool, 4> inside{value(i, j) < 0, value(i + 1, j) < 0, value(i + 1, j + 1) < 0,
                                     value(i, j + 1) < 0};
    const int count = inside[0] + inside[1] + inside[2] + inside[3];
    if (count == 0 || count == 4) {
      return;
    }
    const bool is_saddle = count == 2 && inside[0] == inside[2];
    bool joins_inside = false;
    if (is_saddle) {
      joins_inside = evaluate(position(corner[0]) + Point2::Constant(0.5 * cell_)) < 0;
    }
    // Walking counter-clockwise, a link starts where the walk goes from inside to outside and ends at the next entry.
    for (std::size_t a = 0; a < 4; ++a) {
      const std::size_t b = (a + 1) % 4;
      if (!(inside[a] && !inside[b])) {
        continue;
      }
      std::size_t c = b;
      if (is_saddle && !joins_inside) {
        c = (a + 3) % 4;  // cut off the single inside corner a
      } else {
        while (!inside[(c + 1) % 4]) {
          c = (c + 1) % 4;
        }
      }
      next_[edge(corner[a], corner[b])] = edge(corner[c], corner[(c + 1) % 4]);
    }
  }

  /// Key of the edge between two neighbouring nodes, the same from both sides.
  [[nodiscard]] static std::uint64_t edge(std::size_t a, std::size_t b) {
    const std::size_t low = std::min(a, b);
    return 2 * static_cast<std::uint64_t>(low) + (std::max(a, b) - low == 1 ? 0U : 1U);
  }

  /// The point of the surface on an edge, by the Illinois variant of regula falsi.
  [[nodiscard]] Point2 crossing(std::uint64_t key) const {
    const auto low = static_cast<std::size_t>(key / 2);
    const std::size_t high = low + (key % 2 == 0 ? 1 : static_cast<std::size_t>(nx_ + 1));
    const Point2 p0 = position(low);
    const Point2 p1 = position(high);
    double t0 = 0;
    double t1 = 1;
    double v0 = values_[low];
    double v1 = values_[high];
    double t = 0.5;
    for (int k = 0; k < 30 && (t1 - t0) * cell_ > 1e-3; ++k) {
      t = t0 + (t1 - t0) * std::clamp(v0 / (v0 - v1), 0.01, 0.99);
      const double v = evaluate(p0 + t * (p1 - p0));
      if (std::abs(v) < 1e-7) {
        break;
      }
      if ((v < 0) == (v0 < 0)) {
        t0 = t;
        v0 = v;
        v1 *= 0.5;
      } else {
        t1 = t;
        v1 = v;
        v0 *= 0.5;
      }
    }
    return p0 + t * (p1 - p0);
  }

  std::vector<std::vector<Point2>> chain() {
    std::vector<std::uint64_t> starts;
    starts.reserve(next_.size());
    for (const auto& link : next_) {
      starts.push_back(link.first);
    }
    std::sort(starts.begin(), starts.end());
    std::vector<std::vector<Point2>> loops;
    for (const std::uint64_t start : starts) {
      std::vector<Point2> loop;
      auto link = next_.find(start);
      while (link != next_.end()) {
        loop.push_back(crossing(link->first));
        const std::uint64_t key = link->second;
        next_.erase(link);
        link = next_.find(key);
      }
      if (loop.size() >= 3) {
        loops.push_back(std::move(loop));
      }
    }
    return loops;
  }

  const Surface& surface_;
  double z_;
  double cell_;
  Point2 origin_;
  int nx_ = 0;
  int ny_ = 0;
  std::vector<double> values_;
  std::unordered_map<std::uint64_t, std::uint64_t> next_;
};

double distance_to_segment(const Point2& p, const Point2& a, const Point2& b) {
  const Point2 d = b - a;
  const double length2 = d.squaredNorm();
  const double t = length2 > 0 ? std::clamp((p - a).dot(d) / length2, 0.0, 1.0) : 0.0;
  return (p - a - t * d).norm();
}

/// Marks the points of [first, last] that keep the polyline within `tolerance` (Ramer 1972, Douglas and Peucker 1973).
void mark_kept(const std::vector<Point2>& points, std::size_t first, std::size_t last, double tolerance,
               std::vector<char>& keep) {
  std::vector<std::pair<std::size_t, std::size_t>> open{{first, last}};
  while (!open.empty()) {
    const auto [a, b] = open.back();
    open.pop_back();
    double farthest = tolerance;
    std::size_t split = a;
    for (std::size_t i = a + 1; i < b; ++i) {
      const double d = distance_to_segment(points[i], points[a], points[b % points.size()]);
      if (d > farthest) {
        farthest = d;
        split = i;
      }
    }
    if (split != a) {
      keep[split] = 1;
      open.emplace_back(a, split);
      open.emplace_back(split, b);
    }
  }
}

std::vector<Point2> simplified(const std::vector<Point2>& points, double tolerance) {
  std::size_t opposite = 0;
  double farthest = -1;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double d = (points[i] - points[0]).squaredNorm();
    if (d > farthest) {
      farthest = d;
      opposite = i;
    }
  }
  std::vector<char> keep(points.size(), 0);
  keep[0] = 1;
  keep[opposite] = 1;
  mark_kept(points, 0, opposite, tolerance, keep);
  mark_kept(points, opposite, points.size(), tolerance, keep);
  std::vector<Point2> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (keep[i] != 0) {
      result.push_back(points[i]);
    }
  }
  return result.size() >= 3 ? result : points;
}

}  // namespace

double signed_area(const Contour& contour) {
  double sum = 0;
  for (std::size_t i = 0; i < contour.points.size(); ++i) {
    const Point2& a = contour.points[i];
    const Point2& b = contour.points[(i + 1) % contour.points.size()];
    sum += a.x() * b.y() - b.x() * a.y();
  }
  return 0.5 * sum;
}

std::vector<Contour> contour_surface(const Surface& surface, const Bounds& bounds, const std::vector<double>& z_mm,
                                     const ContourSettings& settings) {
  XINGU_EXPECT(settings.cell_mm > 0);
  std::vector<std::vector<Contour>> planes(z_mm.size());
  parallel_for(z_mm.size(), [&](std::size_t k) {
    const double z = z_mm[k];
    if (z < bounds.lower.z() || z > bounds.upper.z()) {
      return;
    }
    PlaneContourer plane(surface, bounds, z, settings.cell_mm);
    for (std::vector<Point2>& loop : plane.loops()) {
      Contour contour{z, std::move(loop)};
      const double area = std::abs(signed_area(contour));
      if (area < settings.smallest_mm2) {
        continue;
      }
      contour.points = simplified(contour.points, std::min(0.02, 0.002 * std::sqrt(area)));
      planes[k].push_back(std::move(contour));
    }
  });
  std::vector<Contour> result;
  for (std::vector<Contour>& plane : planes) {
    std::move(plane.begin(), plane.end(), std::back_inserter(result));
  }
  return result;
}

}  // namespace xingu
