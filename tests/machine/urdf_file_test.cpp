// SPDX-License-Identifier: Apache-2.0
#include "machine/urdf_file.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "machine_fixtures.h"

namespace xingu {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& body) {
  const test::UrdfText urdf(body);
  try {
    (void)read_urdf(urdf.path());
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

const std::string root = "<link name=\"room\"/>\n";

TEST(ReadUrdf, reads_links_joints_and_shapes_in_millimetres) {
  const test::UrdfText urdf(root + test::box_link("a") + test::turning_joint("j", "room", "a"));
  const Mechanism mechanism = read_urdf(urdf.path());
  ASSERT_EQ(mechanism.num_axes(), 1U);
  EXPECT_EQ(mechanism.axes()[0].name, "j");
  EXPECT_DOUBLE_EQ(mechanism.axes()[0].limits.velocity, 0.5);
  LinkPoses poses;
  forward_kinematics(mechanism, std::vector<double>{0.3}, poses);
  EXPECT_LT((poses.X_F[1].translation() - Vec3(0, 0, 500)).norm(), 1e-12);
  EXPECT_NEAR(mechanism.links()[1].shapes.at(0).volume_mm3(), 1e6, 1e-3);
}

TEST(ReadUrdf, refuses_each_fault_with_a_sentence_that_names_it) {
  const std::string a = test::box_link("a");
  const std::string b = test::box_link("b");
  const std::string joint = test::turning_joint("j", "room", "a");
  EXPECT_THAT(
      refusal(root + a + b + joint + test::turning_joint("k", "a", "b") + test::turning_joint("l", "room", "b")),
      HasSubstr("a loop"));
  EXPECT_THAT(refusal(a + b + test::turning_joint("j", "b", "a") + test::turning_joint("k", "a", "b")),
              HasSubstr("no URDF that can be read"));
  EXPECT_THAT(refusal(root + a +
                      "<joint name=\"j\" type=\"revolute\"><parent link=\"room\"/><child link=\"a\"/>"
                      "<axis xyz=\"0 0 1\"/></joint>"),
              HasSubstr("limit"));
  EXPECT_THAT(
      refusal(root + "<link name=\"a\"><collision><geometry><sphere radius=\"0.1\"/></geometry></collision></link>" +
              joint),
      HasSubstr("has no <inertial>"));
  EXPECT_THAT(refusal(root +
                      "<link name=\"a\"><collision><geometry><mesh filename=\"meshes/x.stl\"/></geometry></collision>"
                      "</link>" +
                      joint),
              HasSubstr("'meshes/x.stl', which is not there"));
  EXPECT_THAT(
      refusal(root + a + "<joint name=\"j\" type=\"planar\"><parent link=\"room\"/><child link=\"a\"/></joint>"),
      HasSubstr("neither revolute"));
  EXPECT_THAT(refusal("<lin"), HasSubstr("no URDF that can be read"));
  EXPECT_THAT(refusal(root), HasSubstr("no joint moves"));
}

}  // namespace
}  // namespace xingu
