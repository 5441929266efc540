// SPDX-License-Identifier: Apache-2.0
#include "machine/convex_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace xingu {
namespace {

constexpr double touching_mm = 1e-7;
constexpr double closed = 1e-10;
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
/// independent.
bool affine_weights(const Simplex& simplex, std::span<const int> chosen, std::array<double, 4>& weight) {
  const Vec3& origin = simplex.corner[static_cast<std::size_t>(chosen[0])].w;
  const auto n = static_cast<Eigen::Index>(chosen.size()) - 1;
  std::array<Vec3, 3> edge;
  Mat3 gram = Mat3::Identity();
  Vec3 right = Vec3::Zero();
  for (Eigen::Index i = 0; i < n; ++i) {
    edge[static_cast<std::size_t>(i)] =
        simplex.corner[static_cast<std::size_t>(chosen[static_cast<std::size_t>(i + 1)])].w - origin;
    right[i] = -edge[static_cast<std::size_t>(i)].dot(origin);
    for (Eigen::Index j = 0; j <= i; ++j) {
      gram(i, j) = gram(j, i) = edge[static_cast<std::size_t>(i)].dot(edge[static_cast<std::size_t>(j)]);
    }
  }
  double scale = 1.0;
  for (Eigen::Index i = 0; i < n; ++i) {
    scale *= gram(i, i);
  }
  const double determinant = gram.determinant();
  if (!(determinant > 1e-14 * scale)) {
    return n == 0;
  }
  const Vec3 t = gram.inverse() * right;
  weight[0] = 1.0;
  for (Eigen::Index i = 0; i < n; ++i) {
    weight[static_cast<std::size_t>(i + 1)] = t[i];
    weight[0] -= t[i];
  }
  return true;
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
  for (int i = 0; i < most_iterations; ++i) {
    const double distance = v.norm();
    if (distance < touching_mm) {
      gap.at_least = 0.0;
      v.setZero();
      break;
    }
    const Difference next = support(-v);
    gap.at_least = std::max(gap.at_least, v.dot(next.w) / distance);
    const bool is_known = std::any_of(simplex.corner.begin(), simplex.corner.begin() + simplex.size,
                                      [&](const Difference& d) { return d.w == next.w; });
    if (is_known || gap.at_least >= enough || distance - gap.at_least <= closed * distance) {
      break;
    }
    Simplex larger = simplex;
    larger.corner[static_cast<std::size_t>(larger.size++)] = next;
    const Vec3 nearer = reduce(larger);
    if (!(nearer.squaredNorm() < v.squaredNorm())) {
      break;  // rounding: no more to gain
    }
    simplex = larger;
    v = nearer;
    if (simplex.size == 4) {  // the origin is inside
      v.setZero();
      break;
    }
  }
  for (int k = 0; k < simplex.size; ++k) {
    const auto i = static_cast<std::size_t>(k);
    gap.points.first += simplex.weight[i] * simplex.corner[i].on_a;
    gap.points.second += simplex.weight[i] * simplex.corner[i].on_b;
  }
  gap.points.distance = v.norm();
  gap.at_least = std::min(gap.at_least, gap.points.distance);
  return gap;
}

}  // namespace xingu
