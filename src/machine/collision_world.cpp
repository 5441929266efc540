// SPDX-License-Identifier: Apache-2.0
#include "machine/collision_world.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "machine/convex_distance.h"

namespace xingu {
namespace {

constexpr double touching_mm = 1e-6;  // nearer parts meet
constexpr double patch_mm = 30.0;     // longest edge of hardware's triangles: spheres of 17 mm and less …
constexpr double patch_share = 0.02;  // … or this share of the part's radius: floors are large and far

/// X_ab from X_Fa and X_Fb.
Eigen::Isometry3d between(const Eigen::Isometry3d& X_Fa, const Eigen::Isometry3d& X_Fb) {
  return X_Fa.inverse(Eigen::Isometry) * X_Fb;
}

}  // namespace

CollisionWorld::CollisionWorld(const TreatmentMachine& machine, const PatientOnTable* patient, Buffers buffers)
    : mechanism_(std::make_shared<const Mechanism>(machine.mechanism)) {
  for (std::size_t link = 0; link < mechanism_->links().size(); ++link) {
    for (const ConvexShape& shape : mechanism_->links()[link].shapes) {
      add_part(static_cast<int>(link), mechanism_->links()[link].name, shape, Eigen::Isometry3d::Identity(), false);
    }
  }
  if (patient != nullptr) {
    parallel_for(parts_.size(), [&](std::size_t i) {
      Part& part = parts_[i];
      part.tree =
          std::make_shared<const SurfaceTree>(part.shape->surface(), std::max(patch_mm, patch_share * part.radius));
    });
    add_patient(machine, *patient);
  }
  pair_up(machine, buffers);
}

void CollisionWorld::add_part(int link, const std::string& name, ConvexShape shape, const Eigen::Isometry3d& X_link,
                              bool is_patient) {
  Part part;
  part.link = link;
  part.name = name;
  part.centre = shape.centre();
  part.radius = shape.radius();
  part.shape = std::make_shared<const ConvexShape>(std::move(shape));
  part.X_link = X_link;
  part.is_patient = is_patient;
  parts_.push_back(std::move(part));
}

void CollisionWorld::add_patient(const TreatmentMachine& machine, const PatientOnTable& patient) {
  has_patient_ = true;
  Part skin;
  skin.link = machine.table_link;
  skin.name = "patient";
  skin.tree = {patient.skin, &patient.skin->tree()};
  skin.skin = patient.skin;
  skin.X_link = patient.X_TP.matrix();
  skin.centre = skin.tree->node(0).centre;
  skin.radius = skin.tree->node(0).radius;
  skin.is_patient = true;
  parts_.push_back(std::move(skin));
  for (const ConvexShape& shape : patient.skin->unseen()) {
    add_part(machine.table_link, "patient beyond the CT", shape, patient.X_TP.matrix(), true);
  }
}

void CollisionWorld::pair_up(const TreatmentMachine& machine, Buffers buffers) {
  const auto& links = mechanism_->links();
  const auto moves = [&](int a, int b) { return mechanism_->axes_of(a) != mechanism_->axes_of(b); };
  // The link of the moving joint that carries a link; what is fixed to it hangs on the same joint.
  const auto body_of = [&](int link) {
    while (link > 0 && links[static_cast<std::size_t>(link)].joint.axis < 0) {
      link = links[static_cast<std::size_t>(link)].parent;
    }
    return link;
  };
  const auto hangs_on = [&](int child, int parent) {
    return links[static_cast<std::size_t>(body_of(child))].parent == parent;
  };
  const auto are_neighbours = [&](int a, int b) { return hangs_on(a, b) || hangs_on(b, a); };
  const auto is_ignored = [&](int a, int b) {
    return std::ranges::any_of(machine.ignored_pairs, [&](const IgnoredPair& pair) {
      return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
    });
  };
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    for (std::size_t j = i + 1; j < parts_.size(); ++j) {
      const Part& a = parts_[i];
      const Part& b = parts_[j];
      const bool has_patient = a.is_patient || b.is_patient;
      if (!moves(a.link, b.link) || (!has_patient && (are_neighbours(a.link, b.link) || is_ignored(a.link, b.link)))) {
        continue;
      }
      Pair pair{static_cast<int>(i), static_cast<int>(j), 0.0};
      if (buffers == Buffers::as_given) {
        pair.buffer_mm = has_patient ? machine.buffers.patient_mm : machine.buffers.hardware_mm;
      }
      // Spheres of the hardware; the skin has the better distance. Else the smaller part comes first.
      const bool swaps = a.skin != nullptr || (b.skin == nullptr && a.radius > b.radius);
      if (swaps) {
        std::swap(pair.first, pair.second);
      }
      pairs_.push_back(pair);
    }
  }
}

void CollisionWorld::place(const LinkPoses& poses, std::vector<Eigen::Isometry3d>& X_F) const {
  X_F.resize(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    X_F[i] = poses.X_F[static_cast<std::size_t>(parts_[i].link)] * parts_[i].X_link;
  }
}

double CollisionWorld::quick_bound(const Pair& pair, std::span<const Eigen::Isometry3d> X_F) const {
  const Part& first = parts_[static_cast<std::size_t>(pair.first)];
  const Part& second = parts_[static_cast<std::size_t>(pair.second)];
  const Eigen::Isometry3d& X_F1 = X_F[static_cast<std::size_t>(pair.first)];
  const Eigen::Isometry3d& X_F2 = X_F[static_cast<std::size_t>(pair.second)];
  const Vec3 apart = X_F1 * first.centre - X_F2 * second.centre;
  double bound = apart.norm() - first.radius - second.radius;
  if (bound < 300.0) {
    const auto from_faces = [](const Part& part, const Eigen::Isometry3d& X_F_part, const Part& other,
                               const Vec3& offset) {
      const Vec3 centre = part.centre + X_F_part.linear().transpose() * offset;
      return (part.skin != nullptr ? part.skin->distance_bound(centre) : part.shape->distance_bound(centre)) -
             other.radius;
    };
    bound = std::max(bound, from_faces(second, X_F2, first, apart));
    bound = std::max(bound, from_faces(first, X_F1, second, -apart));
  }
  return bound;
}

