// SPDX-License-Identifier: Apache-2.0
#include "patient/structure_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <ranges>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "patient/contour_planes.h"
#include "patient/planar_distance.h"
#include "patient/structure_bodies.h"

namespace xingu {
namespace {

using Point2 = Eigen::Vector2d;

constexpr double most_raster_pixels = 8e6;
constexpr double enough_pixels = 20e3;
constexpr double sphere_curvature = 2.0;  // of f along z
constexpr double most_curvature = 16.0;
constexpr double just_inside = 1e-3;  // f, mm²
constexpr double corner = 1.0 / 6.0;
constexpr double steepest_growth = 1.0;  // of the outline beyond an end, mm per mm

constexpr int num_directions = 16;

/// Unit vectors all around, anticlockwise from +x.
const std::array<Point2, num_directions>& directions() {
  static const auto all = [] {
    std::array<Point2, num_directions> result;
    for (int i = 0; i < num_directions; ++i) {
      const double angle = 2.0 * std::numbers::pi * i / num_directions;
      result[static_cast<std::size_t>(i)] = Point2(std::cos(angle), std::sin(angle));
    }
    return result;
  }();
  return all;
}

double signed_area(const Contour& contour) {
  double sum = 0.0;
  for (std::size_t i = 0, j = contour.points.size() - 1; i < contour.points.size(); j = i++) {
    sum += contour.points[j].x() * contour.points[i].y() - contour.points[i].x() * contour.points[j].y();
  }
  return 0.5 * sum;
}

/// Area of the convex hull of some points (monotone chain; Andrew 1979, Inf. Process. Lett. 9, 216), O(n log n).
double hull_area(std::vector<Point2> points) {
  std::ranges::sort(points, {}, [](const Point2& p) { return std::pair(p.x(), p.y()); });
  Contour hull;
  const auto turn_around = [&hull](const Point2& p, std::size_t keep) {
    std::vector<Point2>& corners = hull.points;
    while (corners.size() > keep) {
      const Point2 before = corners.back() - corners[corners.size() - 2];
      const Point2 after = p - corners.back();
      if (before.x() * after.y() > before.y() * after.x()) {
        break;
      }
      corners.pop_back();
    }
    corners.push_back(p);
  };
  for (const Point2& p : points) {
    turn_around(p, 1);
  }
  const std::size_t num_below = hull.points.size();
  for (const Point2& p : std::views::reverse(points)) {
    turn_around(p, num_below);
  }
  return std::abs(signed_area(hull));
}

double perimeter(const Contour& contour) {
  double sum = 0.0;
  for (std::size_t i = 0, j = contour.points.size() - 1; i < contour.points.size(); j = i++) {
    sum += (contour.points[i] - contour.points[j]).norm();
  }
  return sum;
}

bool is_hole(const ContourPlane& plane, const Contour& contour) {
  const Point2& p = contour.points.front();
  bool is_odd = false;
  for (const Contour* other : plane.contours) {
    if (other == &contour) {
      continue;
    }
    for (std::size_t i = 0, j = other->points.size() - 1; i < other->points.size(); j = i++) {
      const Point2& a = other->points[i];
      const Point2& b = other->points[j];
      if ((a.y() > p.y()) != (b.y() > p.y()) && p.x() < a.x() + (b.x() - a.x()) * (p.y() - a.y()) / (b.y() - a.y())) {
        is_odd = !is_odd;
      }
    }
  }
  return is_odd;
}

double plane_area(const ContourPlane& plane) {
  double area = 0.0;
  const bool can_nest = plane.contours.size() > 1 && plane.contours.size() <= 200;
  for (const Contour* contour : plane.contours) {
    area += std::abs(signed_area(*contour)) * (can_nest && is_hole(plane, *contour) ? -1.0 : 1.0);
  }
  return std::max(area, 0.0);
}

/// Whether a plane's section is one outline that is convex but for what a drawing hand or rounding makes of it.
bool is_convex(const ContourPlane& plane) {
  constexpr double least_part_of_hull = 0.98;
  return plane.contours.size() == 1 && plane_area(plane) >= least_part_of_hull * hull_area(plane.contours[0]->points);
}

/// How finely a body would like to be rastered: a thirtieth of its thickness (twice the area by the perimeter).
struct Extent {
  Point2 low = Point2::Constant(std::numeric_limits<double>::infinity());
  Point2 high = Point2::Constant(-std::numeric_limits<double>::infinity());
  double pixel_mm = 1.0;
  double num_pixels = 0.0;
  double slab_volume_mm3 = 0.0;
};

Extent measure(const std::vector<ContourPlane>& planes) {
  Extent extent;
  double area = 0.0;
  double length = 0.0;
  for (const ContourPlane& plane : planes) {
    const double plane_mm2 = plane_area(plane);
    area += plane_mm2;
    extent.slab_volume_mm3 += plane_mm2 * (plane.upper_mm - plane.lower_mm);
    for (const Contour* contour : plane.contours) {
      length += perimeter(*contour);
      for (const Point2& point : contour->points) {
        XINGU_REQUIRE(point.allFinite() && point.cwiseAbs().maxCoeff() < 1e6,
                      "a contour point at z = {:.2f} mm lies more than a kilometre away (no patient does); draw this "
                      "structure again",
                      plane.z_mm);
        extent.low = extent.low.cwiseMin(point);
        extent.high = extent.high.cwiseMax(point);
      }
    }
  }
  const double thickness = length > 0 ? 2.0 * area / length : 1.0;
  const Point2 size = extent.high - extent.low;
  const double longest = size.maxCoeff() / 4000.0;  // a sliver must not make an endless row
  extent.pixel_mm = std::max(std::clamp(thickness / 30.0, 0.05, 2.5), longest);
  extent.num_pixels = (size / extent.pixel_mm + Point2::Constant(5.0)).prod() * static_cast<double>(planes.size());
  return extent;
}

}  // namespace

/// One body: f on a raster in every plane, and how it continues along z.
class StructureShape::Body {
 public:
  /// @param coarsening  factor on the pixels that the body would like
  Body(const std::vector<ContourPlane>& planes, const Extent& extent, double coarsening)
      : slab_volume_(extent.slab_volume_mm3) {
    raster_.pixel_mm = extent.pixel_mm * coarsening;
    raster_.origin = extent.low - Point2::Constant(2.0 * raster_.pixel_mm);
    raster_.nx = static_cast<int>(std::ceil((extent.high.x() - extent.low.x()) / raster_.pixel_mm)) + 5;
    raster_.ny = static_cast<int>(std::ceil((extent.high.y() - extent.low.y()) / raster_.pixel_mm)) + 5;
    levels_.resize(planes.size());
    parallel_for(planes.size(), [&](std::size_t i) { levels_[i] = make_level(planes[i]); });
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      levels_[i].is_taper = levels_[i].is_convex && levels_[i + 1].is_convex && lies_within(levels_[i], levels_[i + 1]);
    }
    lower_end_ = end_profile(End::lower);
    upper_end_ = end_profile(End::upper);
    keep_tapering(End::lower, planes.front().z_mm - planes.front().lower_mm);
    keep_tapering(End::upper, planes.back().upper_mm - planes.back().z_mm);
    const auto lifts = area_keeping_lifts();
    for (std::size_t i = 0; i < lifts.size(); ++i) {
      levels_[i].lift = lifts[i];
    }
    lower_.head<2>() = raster_.origin;
    upper_.head<2>() = raster_.origin + raster_.pixel_mm * Point2(raster_.nx - 1, raster_.ny - 1);
    lower_.z() = planes.front().z_mm - end_extent(planes.front().z_mm - planes.front().lower_mm, lower_end_);
    upper_.z() = planes.back().z_mm + end_extent(planes.back().upper_mm - planes.back().z_mm, upper_end_);
  }

