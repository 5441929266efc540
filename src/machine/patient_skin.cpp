// SPDX-License-Identifier: Apache-2.0
#include "machine/patient_skin.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "dose/beam_geometry.h"
#include "machine/skin_surface.h"

namespace xingu {
namespace {

constexpr double margin_mm = 40.0;       // of the field around the skin
constexpr double rounding_mm = 1e-3;     // of distances stored as float
constexpr double longest_edge_mm = 1e6;  // the skin's triangles are small already
constexpr double deepest = 4.0;          // voxels; of what the field tells inside
constexpr int hull_directions = 32;

double distance_to_box(const Vec3& p, const Vec3& lower, const Vec3& upper) {
  return (lower - p).cwiseMax(p - upper).cwiseMax(0.0).norm();
}

/// Signed distances of the grid's voxel centres to the surface; inside where the occupancy is a half or more, and there
/// only as far as `deepest` voxels: that a point is deep inside is all that is asked. Distances beyond a neighbour's
/// are not searched for: a distance grows by no more than the step.
Volume<float> signed_distances(const Volume<float>& occupancy, const SurfaceTree& tree) {
  const Grid& grid = occupancy.grid();
  Volume<float> field(grid);
  const double step = grid.spacing.maxCoeff();
  parallel_for(static_cast<std::size_t>(grid.nz()), [&](std::size_t slice) {
    const int z = static_cast<int>(slice);
    double before = std::numeric_limits<double>::infinity();
    for (int y = 0; y < grid.ny(); ++y) {
      for (int k = 0; k < grid.nx(); ++k) {
        const int x = y % 2 == 0 ? k : grid.nx() - 1 - k;  // there and back, so that neighbours follow each other
        const bool is_inside = occupancy.at(x, y, z) >= 0.5F;
        const double most = is_inside ? deepest * step : std::numeric_limits<double>::infinity();
        before = tree.distance(grid.centre(x, y, z), std::min(most, before + step * (1.0 + 1e-9)));
        field.at(x, y, z) = static_cast<float>(is_inside ? -before : before);
      }
    }
  });
  return field;
}

/// The padded convex hull of one slice's outline, drawn out from z_from to z_to.
ConvexShape unseen_prism(const Volume<std::uint8_t>& body, int slice, double z_from, double z_to, double padding_mm) {
  const Grid& grid = body.grid();
  std::array<double, hull_directions> reach;
  reach.fill(-std::numeric_limits<double>::infinity());
  const double half_pixel = 0.5 * std::hypot(grid.spacing.x(), grid.spacing.y());
  const auto direction = [](int k) {
    const double angle = 2.0 * std::numbers::pi * k / hull_directions;
    return Eigen::Vector2d(std::cos(angle), std::sin(angle));
  };
  for (int y = 0; y < grid.ny(); ++y) {
    for (int x = 0; x < grid.nx(); ++x) {
      if (body.at(x, y, slice) != 0) {
        const Eigen::Vector2d p = grid.centre(x, y, slice).head<2>();
        for (int k = 0; k < hull_directions; ++k) {
          double& r = reach[static_cast<std::size_t>(k)];
          r = std::max(r, direction(k).dot(p) + half_pixel + padding_mm);
        }
      }
    }
  }
  TriangleSurface surface;
  const double lower = std::min(z_from, z_to);
  const double upper = std::max(z_from, z_to);
  for (const double z : {lower, upper}) {
    for (int k = 0; k < hull_directions; ++k) {
      const int next = (k + 1) % hull_directions;
      Eigen::Matrix2d lines;
      lines << direction(k).transpose(), direction(next).transpose();
      const Eigen::Vector2d corner =
          lines.inverse() * Eigen::Vector2d(reach[static_cast<std::size_t>(k)], reach[static_cast<std::size_t>(next)]);
      surface.points.emplace_back(corner.x(), corner.y(), z);
    }
  }
  const auto n = static_cast<std::uint32_t>(hull_directions);
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t next = (k + 1) % n;
    surface.triangles.insert(surface.triangles.end(), {{k, next, n + next}, {k, n + next, n + k}});
    if (k > 0 && next > 0) {
      surface.triangles.insert(surface.triangles.end(), {{0, next, k}, {n, n + k, n + next}});
    }
  }
  return ConvexShape::polytope(std::move(surface), "the patient beyond the CT");
}

/// The box around the body's voxels in the slices that an edge of the image cuts, padded, drawn out beyond that edge.
/// @param side  as of cut_slices
ConvexShape unseen_side(const Volume<std::uint8_t>& body, std::size_t side, const std::vector<int>& slices,
                        const UnseenPatient& unseen) {
  const Grid& grid = body.grid();
  const bool is_along_x = side < 2;
  const bool is_high = side % 2 == 1;
  const int along = is_along_x ? grid.ny() : grid.nx();
  int first = along;
  int last = -1;
  for (const int z : slices) {
    for (int k = 0; k < along; ++k) {
      const int edge = !is_high ? 0 : is_along_x ? grid.nx() - 1 : grid.ny() - 1;
      if ((is_along_x ? body.at(edge, k, z) : body.at(k, edge, z)) != 0) {
        first = std::min(first, k);
        last = std::max(last, k);
      }
    }
  }
  const Eigen::Index across = is_along_x ? 0 : 1;
  const Eigen::Index other = 1 - across;
  const double edge = is_high ? grid.upper()[across] : grid.lower()[across];
  Vec3 low;
  Vec3 high;
  low[across] = is_high ? edge : edge - unseen.lateral_mm;
  high[across] = is_high ? edge + unseen.lateral_mm : edge;
  low[other] = grid.origin[other] + (first - 0.5) * grid.spacing[other] - unseen.padding_mm;
  high[other] = grid.origin[other] + (last + 0.5) * grid.spacing[other] + unseen.padding_mm;
  low.z() = grid.origin.z() + (slices.front() - 0.5) * grid.spacing.z() - unseen.padding_mm;
  high.z() = grid.origin.z() + (slices.back() + 0.5) * grid.spacing.z() + unseen.padding_mm;
  return ConvexShape::box(high - low, Eigen::Isometry3d(Eigen::Translation3d(0.5 * (low + high))));
}

/// First and last slice that hold some of the body.
std::pair<int, int> body_slices(const Volume<std::uint8_t>& body) {
  const Grid& grid = body.grid();
  const std::size_t per_slice = grid.index(0, 0, 1);
  int first = grid.nz();
  int last = -1;
  for (int z = 0; z < grid.nz(); ++z) {
    const auto slice = body.values().subspan(static_cast<std::size_t>(z) * per_slice, per_slice);
    if (std::ranges::any_of(slice, [](std::uint8_t v) { return v != 0; })) {
      first = std::min(first, z);
      last = z;
    }
  }
  XINGU_REQUIRE(last >= 0, "the patient's outline is empty (there is nothing to keep clear of); contour the body");
  return {first, last};
}

}  // namespace

