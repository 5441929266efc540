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
              HasSubstr("'a' hangs in a loop of joints that starts at no link"));
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

TEST(IsWithin, follows_links_and_dots_to_where_a_path_leads) {
  const test::TemporaryFolder folder;
  const std::filesystem::path inside = folder.path() / "machine";
  std::filesystem::create_directory(inside);
  std::filesystem::create_directory(folder.path() / "machine-2");
  std::filesystem::create_symlink(folder.path(), inside / "out");
  std::filesystem::create_symlink(inside, folder.path() / "in");
  EXPECT_TRUE(is_within(inside / "meshes" / "not-there.stl", inside));
  EXPECT_TRUE(is_within(inside / "meshes" / ".." / "a", inside));
  EXPECT_TRUE(is_within(folder.path() / "in" / "a", inside));
  EXPECT_TRUE(is_within("here", ""));
  EXPECT_FALSE(is_within(inside / ".." / "a", inside));
  EXPECT_FALSE(is_within(folder.path() / "machine-2" / "a", inside));
  EXPECT_FALSE(is_within(inside / "out" / "a", inside));
  EXPECT_FALSE(is_within("/etc/passwd", inside));
  EXPECT_FALSE(is_within("../a", ""));
}

TEST(ReadUrdf, refuses_a_part_that_is_there_but_has_no_collision_shape) {
  const std::string joint = test::turning_joint("j", "room", "a");
  const std::string body = "<geometry><sphere radius=\"0.1\"/></geometry>";
  const std::string mass =
      "<inertial><mass value=\"1\"/><inertia ixx=\"1\" ixy=\"0\" ixz=\"0\" iyy=\"1\" iyz=\"0\" izz=\"1\"/></inertial>";
  EXPECT_THAT(refusal(root + "<link name=\"a\"><visual>" + body + "</visual></link>" + joint),
              HasSubstr("link 'a' has <visual> and no <collision>"));
  EXPECT_THAT(refusal(root + "<link name=\"a\">" + mass + "</link>" + joint),
              HasSubstr("link 'a' has a mass and no <collision>"));
  EXPECT_THAT(refusal(root + "<link name=\"a\">" + mass + "<colision>" + body + "</colision></link>" + joint),
              HasSubstr("did you mean <collision>?"));
  EXPECT_THAT(refusal("<link name=\"room\"><visual>" + body + "</visual></link>" + test::box_link("a") + joint),
              HasSubstr("link 'room' has <visual>"));
  EXPECT_EQ(refusal(root + "<link name=\"a\"/>" + joint), "accepted");  // a frame, not a part
}

TEST(ReadUrdf, refuses_degrees_and_bodies_that_cannot_be) {
  const std::string begin = root + test::box_link("a") +
                            "<joint name=\"j\" type=\"revolute\"><parent link=\"room\"/><child link=\"a\"/>"
                            "<axis xyz=\"1 0 0\"/><limit ";
  EXPECT_THAT(refusal(begin + "lower=\"-50\" upper=\"50\" velocity=\"1\" effort=\"0\"/></joint>"),
              HasSubstr("counts in radians"));
  std::string link = test::box_link("a");
  link.replace(link.find("iyy=\"1\""), 7, "iyy=\"-1\"");
  EXPECT_THAT(refusal(root + link + test::turning_joint("j", "room", "a")), HasSubstr("an inertia that no body has"));
}

std::string shape(const std::string& geometry) {
  return "<link name=\"a\"><inertial><mass value=\"1\"/><inertia ixx=\"1\" ixy=\"0\" ixz=\"0\" iyy=\"1\" iyz=\"0\" "
         "izz=\"1\"/></inertial><collision><geometry>" +
         geometry + "</geometry></collision></link>\n" + test::turning_joint("j", "room", "a");
}