  [[nodiscard]] const Vec3& lower() const { return lower_; }
  [[nodiscard]] const Vec3& upper() const { return upper_; }
  [[nodiscard]] double slab_volume_mm3() const { return slab_volume_; }

  [[nodiscard]] bool contains(const Vec3& p) const {
    if (!((p.array() >= lower_.array()).all() && (p.array() <= upper_.array()).all())) {
      return false;
    }
    const Stencil stencil = stencil_at(p.head<2>());
    const auto above = std::ranges::upper_bound(levels_, p.z(), {}, &Level::z);
    const auto i = above - levels_.begin();
    if (i == 0) {
      return beyond(stencil, End::lower, levels_.front().z - p.z()) > 0;
    }
    if (above == levels_.end()) {
      return beyond(stencil, End::upper, p.z() - levels_.back().z) > 0;
    }
    return holds_between(stencil, static_cast<std::size_t>(i - 1), p.z());
  }

 private:
  enum class End { lower, upper };
  static constexpr std::size_t num_lifts = 3;

  struct Level {
    double z = 0.0;
    double inradius = 0.0;
    double deepest = 0.0;  // how far outside a neighbouring plane may count
    double area = 0.0;     // inside the outline, mm²
    bool is_convex = false;
    bool is_taper = false;                 // to the next plane: both are convex, and one section lies in the other
    std::array<double, num_lifts> lift{};  // what f is raised by on the way to the next plane, to keep the area
    std::vector<float> f;
  };

