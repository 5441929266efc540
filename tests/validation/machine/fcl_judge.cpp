// SPDX-License-Identifier: Apache-2.0
#include "fcl_judge.h"

#include <fcl/geometry/bvh/BVH_model.h>
#include <fcl/geometry/shape/convex.h>
#include <fcl/narrowphase/collision.h>
#include <fcl/narrowphase/distance.h>

#include <algorithm>
#include <exception>

namespace xingu::test {
namespace {

using Mesh = fcl::BVHModel<fcl::OBBRSS<double>>;
using Solid = fcl::CollisionGeometry<double>;

std::shared_ptr<Mesh> mesh_of(const TriangleSurface& surface) {
  auto mesh = std::make_shared<Mesh>();
  mesh->beginModel(static_cast<int>(surface.triangles.size()), static_cast<int>(surface.points.size()));
  std::vector<fcl::Triangle> triangles;
  for (const TriangleIndices& t : surface.triangles) {
    triangles.emplace_back(t[0], t[1], t[2]);
  }
  mesh->addSubModel(surface.points, triangles);
  mesh->endModel();
  return mesh;
}

std::shared_ptr<Solid> solid_of(const TriangleSurface& surface) {
  auto faces = std::make_shared<std::vector<int>>();
  for (const TriangleIndices& t : surface.triangles) {
    faces->insert(faces->end(), {3, static_cast<int>(t[0]), static_cast<int>(t[1]), static_cast<int>(t[2])});
  }
  const auto points = std::make_shared<const std::vector<Vec3>>(surface.points);
  auto solid = std::make_shared<fcl::Convex<double>>(points, static_cast<int>(surface.triangles.size()), faces);
  solid->computeLocalAABB();
  return solid;
}

bool meet(const Solid& a, const Eigen::Isometry3d& X_Fa, const Solid& b, const Eigen::Isometry3d& X_Fb) {
  fcl::CollisionResult<double> result;
  fcl::collide(&a, X_Fa, &b, X_Fb, fcl::CollisionRequest<double>(), result);
  return result.isCollision();
}

double distance(const Solid& a, const Eigen::Isometry3d& X_Fa, const Solid& b, const Eigen::Isometry3d& X_Fb) {
  fcl::DistanceResult<double> result;
  fcl::distance(&a, X_Fa, &b, X_Fb, fcl::DistanceRequest<double>(), result);
  return std::max(0.0, result.min_distance);
}

}  // namespace

struct FclJudge::Bodies {
  std::vector<std::shared_ptr<Mesh>> meshes;
  std::vector<std::shared_ptr<Solid>> solids;
};

FclJudge::FclJudge(const CollisionWorld& world) {
  auto bodies = std::make_unique<Bodies>();
  for (const CollisionWorld::Part& part : world.parts()) {
    bodies->meshes.push_back(mesh_of(part.skin ? part.skin->surface() : part.shape->surface()));
    bodies->solids.push_back(part.skin ? bodies->meshes.back() : solid_of(part.shape->surface()));
  }
  bodies_ = std::move(bodies);
}

FclJudge::~FclJudge() = default;

FclJudge::Opinion FclJudge::ask(const CollisionWorld::Pair& pair, std::span<const Eigen::Isometry3d> X_F) const {
  const auto i = static_cast<std::size_t>(pair.first);
  const auto j = static_cast<std::size_t>(pair.second);
  Opinion opinion;
  opinion.of_surfaces = distance(*bodies_->meshes[i], X_F[i], *bodies_->meshes[j], X_F[j]);
  opinion.surfaces_meet = meet(*bodies_->meshes[i], X_F[i], *bodies_->meshes[j], X_F[j]);
  try {
    opinion.of_solids = distance(*bodies_->solids[i], X_F[i], *bodies_->solids[j], X_F[j]);
    opinion.solids_meet = meet(*bodies_->solids[i], X_F[i], *bodies_->solids[j], X_F[j]);
  } catch (const std::exception&) {
    opinion.of_solids.reset();
  }
  return opinion;
}

}  // namespace xingu::test
