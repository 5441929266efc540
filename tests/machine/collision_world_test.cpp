// SPDX-License-Identifier: Apache-2.0
#include "machine/collision_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "machine/urdf_file.h"
#include "machine_fixtures.h"
#include "machine_patient.h"

namespace xingu {
namespace {

/// Slow twin: the least distance of one pair over every pair of the given shapes' own triangles, or 0 if the middle of
/// one is inside the other.
double every_pair_of_triangles(const CollisionWorld& world, const CollisionWorld::Pair& pair, const LinkPoses& poses) {
  const auto triangles_of = [&](int index) {
    const CollisionWorld::Part& part = world.parts()[static_cast<std::size_t>(index)];
    const TriangleSurface& surface = part.skin ? part.skin->surface() : part.shape->surface();
    const Eigen::Isometry3d X = poses.X_F[static_cast<std::size_t>(part.link)] * part.X_link;
    std::vector<Triangle> result;
    for (const TriangleIndices& t : surface.triangles) {
      result.push_back({X * surface.points[t[0]], X * surface.points[t[1]], X * surface.points[t[2]]});
    }
    return result;
  };
  double least = 1e300;
  for (const Triangle& a : triangles_of(pair.first)) {
    for (const Triangle& b : triangles_of(pair.second)) {
      least = std::min(least, nearest_points_of_triangles(a, b).distance);
    }
  }
  return least;
}

TEST(CollisionWorld, home_of_every_shipped_machine_is_free) {
  for (const char* name : {"ring-arm-4pi", "sphere-linac", "radiosurgery-arm"}) {
    const TreatmentMachine machine = test::shipped_machine(name);
    const CollisionWorld world(machine);
    LinkPoses poses;
    forward_kinematics(machine.mechanism, machine.home(), poses);
    const Clearance clearance = world.clearance(poses);
    EXPECT_TRUE(clearance.is_safe()) << name << ": " << clearance.first << " to " << clearance.second << " "
                                     << clearance.distance_mm;
    EXPECT_NEAR((clearance.first_F - clearance.second_F).norm(), clearance.distance_mm, 1e-6);
  }
}

TEST(CollisionWorld, agrees_with_every_pair_of_triangles) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const PatientOnTable patient = test::ellipse_patient(60);
  const CollisionWorld world(machine, &patient, Buffers::none);
  LinkPoses poses;
  for (std::uint64_t draw = 0; draw < 2; ++draw) {
    forward_kinematics(machine.mechanism, test::random_axis_values(machine.mechanism, 21, draw), poses);
    double slow = 1e300;
    for (const CollisionWorld::Pair& pair : world.pairs()) {
      slow = std::min(slow, every_pair_of_triangles(world, pair, poses));
    }
    const Clearance clearance = world.clearance(poses);
    EXPECT_NEAR(clearance.distance_mm, slow, 1e-6) << draw;
    EXPECT_EQ(world.is_safe(poses), slow > 1e-6);
    if (world.is_certified(poses)) {
      EXPECT_GT(slow, 0.0);
    }
  }
}

TEST(CollisionWorld, shows_clear_only_what_is_and_keeps_buffers) {
  const TreatmentMachine machine = test::shipped_machine("sphere-linac");
  const PatientOnTable patient = test::ellipse_patient(1000);
  const CollisionWorld world(machine, &patient);
  LinkPoses poses;
  std::vector<Eigen::Isometry3d> X_F;
  for (std::uint64_t draw = 0; draw < 100; ++draw) {
    forward_kinematics(machine.mechanism, test::random_axis_values(machine.mechanism, 22, draw), poses);
    world.place(poses, X_F);
    for (const CollisionWorld::Pair& pair : world.pairs()) {
      const double exact = world.nearest(pair, X_F, 500.0).distance;
      for (const double least : {0.5 * exact, exact < 500.0 ? exact + 0.01 : 500.0, pair.buffer_mm}) {
        EXPECT_LE(world.is_shown_clear(pair, X_F, least), exact >= least);
      }
    }
    EXPECT_EQ(world.is_safe(poses), world.clearance(poses).is_safe());
    if (world.is_certified(poses)) {
      EXPECT_TRUE(world.is_safe(poses));
    }
  }
}

TEST(CollisionWorld, a_part_wholly_inside_another_is_a_collision) {
  const test::UrdfText urdf(
      "<link name=\"room\"><collision><geometry><box size=\"4 4 4\"/></geometry></collision></link>\n" +
      test::box_link("a") + test::box_link("b") + test::turning_joint("j", "room", "a") +
      test::turning_joint("k", "a", "b"));
  TreatmentMachine machine = test::shipped_machine("sphere-linac");
  machine.mechanism = read_urdf(urdf.path());
  machine.ignored_pairs.clear();
  const CollisionWorld world(machine);
  LinkPoses poses;
  forward_kinematics(machine.mechanism, std::vector<double>{0.0, 0.0}, poses);
  ASSERT_FALSE(world.pairs().empty());
  EXPECT_EQ(world.clearance(poses).distance_mm, 0.0);
  EXPECT_FALSE(world.is_safe(poses));
  EXPECT_FALSE(world.is_certified(poses));
}

TEST(CollisionWorld, neighbours_and_what_moves_together_are_not_paired) {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const CollisionWorld world(machine);
  for (const CollisionWorld::Pair& pair : world.pairs()) {
    const std::string& a = world.parts()[static_cast<std::size_t>(pair.first)].name;
    const std::string& b = world.parts()[static_cast<std::size_t>(pair.second)].name;
    EXPECT_FALSE((a == "couch_1" && b == "couch_2") || (a == "couch_2" && b == "couch_1"));
    EXPECT_FALSE((a == "floor" && b == "ring") || (a == "ring" && b == "floor"));
    EXPECT_FALSE((a == "arc" && b == "ring") || (a == "ring" && b == "arc"));
    EXPECT_EQ(pair.buffer_mm, machine.buffers.hardware_mm);
  }
}

}  // namespace
}  // namespace xingu