  /// Bilinear weights at a point of the plane.
  struct Stencil {
    std::size_t index;
    std::size_t row;
    double fx, fy;
  };

  [[nodiscard]] Level make_level(const ContourPlane& plane) const {
    const PlanarDistance planar = planar_distance(plane.contours, raster_);
    Level level;
    level.z = plane.z_mm;
    level.area = plane_area(plane);
    level.is_convex = is_convex(plane);
    level.inradius = planar.inradius_mm;
    level.deepest = std::max(level.inradius * level.inradius, raster_.pixel_mm * raster_.pixel_mm);
    level.f.resize(planar.distance.size());
    const auto twice = static_cast<float>(2.0 * level.inradius);
    std::ranges::transform(planar.distance, level.f.begin(), [twice](float d) { return d * (twice - d); });
    return level;
  }

  /// Whether of two sections the smaller lies in the larger but for a hundredth.
  [[nodiscard]] static bool lies_within(const Level& a, const Level& b) {
    constexpr double least_part = 0.99;
    std::size_t num_a = 0;
    std::size_t num_b = 0;
    std::size_t num_both = 0;
    for (std::size_t i = 0; i < a.f.size(); ++i) {
      num_a += a.f[i] > 0 ? 1 : 0;
      num_b += b.f[i] > 0 ? 1 : 0;
      num_both += a.f[i] > 0 && b.f[i] > 0 ? 1 : 0;
    }
    return static_cast<double>(num_both) >= least_part * static_cast<double>(std::min(num_a, num_b));
  }

  [[nodiscard]] Stencil stencil_at(const Point2& p) const {
    const Point2 c = (p - raster_.origin) / raster_.pixel_mm;
    const int x = std::clamp(static_cast<int>(c.x()), 0, raster_.nx - 2);
    const int y = std::clamp(static_cast<int>(c.y()), 0, raster_.ny - 2);
    const auto row = static_cast<std::size_t>(raster_.nx);
    return {static_cast<std::size_t>(y) * row + static_cast<std::size_t>(x), row, c.x() - x, c.y() - y};
  }

  [[nodiscard]] Point2 place_of(const Stencil& s) const {
    const Point2 pixel(static_cast<double>(s.index % s.row), static_cast<double>(s.index / s.row));
    return raster_.origin + raster_.pixel_mm * (pixel + Point2(s.fx, s.fy));
  }

  [[nodiscard]] double value(const Stencil& s, std::size_t level) const {
    const float* f = &levels_[level].f[s.index];
    const double below = (1 - s.fx) * static_cast<double>(f[0]) + s.fx * static_cast<double>(f[1]);
    const double above = (1 - s.fx) * static_cast<double>(f[s.row]) + s.fx * static_cast<double>(f[s.row + 1]);
    return (1 - s.fy) * below + s.fy * above;
  }

