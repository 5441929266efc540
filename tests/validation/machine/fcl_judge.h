// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "machine/collision_world.h"

namespace xingu::test {

/// The parts of a world as bodies of FCL 0.7 (Flexible Collision Library, Pan, Chitta and Manocha 2012, ICRA, p. 3859),
/// an independent judge of distances and collisions.
class FclJudge {
 public:
  explicit FclJudge(const CollisionWorld& world);
  ~FclJudge();
  FclJudge(const FclJudge&) = delete;
  FclJudge& operator=(const FclJudge&) = delete;

  /// What FCL says of a pair of parts.
  struct Opinion {
    /// Between the surfaces as meshes (hierarchies of triangles, each pair of triangles solved in closed form), mm; 0
    /// where they cross. Knows no inside.
    double of_surfaces = 0.0;
    bool surfaces_meet = false;  ///< by its collision query on the meshes
    /// Between the parts as solids (convex shapes by libccd's GJK; the skin stays a mesh), mm; 0 where they meet.
    /// Nothing where FCL gave up with an exception.
    std::optional<double> of_solids;
    bool solids_meet = false;  ///< by its collision query on the solids
  };

  /// @param X_F  poses of all parts (CollisionWorld::place). Cost: 0.1 to 5 ms. One thread at a time.
  [[nodiscard]] Opinion ask(const CollisionWorld::Pair& pair, std::span<const Eigen::Isometry3d> X_F) const;

 private:
  struct Bodies;
  std::unique_ptr<const Bodies> bodies_;
};

}  // namespace xingu::test