bool CollisionWorld::is_shown_clear(const Pair& pair, std::span<const Eigen::Isometry3d> X_F, double least_mm) const {
  const Part& first = parts_[static_cast<std::size_t>(pair.first)];
  const Part& second = parts_[static_cast<std::size_t>(pair.second)];
  const Eigen::Isometry3d& X_F1 = X_F[static_cast<std::size_t>(pair.first)];
  const Eigen::Isometry3d& X_F2 = X_F[static_cast<std::size_t>(pair.second)];
  const double reach = first.radius + second.radius + least_mm;
  if ((X_F1 * first.centre - X_F2 * second.centre).squaredNorm() > reach * reach) {
    return true;
  }
  if (quick_bound(pair, X_F) >= std::max(least_mm, 1e-9)) {
    return true;
  }
  if (second.skin == nullptr) {
    const double least = std::max(least_mm, touching_mm);
    return convex_gap(first.shape->surface().points, second.shape->surface().points, between(X_F1, X_F2), least)
               .at_least >= least;
  }
  return xingu::is_shown_clear(
      *first.tree, between(X_F2, X_F1), [&](const Vec3& p) { return second.skin->distance_bound(p); }, least_mm);
}

NearestPoints CollisionWorld::nearest(const Pair& pair, std::span<const Eigen::Isometry3d> X_F, double below_mm) const {
  const Part& first = parts_[static_cast<std::size_t>(pair.first)];
  const Part& second = parts_[static_cast<std::size_t>(pair.second)];
  const Eigen::Isometry3d X_12 =
      between(X_F[static_cast<std::size_t>(pair.first)], X_F[static_cast<std::size_t>(pair.second)]);
  if (second.skin == nullptr) {
    NearestPoints points =
        convex_gap(first.shape->surface().points, second.shape->surface().points, X_12, below_mm).points;
    points.distance = std::min(points.distance, below_mm);
    return points;
  }
  const Eigen::Isometry3d X_21 = X_12.inverse(Eigen::Isometry);
  if (second.skin->distance_bound(X_21 * first.centre) <= 0) {
    return {0.0, first.centre, first.centre};
  }
  NearestPoints points = nearest_points(*second.tree, *first.shape, X_21, below_mm);
  points = {points.distance, X_12 * points.second, X_12 * points.first};
  return points;
}

bool CollisionWorld::is_certified(const LinkPoses& poses) const {
  thread_local std::vector<Eigen::Isometry3d> X_F;
  place(poses, X_F);
  return std::ranges::all_of(pairs_, [&](const Pair& pair) { return is_shown_clear(pair, X_F, pair.buffer_mm); });
}

bool CollisionWorld::is_safe(const LinkPoses& poses) const { return is_safe(poses, pairs_); }

bool CollisionWorld::is_safe(const LinkPoses& poses, std::span<const Pair> pairs) const {
  thread_local std::vector<Eigen::Isometry3d> X_F;
  place(poses, X_F);
  return std::ranges::all_of(pairs, [&](const Pair& pair) {
    if (is_shown_clear(pair, X_F, pair.buffer_mm)) {
      return true;
    }
    const double least = std::max(pair.buffer_mm, touching_mm);
    return nearest(pair, X_F, least).distance >= least;
  });
}

Clearance CollisionWorld::clearance(const LinkPoses& poses, double below_mm) const {
  std::vector<Eigen::Isometry3d> X_F;
  place(poses, X_F);
  // Nearest spheres first, so that the first pairs bring the bound down for all others.
  struct Candidate {
    double at_least;
    const Pair* pair;
  };
  std::vector<Candidate> candidates;
  candidates.reserve(pairs_.size());
  for (const Pair& pair : pairs_) {
    const Part& a = parts_[static_cast<std::size_t>(pair.first)];
    const Part& b = parts_[static_cast<std::size_t>(pair.second)];
    const double gap =
        (X_F[static_cast<std::size_t>(pair.first)] * a.centre - X_F[static_cast<std::size_t>(pair.second)] * b.centre)
            .norm() -
        a.radius - b.radius;
    candidates.push_back({gap - pair.buffer_mm, &pair});
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::at_least);
  Clearance result;
  result.margin_mm = below_mm;
  for (const auto& [at_least, pair] : candidates) {
    if (at_least >= result.margin_mm) {
      break;
    }
    const double below = result.margin_mm + pair->buffer_mm;
    if (below <= 0.0) {
      continue;
    }
    const NearestPoints points = nearest(*pair, X_F, below);
    if (points.distance < below) {
      result.distance_mm = points.distance;
      result.buffer_mm = pair->buffer_mm;
      result.margin_mm = points.distance - pair->buffer_mm;
      result.first = parts_[static_cast<std::size_t>(pair->first)].name;
      result.second = parts_[static_cast<std::size_t>(pair->second)].name;
      result.first_F = X_F[static_cast<std::size_t>(pair->first)] * points.first;
      result.second_F = X_F[static_cast<std::size_t>(pair->first)] * points.second;
      if (parts_[static_cast<std::size_t>(pair->first)].is_patient) {  // people read "head to patient"
        std::swap(result.first, result.second);
        std::swap(result.first_F, result.second_F);
      }
    }
  }
  return result;
}

}  // namespace xingu