  /// Second derivative along z of a value that every level has, at an inner plane.
  template <class Value>
  [[nodiscard]] double curvature_at(const Value& value_at, std::size_t level) const {
    const double h0 = levels_[level].z - levels_[level - 1].z;
    const double h1 = levels_[level + 1].z - levels_[level].z;
    const double here = value_at(level);
    return 2.0 * ((value_at(level + 1) - here) / h1 - (here - value_at(level - 1)) / h0) / (h0 + h1);
  }

  /// The same for the interval [i, i + 1]: of its two ends the smaller, nothing where they disagree. What only one end
  /// vouches for may bend as a sphere does, or as much as the plain difference.
  template <class Value>
  [[nodiscard]] double curvature(const Value& value_at, std::size_t i, double of_sphere) const {
    const bool has_lower = i > 0;
    const bool has_upper = i + 2 < levels_.size();
    if (has_lower && has_upper) {
      const double a = curvature_at(value_at, i);
      const double b = curvature_at(value_at, i + 1);
      return a * b > 0 ? (std::abs(a) < std::abs(b) ? a : b) : 0.0;
    }
    if (!has_lower && !has_upper) {
      return 0.0;
    }
    const double h = levels_[i + 1].z - levels_[i].z;
    return limit_one_sided(curvature_at(value_at, has_lower ? i : i + 1), value_at(i + 1) - value_at(i), h, of_sphere);
  }

  static double limit_one_sided(double bend, double difference, double h, double of_sphere) {
    const double limit = std::max(2.0 * std::abs(difference) / (h * h), of_sphere);
    return std::clamp(bend, -limit, limit);
  }

  /// Parts that end between two planes lose area on the way when f is interpolated. The area itself is interpolated
  /// too, and where the two differ by more than a hundredth, f is raised by what makes them equal.
  [[nodiscard]] double area_keeping_lift(std::size_t i, double t) const {
    const double h = levels_[i + 1].z - levels_[i].z;
    const double mean = (1 - t) * levels_[i].area + t * levels_[i + 1].area;
    // straight between the planes, or bent as at either of them: where these disagree nothing in between is wrong
    double least = mean;
    double most = mean;
    const auto area_of = [&](std::size_t level) { return levels_[level].area; };
    for (const std::size_t level : {i, i + 1}) {
      if (level > 0 && level + 1 < levels_.size()) {
        const double of_sphere = std::numbers::pi * sphere_curvature;
        const double bend =
            limit_one_sided(curvature_at(area_of, level), levels_[i + 1].area - levels_[i].area, h, of_sphere);
        const double bent = std::clamp(mean - 0.5 * t * (1 - t) * h * h * bend, 0.5 * mean, 2.0 * mean);
        least = std::min(least, bent);
        most = std::max(most, bent);
      }
    }
    const double z = levels_[i].z + t * h;
    return lift_into(least, most, [&](const Stencil& s) { return between(s, i, z); });
  }

  /// What must be added to a plane's f for its area to come between two bounds; nothing if a hundredth is lacking. On
  /// rasters of many pixels a part of them tells.
  template <class Value>
  [[nodiscard]] double lift_into(double least, double most, const Value& f_at) const {
    const auto stride = 1 + static_cast<std::size_t>(std::sqrt(static_cast<double>(raster_.size()) / enough_pixels));
    const double pixel_mm2 = std::pow(raster_.pixel_mm * static_cast<double>(stride), 2);
    std::vector<double> f;
    f.reserve(raster_.size() / (stride * stride) + 1);
    std::size_t num_inside = 0;
    const auto row = static_cast<std::size_t>(raster_.nx);
    for (std::size_t y = 0; y + 1 < static_cast<std::size_t>(raster_.ny); y += stride) {
      for (std::size_t x = 0; x + 1 < row; x += stride) {
        f.push_back(f_at(Stencil{y * row + x, row, 0.0, 0.0}));
        num_inside += f.back() > 0 ? 1 : 0;
      }
    }
    const double found = static_cast<double>(num_inside) * pixel_mm2;
    const double area = std::clamp(found, least, most);
    const auto wanted = std::min(static_cast<std::size_t>(std::lround(area / pixel_mm2)), f.size() - 1);
    if (wanted == 0 || std::abs(area - found) < 0.01 * area) {
      return 0.0;
    }
    std::ranges::nth_element(f, f.begin() + static_cast<std::ptrdiff_t>(wanted), std::greater{});
    return -f[wanted];
  }