TEST(ReadUrdf, leaves_no_shape_out_silently) {
  for (const char* geometry : {"<box size=\"inf 1 1\"/>", "<box size=\"1 1\"/>", "<cone radius=\"1\"/>", "",
                               "<mesh filename=\"meshes/x.stl\" scale=\"inf 1 1\"/>"}) {
    EXPECT_THAT(refusal(root + shape(geometry)), HasSubstr("correct it")) << geometry;
  }
  EXPECT_THAT(refusal(root + shape("<box size=\"1e300 1 1\"/>")), HasSubstr("at most 100"));
  EXPECT_THAT(refusal(root + shape("<sphere radius=\"0\"/>")), HasSubstr("above 0"));
}

TEST(ReadUrdf, refuses_links_that_hang_in_a_loop_apart_from_the_root) {
  const std::string sound = root + test::box_link("a") + test::turning_joint("j", "room", "a");
  EXPECT_THAT(refusal(sound + test::box_link("b") + test::turning_joint("k", "b", "b")),
              HasSubstr("'b' hangs in a loop"));
  EXPECT_THAT(refusal(sound + test::box_link("b") + test::box_link("c") + test::turning_joint("k", "b", "b") +
                      test::turning_joint("l", "b", "c")),
              HasSubstr("'b' hangs in a loop"));
  EXPECT_THAT(refusal(sound + test::box_link("b") + test::box_link("c") + test::turning_joint("k", "b", "c") +
                      test::turning_joint("l", "c", "b")),
              HasSubstr("in a loop of joints that does not reach 'room'"));
}

TEST(ReadUrdf, refuses_figures_that_no_machine_has) {
  const std::string a = root + test::box_link("a");
  const std::string begin =
      "<joint name=\"j\" type=\"prismatic\"><parent link=\"room\"/><child link=\"a\"/><axis xyz=\"1 0 0\"/>";
  EXPECT_THAT(refusal(a + begin + "<limit lower=\"-1e308\" upper=\"1\" velocity=\"1\" effort=\"0\"/></joint>"),
              HasSubstr("beyond 1000"));
  EXPECT_THAT(
      refusal(a + begin +
              "<origin xyz=\"0 0 1e306\"/><limit lower=\"0\" upper=\"1\" velocity=\"1\" effort=\"0\"/></joint>"),
      HasSubstr("origin beyond 100 m"));
}

TEST(ReadUrdf, survives_text_that_was_made_to_exhaust_it) {
  const auto repeated = [](const std::string& text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) {
      result += text;
    }
    return result;
  };
  EXPECT_THAT(refusal(repeated("<a>", 1'000'000)), HasSubstr("within each other"));
  EXPECT_THAT(refusal(root + repeated("<link name=\"a\"/>", 2000)), HasSubstr("more than 1000 links"));
  const std::string sound = root + test::box_link("a") + test::turning_joint("j", "room", "a");
  EXPECT_EQ(refusal(sound + "<!--" + repeated("<a>", 200) + "-->" + repeated("<gazebo a=\"b\"/>", 200)), "accepted");
}

TEST(ReadUrdf, reads_meshes_of_its_own_folder_only) {
  const test::TemporaryFolder elsewhere;
  write_file(elsewhere.path() / "x.stl", "solid x\nendsolid x\n");
  const auto asked_for = [](const std::string& name) {
    return refusal(root + shape("<mesh filename=\"" + name + "\"/>"));
  };
  EXPECT_THAT(asked_for((elsewhere.path() / "x.stl").string()), HasSubstr("outside the machine's folder"));
  EXPECT_THAT(asked_for("../" + elsewhere.path().filename().string() + "/x.stl"),
              HasSubstr("outside the machine's folder"));
  const test::UrdfText urdf(root + shape("<mesh filename=\"x.stl\"/>"));
  std::filesystem::create_symlink(elsewhere.path() / "x.stl", urdf.folder() / "x.stl");
  EXPECT_THROW((void)read_urdf(urdf.path()), InputError);
}

}  // namespace
}  // namespace xingu
