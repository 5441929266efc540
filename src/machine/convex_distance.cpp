// SPDX-License-Identifier: Apache-2.0
#include "machine/convex_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace xingu {
namespace {

constexpr double touching_mm = 1e-7;
constexpr double closed = 1e-10;      // of the distance, and
constexpr double rounding_mm = 1e-9;  // what coordinates of metres leave uncertain
constexpr int most_iterations = 64;

/// A point of the Minkowski difference with the points it came from.
struct Difference {
  Vec3 w;
  Vec3 on_a;
  Vec3 on_b;
};

/// A simplex and the point of it that is nearest to the origin.
struct Simplex {
  std::array<Difference, 4> corner;
  std::array<double, 4> weight{};
  int size = 0;
};

/// Weights of the point of the affine hull of the chosen corners that is nearest to the origin; false if they are not
/// independent. By cross products and volumes, not by the Gram matrix, which would square how slim a simplex is:
/// between a floor of ten metres and a part that dips into it by microns the simplex is slim by nature.
bool affine_weights(const Simplex& simplex, std::span<const int> chosen, std::array<double, 4>& weight) {
  constexpr double slimmest = 1e-24;  // of the square of a face's area or a volume, by those of right-angled edges
  const auto corner = [&](std::size_t i) -> const Vec3& {
    return simplex.corner[static_cast<std::size_t>(chosen[i])].w;
  };
  const Vec3& at = corner(0);
  const Vec3 a = corner(1) - at;
  if (chosen.size() == 2) {
    weight[1] = -a.dot(at) / a.squaredNorm();
    weight[0] = 1.0 - weight[1];
    return a.squaredNorm() > 0;
  }
  const Vec3 b = corner(2) - at;
  const Vec3 normal = a.cross(b);
  if (chosen.size() == 3) {
    weight[1] = normal.dot(b.cross(at)) / normal.squaredNorm();
    weight[2] = normal.dot(at.cross(a)) / normal.squaredNorm();
    weight[0] = 1.0 - weight[1] - weight[2];
    return normal.squaredNorm() > slimmest * a.squaredNorm() * b.squaredNorm();
  }
  const Vec3 c = corner(3) - at;
  const double volume = normal.dot(c);
  weight[1] = -at.dot(b.cross(c)) / volume;
  weight[2] = -at.dot(c.cross(a)) / volume;
  weight[3] = -at.dot(normal) / volume;
  weight[0] = 1.0 - weight[1] - weight[2] - weight[3];
  return volume * volume > slimmest * a.squaredNorm() * b.squaredNorm() * c.squaredNorm();
}

/// Keeps the face of the simplex that holds the point nearest to the origin, with that point's weights, and returns the
/// point.
Vec3 reduce(Simplex& simplex) {
  double least = std::numeric_limits<double>::infinity();
  int best_face = 1;
  std::array<double, 4> best_weight{1.0, 0.0, 0.0, 0.0};
  Vec3 best = simplex.corner[0].w;
  for (int face = 1; face < (1 << simplex.size); ++face) {
    std::array<int, 4> chosen{};
    std::size_t count = 0;
    for (int k = 0; k < simplex.size; ++k) {
      if ((face >> k & 1) != 0) {
        chosen[count++] = k;
      }
    }
    std::array<double, 4> weight{1.0, 0.0, 0.0, 0.0};
    if (count > 1 && !affine_weights(simplex, {chosen.data(), count}, weight)) {
      continue;
    }
    if (std::any_of(weight.begin(), weight.begin() + static_cast<std::ptrdiff_t>(count),
                    [](double w) { return w < 0; })) {
      continue;
    }
    Vec3 v = Vec3::Zero();
    for (std::size_t i = 0; i < count; ++i) {
      v += weight[i] * simplex.corner[static_cast<std::size_t>(chosen[i])].w;
    }
    if (v.squaredNorm() < least) {
      least = v.squaredNorm();
      best = v;
      best_face = face;
      best_weight = weight;
    }
  }
  Simplex kept;
  for (int k = 0; k < simplex.size; ++k) {
    if ((best_face >> k & 1) != 0) {
      kept.corner[static_cast<std::size_t>(kept.size)] = simplex.corner[static_cast<std::size_t>(k)];
      ++kept.size;
    }
  }
  kept.weight = best_weight;
  simplex = kept;
  return best;
}

/// The point of an edge's line or a triangle's plane that is nearest to the origin, from the directions of the simplex.
/// As a sum of corners it would have their rounding, which turns the direction of a gap of microns between parts of
/// metres by so much that the certificate stays open.
Vec3 refined(const Simplex& simplex, const Vec3& v) {
  const Vec3& at = simplex.corner[0].w;
  if (simplex.size == 2) {
    const Vec3 along = (simplex.corner[1].w - at).normalized();
    return v - along.dot(v) * along;
  }
  if (simplex.size == 3) {
    const Vec3 normal = (simplex.corner[1].w - at).cross(simplex.corner[2].w - at).normalized();
    return normal.dot(at) * normal;
  }
  return v;
}

const Vec3& farthest(std::span<const Vec3> points, const Vec3& direction) {
  std::size_t best = 0;
  double most = points[0].dot(direction);
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (const double d = points[i].dot(direction); d > most) {
      most = d;
      best = i;
    }
  }
  return points[best];
}

}  // namespace

ConvexGap convex_gap(std::span<const Vec3> a, std::span<const Vec3> b, const Eigen::Isometry3d& X_ab, double enough) {
  const auto support = [&](const Vec3& direction) {  // of A − B
    Difference difference;
    difference.on_a = farthest(a, direction);
    difference.on_b = X_ab * farthest(b, X_ab.linear().transpose() * -direction);
    difference.w = difference.on_a - difference.on_b;
    return difference;
  };
  Simplex simplex;
  simplex.corner[0] = support(X_ab * b[0] - a[0]);
  simplex.weight[0] = 1.0;
  simplex.size = 1;
  Vec3 v = simplex.corner[0].w;
  ConvexGap gap;
  bool is_closed = false;
  for (int i = 0; i < most_iterations; ++i) {
    const double distance = v.norm();
    if (distance < touching_mm) {
      v.setZero();
      is_closed = true;
      break;
    }
    const Difference next = support(-v);
    gap.at_least = std::max(gap.at_least, v.dot(next.w) / distance);
    is_closed = gap.at_least >= enough || distance - gap.at_least <= closed * distance + rounding_mm;
    const bool is_known = std::any_of(simplex.corner.begin(), simplex.corner.begin() + simplex.size,
                                      [&](const Difference& d) { return d.w == next.w; });
    if (is_closed || is_known) {
      break;
    }
    Simplex larger = simplex;
    larger.corner[static_cast<std::size_t>(larger.size++)] = next;
    const Vec3 nearest = reduce(larger);
    const Vec3 nearer = refined(larger, nearest);
    if (!(nearer.squaredNorm() < v.squaredNorm())) {
      break;  // rounding: no more to gain
    }
    simplex = larger;
    v = nearer;
    if (simplex.size == 4) {  // the origin is inside
      v.setZero();
      is_closed = true;
      break;
    }
  }
  for (int k = 0; k < simplex.size; ++k) {
    const auto i = static_cast<std::size_t>(k);
    gap.points.first += simplex.weight[i] * simplex.corner[i].on_a;
    gap.points.second += simplex.weight[i] * simplex.corner[i].on_b;
  }
  // Where rounding leaves the certificate open, what is certain counts.
  gap.points.distance = is_closed ? v.norm() : gap.at_least;
  gap.at_least = std::min(gap.at_least, gap.points.distance);
  return gap;
}

}  // namespace xingu