PatientSkin::PatientSkin(const Volume<std::uint8_t>& body, const Config& config)
    : surface_(), tree_({{Vec3::Zero(), Vec3::UnitX(), Vec3::UnitY()}, {{0, 1, 2}}}, longest_edge_mm) {
  const auto [first, last] = body_slices(body);
  SkinSurface skin = skin_surface(body, margin_mm, config.num_triangles);
  surface_ = std::move(skin.surface);
  tree_ = SurfaceTree(surface_, longest_edge_mm);
  field_ = signed_distances(skin.occupancy, tree_);
  lower_ = surface_.points.front();
  upper_ = lower_;
  for (const Vec3& p : surface_.points) {
    lower_ = lower_.cwiseMin(p);
    upper_ = upper_.cwiseMax(p);
  }
  const Grid& grid = body.grid();
  const UnseenPatient& unseen = config.unseen;
  const double half = 0.5 * grid.spacing.z();
  if (const double length = std::min(unseen.length_mm, config.beyond_mm[0]); length > 0) {
    const double low = grid.centre(0, 0, first).z() - half;
    unseen_.push_back(unseen_prism(body, first, low, low - length, unseen.padding_mm));
  }
  if (const double length = std::min(unseen.length_mm, config.beyond_mm[1]); length > 0) {
    const double high = grid.centre(0, 0, last).z() + half;
    unseen_.push_back(unseen_prism(body, last, high, high + length, unseen.padding_mm));
  }
  if (unseen.lateral_mm > 0) {
    const auto slices = cut_slices(body);
    for (std::size_t side = 0; side < slices.size(); ++side) {
      if (!slices[side].empty()) {
        unseen_.push_back(unseen_side(body, side, slices[side], unseen));
      }
    }
  }
}

std::shared_ptr<const PatientSkin> skin_of(const BodyOutline& body, const UnseenPatient& unseen) {
  PatientSkin::Config config;
  config.unseen = unseen;
  config.beyond_mm = body.beyond_mm;
  return std::make_shared<const PatientSkin>(body.mask, config);
}

double PatientSkin::distance_bound(const Vec3& p) const {
  const Grid& grid = field_.grid();
  const double to_box = distance_to_box(p, lower_, upper_);
  const double h = grid.spacing.x();
  const Vec3 at = grid.coordinates(p);
  const Vec3 last(grid.nx() - 1, grid.ny() - 1, grid.nz() - 1);
  if ((at.array() < 0.0).any() || (at.array() > last.array()).any()) {
    return to_box - rounding_mm;  // the field's margin is less than what is gained by looking
  }
  std::array<int, 3> base{};
  Vec3 part;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto e = static_cast<Eigen::Index>(a);
    base[a] = std::min(static_cast<int>(at[e]), grid.size[a] - 2);
    part[e] = at[e] - base[a];
  }
  double nearest_corner = -std::numeric_limits<double>::infinity();
  double trilinear = 0.0;
  double least = std::numeric_limits<double>::infinity();
  for (int corner = 0; corner < 8; ++corner) {
    const Eigen::Vector3i step(corner & 1, (corner >> 1) & 1, corner >> 2);
    const auto f = static_cast<double>(field_.at(base[0] + step.x(), base[1] + step.y(), base[2] + step.z()));
    const Vec3 offset = step.cast<double>() - part;
    nearest_corner = std::max(nearest_corner, f - h * offset.norm());
    trilinear += f * (1.0 - std::abs(offset.x())) * (1.0 - std::abs(offset.y())) * (1.0 - std::abs(offset.z()));
    least = std::min(least, f);
  }
  const double beyond = least - std::numbers::sqrt3 * h;  // no point of the cell is nearer than this
  const double concave = beyond > 0 ? trilinear - 0.375 * h * h / beyond : nearest_corner;
  return std::max({nearest_corner, concave, to_box > 0 ? to_box : nearest_corner}) - rounding_mm;
}

Pose<frame::T, frame::P> patient_on_table(const PatientSkin& skin, PatientPosition position, const Vec3& isocentre_P) {
  // With every angle at 0 the beam's frame is the table's.
  const Mat3 R_TP = beam_geometry({}, position, Vec3::Zero(), 1.0).X_PB.rotation().transpose();
  const Vec3 corner = R_TP * skin.lower();
  const Vec3 opposite = R_TP * skin.upper();
  const Vec3 isocentre = R_TP * isocentre_P;
  return {R_TP, Vec3(-0.5 * (corner.x() + opposite.x()), -isocentre.y(), -std::min(corner.z(), opposite.z()))};
}

}  // namespace xingu
