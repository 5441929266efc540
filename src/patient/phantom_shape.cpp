// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom_shape.h"

#include "base/error.h"

namespace xingu {
namespace {

constexpr double chord_mm = 2.5;
constexpr std::size_t group_size = 6;

Tube::Node catmull_rom(const Tube::Node& a, const Tube::Node& b, const Tube::Node& c, const Tube::Node& d, double t) {
  const double t2 = t * t;
  const double t3 = t2 * t;
  const double wa = -0.5 * t3 + t2 - 0.5 * t;
  const double wb = 1.5 * t3 - 2.5 * t2 + 1;
  const double wc = -1.5 * t3 + 2 * t2 + 0.5 * t;
  const double wd = 0.5 * t3 - 0.5 * t2;
  return {wa * a.centre + wb * b.centre + wc * c.centre + wd * d.centre, b.radius + t * (c.radius - b.radius)};
}

}  // namespace

double capsule(const Vec3& p, const Vec3& from, const Vec3& to, double radius_from, double radius_to) {
  const Vec3 axis = to - from;
  const double t = std::clamp((p - from).dot(axis) / axis.squaredNorm(), 0.0, 1.0);
  return (p - from - t * axis).norm() - (radius_from + t * (radius_to - radius_from));
}

Tube::Tube(const std::vector<Node>& nodes) {
  XINGU_EXPECT(nodes.size() >= 2);
  points_.push_back(nodes.front());
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
    const Node& b = nodes[i];
    const Node& c = nodes[i + 1];
    const Node a = i > 0 ? nodes[i - 1] : Node{2 * b.centre - c.centre, b.radius};
    const Node d = i + 2 < nodes.size() ? nodes[i + 2] : Node{2 * c.centre - b.centre, c.radius};
    const int n = std::max(1, static_cast<int>(std::ceil((c.centre - b.centre).norm() / chord_mm)));
    for (int k = 1; k <= n; ++k) {
      points_.push_back(catmull_rom(a, b, c, d, static_cast<double>(k) / n));
    }
  }
  bounds_ = {points_.front().centre, points_.front().centre};
  for (const Node& node : points_) {
    const Vec3 r = Vec3::Constant(node.radius);
    bounds_ = bounds_.united({node.centre - r, node.centre + r});
  }
  for (std::size_t first = 0; first + 1 < points_.size(); first += group_size) {
    const std::size_t last = std::min(first + group_size, points_.size() - 1);
    const Vec3 centre = 0.5 * (points_[first].centre + points_[last].centre);
    double reach = 0;
    for (std::size_t i = first; i <= last; ++i) {
      reach = std::max(reach, (points_[i].centre - centre).norm() + points_[i].radius);
    }
    groups_.push_back({first, last, centre, reach});
  }
}

double Tube::distance(const Vec3& p, double limit) const {
  double best = limit + 1e-9;
  if (bounds_.distance(p) > limit) {
    return best;
  }
  for (const Group& group : groups_) {
    if ((p - group.centre).norm() - group.reach > best) {
      continue;
    }
    for (std::size_t i = group.first; i < group.last; ++i) {
      const Node& a = points_[i];
      const Node& b = points_[i + 1];
      best = std::min(best, capsule(p, a.centre, b.centre, a.radius, b.radius));
    }
  }
  return best;
}

double nearest_tube(const std::vector<const Tube*>& tubes, const Vec3& p, double limit) {
  double best = limit + 1e-9;
  for (const Tube* tube : tubes) {
    best = std::min(best, tube->distance(p, best));
  }
  return best;
}

}  // namespace xingu