  [[nodiscard]] std::vector<std::array<double, num_lifts>> area_keeping_lifts() const {
    std::vector<std::array<double, num_lifts>> lifts(levels_.size() - 1);
    parallel_for(lifts.size() * num_lifts, [&](std::size_t k) {
      lifts[k / num_lifts][k % num_lifts] =
          area_keeping_lift(k / num_lifts, static_cast<double>(k % num_lifts + 1) / (num_lifts + 1));
    });
    return lifts;
  }

  /// Linear between the lifts, nothing at the planes themselves.
  static double lift_at(const std::array<double, num_lifts>& lift, double t) {
    const double place = t * (num_lifts + 1);
    const auto below = std::min(static_cast<std::size_t>(place), num_lifts);
    const double from = below == 0 ? 0.0 : lift[below - 1];
    const double to = below == num_lifts ? 0.0 : lift[below];
    return from + (place - static_cast<double>(below)) * (to - from);
  }

  /// f at a part t of the way from plane i to the next without the bend, and what a curvature of 1 bends it by.
  struct Blend {
    double t, raw0, raw1, straight, unit_bend;
    [[nodiscard]] bool is_inside_one() const { return (raw0 > 0) != (raw1 > 0); }
  };

  [[nodiscard]] Blend blend(const Stencil& s, std::size_t i, double z) const {
    const double h = levels_[i + 1].z - levels_[i].z;
    const double t = (z - levels_[i].z) / h;
    const double raw0 = value(s, i);
    const double raw1 = value(s, i + 1);
    // a part that ends here while the body goes on elsewhere ends about half-way, however far elsewhere is
    const double f0 = raw1 > 0 ? std::max(raw0, -levels_[i + 1].deepest) : raw0;
    const double f1 = raw0 > 0 ? std::max(raw1, -levels_[i].deepest) : raw1;
    return {t, raw0, raw1, (1 - t) * f0 + t * f1, 0.5 * t * (1 - t) * h * h};
  }

  [[nodiscard]] double between(const Stencil& s, std::size_t i, double z) const {
    return between(s, i, blend(s, i, z));
  }

  /// Whether f is positive between two planes. Where even the largest bend leaves no doubt it is not looked up, which
  /// is nearly everywhere.
  [[nodiscard]] bool holds_between(const Stencil& s, std::size_t i, double z) const {
    constexpr double rounding = 1.0 + 1e-9;
    const Blend b = blend(s, i, z);
    const double lift = lift_at(levels_[i].lift, b.t);
    const double most_bend = rounding * b.unit_bend * most_curvature + (rounding - 1.0) * std::abs(b.straight);
    if (b.straight - most_bend > 0 && b.straight - most_bend + lift > 0) {
      return true;
    }
    if (!b.is_inside_one() && b.straight + most_bend + lift <= 0) {
      return false;
    }
    return between(s, i, b) > 0;
  }

  [[nodiscard]] double between(const Stencil& s, std::size_t i, const Blend& b) const {
    const auto& [t, raw0, raw1, straight, unit_bend] = b;
    const double second = curvature([&](std::size_t level) { return value(s, level); }, i, sphere_curvature);
    const double f = straight - unit_bend * std::clamp(second, -most_curvature, most_curvature);
    const auto is_tip = [&] {
      return levels_[i].is_taper || (raw0 > 0 ? sticks_out(place_of(s), i, i + 1) : sticks_out(place_of(s), i + 1, i));
    };
    return f <= 0 && b.is_inside_one() && is_tip() && lies_on_a_way(place_of(s), i, t)
               ? just_inside
               : f + lift_at(levels_[i].lift, t);
  }

