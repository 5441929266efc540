// SPDX-License-Identifier: Apache-2.0
#include "patient/polygon_coverage.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu {
namespace {

constexpr std::uint64_t most_work = 50'000'000;  // pieces of edges and exchanges of their order
constexpr double nudge = 1e-6;                   // of a strip: where its edges are ordered, just above its lower end

}  // namespace

std::span<const float> PolygonCoverage::compute(std::span<const Polygon> polygons, int nx, int ny) {
  XINGU_EXPECT(nx > 0 && ny > 0);
  nx_ = nx;
  ny_ = ny;
  const auto width = static_cast<std::size_t>(nx) + 1;
  sums_.assign(width * static_cast<std::size_t>(ny), 0.0);
  collect_edges(polygons, ny);
  sweep();
  result_.resize(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  auto out = result_.begin();
  for (std::size_t row = 0; row < static_cast<std::size_t>(ny); ++row) {
    double sum = 0.0;
    for (std::size_t x = 0; x + 1 < width; ++x) {
      sum += sums_[row * width + x];
      *out++ = static_cast<float>(std::clamp(sum, 0.0, 1.0));
    }
  }
  return result_;
}

void PolygonCoverage::collect_edges(std::span<const Polygon> polygons, double height) {
  edges_.clear();
  levels_.clear();
  for (const Polygon& polygon : polygons) {
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      Eigen::Vector2d a = polygon[i];
      Eigen::Vector2d b = polygon[i + 1 == polygon.size() ? 0 : i + 1];
      if (a.y() > b.y()) {
        std::swap(a, b);
      }
      const double y0 = std::max(a.y(), 0.0);
      const double y1 = std::min(b.y(), height);
      if (!(y0 < y1)) {
        continue;
      }
      const double slope = (b.x() - a.x()) / (b.y() - a.y());
      edges_.push_back({y0, y1, a.x() + slope * (y0 - a.y()), slope, 0.0, 0.0});
      levels_.push_back(y0);
      levels_.push_back(y1);
    }
  }
  std::ranges::sort(edges_, {}, &Edge::y0);
  std::ranges::sort(levels_);
  levels_.erase(std::ranges::unique(levels_).begin(), levels_.end());
}

/// Orders the active edges within the strip [ya, yb] and returns the y of their first crossing, or yb.
double PolygonCoverage::first_crossing(double ya, double yb) {
  for (Edge& edge : active_) {
    edge.xa = edge.x0 + edge.slope * (ya - edge.y0);
    edge.xb = edge.x0 + edge.slope * (yb - edge.y0);
  }
  const auto key = [](const Edge& e) { return e.xa + nudge * (e.xb - e.xa); };
  // the order hardly changes from strip to strip, which is where insertion is linear
  for (std::size_t i = 1; i < active_.size(); ++i) {
    for (std::size_t j = i; j > 0 && key(active_[j]) < key(active_[j - 1]); --j) {
      std::swap(active_[j], active_[j - 1]);
      ++work_;
    }
  }
  double first = 1.0;
  for (std::size_t i = 1; i < active_.size(); ++i) {
    const double inversion = active_[i - 1].xb - active_[i].xb;
    if (inversion > 1e-12) {
      const double gap = key(active_[i]) - key(active_[i - 1]);
      first = std::min(first, gap / (gap + inversion));
    }
  }
  return first < 1.0 ? ya + (nudge + first * (1.0 - nudge)) * (yb - ya) : yb;
}

void PolygonCoverage::sweep() {
  active_.clear();
  std::size_t next = 0;
  work_ = 0;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
    double ya = levels_[level];
    const double yb = levels_[level + 1];
    std::erase_if(active_, [&](const Edge& e) { return e.y1 <= ya; });
    while (next < edges_.size() && edges_[next].y0 <= ya) {
      active_.push_back(edges_[next++]);
    }
    while (ya < yb && !active_.empty()) {
      const double y_end = std::max(first_crossing(ya, yb), std::nextafter(ya, yb));
      work_ += active_.size();
      XINGU_REQUIRE(work_ < most_work,
                    "the contours of one plane cross themselves too often (the area inside cannot be found in "
                    "reasonable time); draw this structure again");
      double sign = 1.0;
      for (const Edge& edge : active_) {
        const double x_end = y_end < yb ? edge.x0 + edge.slope * (y_end - edge.y0) : edge.xb;
        add_piece(edge.xa, ya, x_end, y_end, sign);
        sign = -sign;
      }
      ya = y_end;
    }
  }
}

void PolygonCoverage::add_piece(double xa, double ya, double xb, double yb, double sign) {
  const int last_row = ny_ - 1;
  int row = std::min(static_cast<int>(ya), last_row);
  if (yb <= row + 1.0) {
    add_within_row(xa, xb, yb - ya, row, sign);
    return;
  }
  const double slope = (xb - xa) / (yb - ya);
  double y = ya;
  double x = xa;
  while (y < yb && row <= last_row) {
    const double y_next = std::min(yb, row + 1.0);
    const double x_next = y_next < yb ? xa + slope * (y_next - ya) : xb;
    add_within_row(x, x_next, y_next - y, row, sign);
    y = y_next;
    x = x_next;
    ++row;
  }
}

void PolygonCoverage::add_within_row(double xa, double xb, double dy, int row, double sign) {
  double* sums = &sums_[static_cast<std::size_t>(row) * (static_cast<std::size_t>(nx_) + 1)];
  if (xa > xb) {
    std::swap(xa, xb);
  }
  if (xb <= 0.0) {
    sums[0] += sign * dy;
    return;
  }
  if (xa >= nx_) {
    return;
  }
  const double per_x = xb > xa ? dy / (xb - xa) : 0.0;
  if (xa < 0.0) {
    sums[0] += sign * per_x * -xa;
    dy += per_x * xa;
    xa = 0.0;
  }
  if (xb > nx_) {
    dy -= per_x * (xb - nx_);
    xb = nx_;
  }
  int column = std::min(static_cast<int>(xa), nx_ - 1);
  if (xb <= column + 1.0) {
    const double right = 0.5 * (xa + xb) - column;  // the part of the pixel to the left of the edge
    sums[column] += sign * dy * (1.0 - right);
    sums[column + 1] += sign * dy * right;
    return;
  }
  double x = xa;
  while (x < xb && column < nx_) {
    const double x_next = std::min(xb, column + 1.0);
    const double part = per_x * (x_next - x);
    const double right = 0.5 * (x + x_next) - column;
    sums[column] += sign * part * (1.0 - right);
    sums[column + 1] += sign * part * right;
    x = x_next;
    ++column;
  }
}

}  // namespace xingu
