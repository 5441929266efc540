// SPDX-License-Identifier: Apache-2.0
#include "machine/region_outlines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"

namespace xingu {
namespace {

using Corner = Eigen::Vector2i;

constexpr std::array<std::array<int, 2>, 4> steps{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};  // right, down, left, up

/// The border between two regions, from one point where others meet them to the next, or around to where it began.
struct Border {
  std::vector<Corner> corners;
  std::uint32_t on_right = 0;  ///< of who walks it
  std::uint32_t on_left = 0;
};

/// Walks the borders of a raster, each once.
class BorderWalk {
 public:
  explicit BorderWalk(const RegionRaster& raster)
      : raster_(&raster),
        is_walked_(2 * static_cast<std::size_t>(raster.width + 1) * static_cast<std::size_t>(raster.height + 1)) {}

  [[nodiscard]] std::vector<Border> borders() {
    std::vector<Border> found;
    const std::vector<Corner> corners = corners_of_borders();
    for (const bool from_meetings : {true, false}) {  // what is left then goes around
      for (const Corner& at : corners) {
        if (from_meetings && !is_meeting(at)) {
          continue;
        }
        for (std::size_t way = 0; way < steps.size(); ++way) {
          if (is_border(at, way) && !is_walked(at, way)) {
            found.push_back(walk(at, way));
          }
        }
      }
    }
    return found;
  }

 private:
  [[nodiscard]] std::uint32_t number(int x, int y) const {
    const bool is_inside = x >= 0 && y >= 0 && x < raster_->width && y < raster_->height;
    return is_inside ? raster_->numbers[static_cast<std::size_t>(y) * static_cast<std::size_t>(raster_->width) +
                                        static_cast<std::size_t>(x)]
                     : 0;
  }
  /// Corners of pixels that are not all of one region.
  [[nodiscard]] std::vector<Corner> corners_of_borders() const {
    std::vector<Corner> corners;
    for (int y = 0; y <= raster_->height; ++y) {
      std::uint32_t above = 0;
      std::uint32_t below = 0;
      for (int x = 0; x <= raster_->width; ++x) {
        const std::uint32_t next_above = number(x, y - 1);
        const std::uint32_t next_below = number(x, y);
        if (above != below || above != next_above || above != next_below) {
          corners.emplace_back(x, y);
        }
        above = next_above;
        below = next_below;
      }
    }
    return corners;
  }
  /// Of the pixel on the right (left) of the edge that goes from a corner in one of the four ways.
  [[nodiscard]] std::uint32_t on_right(const Corner& at, std::size_t way) const {
    return number(at.x() - (way == 1 || way == 2 ? 1 : 0), at.y() - (way >= 2 ? 1 : 0));
  }
  [[nodiscard]] std::uint32_t on_left(const Corner& at, std::size_t way) const {
    return number(at.x() - (way >= 2 ? 1 : 0), at.y() - (way == 0 || way == 3 ? 1 : 0));
  }
  [[nodiscard]] bool is_border(const Corner& at, std::size_t way) const {
    return on_right(at, way) != on_left(at, way);
  }
  [[nodiscard]] bool is_meeting(const Corner& at) const {
    int count = 0;
    for (std::size_t way = 0; way < steps.size(); ++way) {
      count += is_border(at, way) ? 1 : 0;
    }
    return count > 2;
  }
  /// Of the edge from a corner, which is kept at its upper or left end.
  [[nodiscard]] std::vector<bool>::reference is_walked(const Corner& at, std::size_t way) {
    const int x = at.x() - (way == 2 ? 1 : 0);
    const int y = at.y() - (way == 3 ? 1 : 0);
    const auto corner =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(raster_->width + 1) + static_cast<std::size_t>(x);
    return is_walked_[2 * corner + way % 2];
  }

  Border walk(const Corner& from, std::size_t way) {
    Border border{{from}, on_right(from, way), on_left(from, way)};
    Corner at = from;
    do {
      is_walked(at, way) = true;
      at += Corner(steps[way][0], steps[way][1]);
      border.corners.push_back(at);
      if (is_meeting(at)) {
        break;
      }
      for (const std::size_t turn : std::array<std::size_t, 3>{0, 1, 3}) {  // not back
        if (const std::size_t next = (way + turn) % 4; is_border(at, next)) {
          way = next;
          break;
        }
      }
    } while (at != from);
    return border;
  }

  const RegionRaster* raster_;
  std::vector<bool> is_walked_;  ///< edges to the right and down from each corner
};

double distance_to_line(const Corner& p, const Corner& a, const Corner& b) {
  const Eigen::Vector2d along = (b - a).cast<double>();
  const Eigen::Vector2d offset = (p - a).cast<double>();
  const double length = along.norm();
  return length > 0 ? std::abs(along.x() * offset.y() - along.y() * offset.x()) / length : offset.norm();
}

/// The corners of a border that stay, ends among them.
std::vector<Corner> simplified(const std::vector<Corner>& corners, double tolerance) {
  std::vector<bool> stays(corners.size(), false);
  stays.front() = stays.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, corners.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    double most = tolerance;
    std::optional<std::size_t> farthest;
    for (std::size_t i = first + 1; i < last; ++i) {
      if (const double d = distance_to_line(corners[i], corners[first], corners[last]); d > most) {
        most = d;
        farthest = i;
      }
    }
    if (farthest) {
      stays[*farthest] = true;
      open.emplace_back(first, *farthest);
      open.emplace_back(*farthest, last);
    }
  }
  std::vector<Corner> kept;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    if (stays[i]) {
      kept.push_back(corners[i]);
    }
  }
  return kept;
}

/// Joins the borders of one region, all with the region on the right, into loops.
std::vector<std::vector<Corner>> joined(std::vector<std::vector<Corner>> borders) {
  std::map<std::pair<int, int>, std::vector<std::size_t>> from;
  const auto key = [](const Corner& at) { return std::pair(at.y(), at.x()); };
  for (std::size_t i = borders.size(); i-- > 0;) {
    from[key(borders[i].front())].push_back(i);
  }
  std::vector<std::vector<Corner>> loops;
  for (auto& [begin, begins] : from) {
    while (!begins.empty()) {
      std::vector<Corner> loop;
      auto at = begin;
      do {
        std::vector<std::size_t>& next = from.at(at);
        XINGU_EXPECT(!next.empty());  // as many borders end at a corner as begin there
        const std::vector<Corner>& border = borders[next.back()];
        next.pop_back();
        loop.insert(loop.end(), border.begin(), border.end() - 1);
        at = key(border.back());
      } while (at != begin);
      if (loop.size() > 2) {
        loops.push_back(std::move(loop));
      }
    }
  }
  return loops;
}

}  // namespace

std::vector<RegionOutline> region_outlines(const RegionRaster& raster, double tolerance) {
  XINGU_EXPECT(raster.numbers.size() ==
               static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.height));
  std::map<std::uint32_t, std::vector<std::vector<Corner>>> borders;
  for (const Border& border : BorderWalk(raster).borders()) {
    std::vector<Corner> corners = simplified(border.corners, tolerance);
    if (border.on_left != 0) {
      borders[border.on_left].emplace_back(corners.rbegin(), corners.rend());
    }
    if (border.on_right != 0) {
      borders[border.on_right].push_back(std::move(corners));
    }
  }
  std::vector<RegionOutline> outlines;
  for (auto& [number, of_region] : borders) {
    if (RegionOutline outline{number, joined(std::move(of_region))}; !outline.loops.empty()) {
      outlines.push_back(std::move(outline));
    }
  }
  return outlines;
}

}  // namespace xingu