  /// mm, as f holds it
  [[nodiscard]] double distance(const Point2& p, std::size_t level) const {
    const double r = levels_[level].inradius;
    return r - std::sqrt(std::max(0.0, r * r - value(stencil_at(p), level)));
  }

  /// Whether p, inside one plane and outside the other, lies in a part that sticks out: the other plane's outline is
  /// farther from p than, anywhere within that distance, this plane's outline is from a place inside.
  [[nodiscard]] bool sticks_out(const Point2& p, std::size_t inside, std::size_t outside) const {
    const double reach = -distance(p, outside);
    return std::ranges::all_of(directions(),
                               [&](const Point2& way) { return distance(p + reach * way, inside) <= reach; });
  }

  /// Whether a straight line from a point inside plane i to one inside plane i + 1 passes p at the part t of the way:
  /// the Minkowski mean (1 − t) A + t B of the two sections, which lies in any convex body that has them, also in a tip
  /// that moves aside by more than it is thick, of which a blend of distances finds nothing. Lines lean by at most
  /// `farthest_lean`: parts of other branches do not count. Pattern search for the line that lies deepest; some 100
  /// lookups.
  [[nodiscard]] bool lies_on_a_way(const Point2& p, std::size_t i, double t) const {
    constexpr double farthest_lean = 4.0;  // mm aside per mm along z
    constexpr int most_moves = 40;
    const double h = levels_[i + 1].z - levels_[i].z;
    const auto depth = [&](const Point2& aside) {
      return std::min(distance(p - t * aside, i), distance(p + (1 - t) * aside, i + 1));
    };
    Point2 best(0, 0);
    double deepest = depth(best);
    double step = 0.5 * farthest_lean * h;
    for (int move = 0; move < most_moves && deepest <= 0 && step > 0.02 * h; ++move) {
      const Point2 from = best;
      const double before = deepest;
      for (int direction = 0; direction < 8; ++direction) {
        const Point2 aside = from + step * directions()[static_cast<std::size_t>(2 * direction)];
        const double found = aside.norm() <= farthest_lean * h ? depth(aside) : deepest;
        if (found > deepest) {
          deepest = found;
          best = aside;
        }
      }
      step *= deepest > before ? 1.0 : 0.5;
    }
    return deepest > 0;
  }

  /// The square of the inradius beyond an end plane, quadratic in the distance.
  struct EndProfile {
    double at_plane = 0.0;
    double slope = 0.0;
    double bend = 0.0;
    double lift_ends_at = 1.0;             // mm beyond the plane
    std::array<double, num_lifts> lift{};  // what f is raised by up to there
    [[nodiscard]] double at(double distance) const {
      // past its turning point a closing body would open again: it stays closed
      const double reach = bend > 0 && slope < 0 ? std::min(distance, -slope / bend) : distance;
      return at_plane + reach * (slope + 0.5 * bend * reach);
    }
  };

  /// Second derivative of r² at an end that tapers. Where a section's length limits r near the tip and its width
  /// further in, as in a cone that lies across the slices, r² bends less and less from the tip inwards: the trend is
  /// continued outwards, but not beyond 2 r'², for r of a convex body's sections is concave (Brunn and Minkowski).
  /// Round ends, which do not bend upwards, stay as they are.
  static double tapering_bend(double bend, double inner_bend, double taper) {
    const double growth = std::clamp(bend - inner_bend, 0.0, std::max(2.0 * bend, 0.0));
    return std::max(bend, std::min(bend + growth, 2.0 * taper * taper));
  }

  [[nodiscard]] EndProfile end_profile(End end) const {
    const auto level = [&](std::size_t from_end) -> const Level& {
      return levels_[end == End::upper ? levels_.size() - 1 - from_end : from_end];
    };
    const auto square = [&](std::size_t from_end) { return level(from_end).inradius * level(from_end).inradius; };
    EndProfile profile;
    profile.at_plane = square(0);
    if (levels_.size() < 2) {
      return profile;
    }
    const double h = std::abs(level(0).z - level(1).z);
    const double rise = (square(0) - square(1)) / h;
    const auto bend_at = [&](std::size_t from_end) {
      const double outer = std::abs(level(from_end - 1).z - level(from_end).z);
      const double inner = std::abs(level(from_end).z - level(from_end + 1).z);
      return 2.0 *
             ((square(from_end - 1) - square(from_end)) / outer - (square(from_end) - square(from_end + 1)) / inner) /
             (outer + inner);
    };
    if (levels_.size() > 2) {
      profile.bend =
          std::clamp(limit_one_sided(bend_at(1), rise * h, h, sphere_curvature), -most_curvature, most_curvature);
    }
    if (levels_.size() > 3) {
      const double taper = (level(1).inradius - level(0).inradius) / h;
      profile.bend = tapering_bend(profile.bend, bend_at(2), taper);
    }
    profile.slope = std::min(rise + 0.5 * h * profile.bend, 2.0 * steepest_growth * level(0).inradius);
    return profile;
  }

  /// Where a body tapers to its end its area falls as a power of the distance to it, the power by which it has fallen
  /// since the plane before (2 in a cone along z, 3/2 in one across): f is raised or lowered where what stays and what
  /// moves (see beyond()) give an area that is more than a twentieth from that.
  void keep_tapering(End end, double half_slab) {
    constexpr double tolerance = 0.05;
    EndProfile& profile = end == End::upper ? upper_end_ : lower_end_;
    const double next_plane = 2.0 * half_slab;
    if (levels_.size() < 2 || profile.bend <= 0 || closing_distance(profile, 2.0 * next_plane) > 1.25 * next_plane) {
      return;
    }
    const Level& outer = end == End::upper ? levels_.back() : levels_.front();
    const Level& inner = end == End::upper ? levels_[levels_.size() - 2] : levels_[1];
    if (!(outer.area > 0 && inner.area > outer.area)) {
      return;
    }
    const double extent = end_extent(half_slab, profile);
    const double power = std::log(inner.area / outer.area) / std::log(1.0 + std::abs(outer.z - inner.z) / extent);
    std::array<double, num_lifts> lift{};
    for (std::size_t k = 0; k < num_lifts; ++k) {
      const double t = static_cast<double>(k + 1) / (num_lifts + 1);
      const double expected = outer.area * std::pow(1 - t, power);
      lift[k] = lift_into((1 - tolerance) * expected, (1 + tolerance) * expected,
                          [&](const Stencil& s) { return beyond(s, end, t * extent); });
    }
    profile.lift = lift;
    profile.lift_ends_at = extent;
  }

  /// f at a distance beyond the first or last plane. Where the outline moved towards the pixel from the plane before,
  /// it goes on moving with the inradius (f falls by as much as r²: exact for spheres and cones); where it stood still,
  /// as the flat end of a lying cylinder does, it stands nearly until the body closes (f falls in
  /// proportion, to nothing at r²/6, the mean square distance from the middle line of a corner's share of a strip).
  [[nodiscard]] double beyond(const Stencil& s, End end, double distance) const {
    const std::size_t last = levels_.size() - 1;
    const std::size_t outer = end == End::upper ? last : 0;
    const double f = value(s, outer);
    if (last == 0) {
      return f;
    }
    const EndProfile& profile = end == End::upper ? upper_end_ : lower_end_;
    const std::size_t inner = end == End::upper ? last - 1 : 1;
    const double still = stillness(f, levels_[outer].inradius, value(s, inner), levels_[inner].inradius);
    const double remaining = profile.at(distance);
    if (remaining <= 0) {
      return -1.0;
    }
    const double lost = profile.at_plane - remaining;
    const double stands_for = (1.0 - corner) * profile.at_plane;
    const double proportion = f > 0 && lost > 0 ? lost / stands_for : 0.0;
    const double lift = lift_at(profile.lift, std::min(distance / profile.lift_ends_at, 1.0));
    return f - (1 - still) * lost - still * f * proportion + lift;
  }

  /// 0 where the distance to the outline's middle is the same in two planes, 1 where the distance to the outline is.
  static double stillness(double f0, double r0, double f1, double r1) {
    const double middle0 = std::sqrt(std::max(0.0, r0 * r0 - f0));
    const double middle1 = std::sqrt(std::max(0.0, r1 * r1 - f1));
    const double middle_moved = std::abs(middle0 - middle1);
    const double outline_moved = std::abs((r0 - middle0) - (r1 - middle1));
    const double sum = middle_moved + outline_moved;
    return sum > 1e-9 ? middle_moved / sum : 0.0;
  }

  /// How far the body goes on beyond an end plane whose slab reaches `half_slab` further.
  [[nodiscard]] double end_extent(double half_slab, const EndProfile& profile) const {
    if (levels_.size() < 2) {
      return half_slab;
    }
    const double next_plane = 2.0 * half_slab;
    const double closes_at = closing_distance(profile, 2.0 * next_plane);
    if (closes_at <= next_plane) {
      return closes_at;
    }
    return std::max(half_slab, next_plane * (1.5 - 0.5 * closes_at / next_plane));
  }

  /// Distance beyond an end plane at which nothing is left; infinite if that is farther than `farthest`.
  static double closing_distance(const EndProfile& profile, double farthest) {
    constexpr double apex = 0.05;  // of r²: what an apex, where r² only touches zero, may miss it by
    constexpr int num_steps = 200;
    for (int step = 1; step <= num_steps; ++step) {
      const double distance = farthest * step / num_steps;
      const double turns_at = profile.bend > 0 && profile.slope < 0 ? -profile.slope / profile.bend : distance + 1.0;
      const bool is_apex = turns_at <= distance && profile.at(turns_at) < apex * profile.at_plane;
      if (profile.at(distance) <= 0 || is_apex) {
        return distance;
      }
    }
    return std::numeric_limits<double>::infinity();
  }

  PlanarRaster raster_;
  std::vector<Level> levels_;
  Vec3 lower_;
  Vec3 upper_;
  double slab_volume_;
  EndProfile lower_end_;
  EndProfile upper_end_;
};

StructureShape::StructureShape(const Structure& structure) {
  try {
    const auto bodies = separate_bodies(contour_planes(structure, structure.single_plane_mm));
    std::vector<Extent> extents;
    double num_pixels = 0.0;
    for (const auto& planes : bodies) {
      extents.push_back(measure(planes));
      num_pixels += extents.back().num_pixels;
    }
    const double coarsening = std::max(1.0, std::sqrt(num_pixels / most_raster_pixels));
    for (std::size_t b = 0; b < bodies.size(); ++b) {
      if (extents[b].slab_volume_mm3 > 0) {
        bodies_.push_back(std::make_unique<const Body>(bodies[b], extents[b], coarsening));
      }
    }
  } catch (const InputError& error) {
    fail_input("structure '{}': {}", structure.name, error.what());
  }
}

StructureShape::~StructureShape() = default;
StructureShape::StructureShape(StructureShape&&) noexcept = default;
StructureShape& StructureShape::operator=(StructureShape&&) noexcept = default;

std::size_t StructureShape::num_bodies() const { return bodies_.size(); }
Vec3 StructureShape::lower(std::size_t body) const { return bodies_[body]->lower(); }
Vec3 StructureShape::upper(std::size_t body) const { return bodies_[body]->upper(); }
double StructureShape::slab_volume_mm3(std::size_t body) const { return bodies_[body]->slab_volume_mm3(); }
bool StructureShape::contains(std::size_t body, const Vec3& point) const { return bodies_[body]->contains(point); }

bool StructureShape::contains(const Vec3& point) const {
  return std::ranges::any_of(bodies_, [&](const auto& body) { return body->contains(point); });
}

}  // namespace xingu
