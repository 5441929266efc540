// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_scene.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "machine_fixtures.h"
#include "machine_patient.h"

namespace xingu {
namespace {

MachineScene scene() {
  const TreatmentMachine machine = test::shipped_machine("ring-arm-4pi");
  const PatientOnTable patient = test::ellipse_patient(500);
  MachineScene result = scene_of(CollisionWorld(machine, &patient), machine.home());
  result.beams.push_back({Vec3(0, 0, 800), Vec3::Zero()});
  return result;
}

TEST(MachineScene, glb_holds_what_its_header_says_in_metres_with_y_up) {
  const std::string glb = render_glb(scene());
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, glb.data() + at, 4);
    return value;
  };
  ASSERT_EQ(glb.substr(0, 4), "glTF");
  EXPECT_EQ(word(4), 2U);
  EXPECT_EQ(word(8), glb.size());
  const auto json = nlohmann::json::parse(glb.substr(20, word(12)));
  EXPECT_EQ(json["buffers"][0]["byteLength"], word(20 + word(12)));
  EXPECT_EQ(json["meshes"].size(), json["nodes"].size());
  const auto& beams = json["meshes"].back();
  EXPECT_EQ(beams["name"], "beams");
  const auto& points = json["accessors"][beams["primitives"][0]["attributes"]["POSITION"].get<std::size_t>()];
  EXPECT_NEAR(points["max"][1].get<double>(), 0.8, 1e-6);
}

TEST(MachineScene, drawing_is_svg_with_the_beam_over_the_faces) {
  const std::string svg = render_svg(scene(), "ring");
  EXPECT_THAT(svg, testing::StartsWith("<svg"));
  EXPECT_LT(svg.rfind("<path color"), svg.find("class=\"beam\""));
  EXPECT_THAT(svg, testing::HasSubstr("</svg>"));
}

TEST(MachineScene, drawing_names_its_parts_and_what_it_leaves_out) {
  const std::string svg = render_svg(scene(), "Ring & <Arm>");
  EXPECT_THAT(svg, testing::HasSubstr("Ring &amp; &lt;Arm&gt;"));
  for (const char* name : {">ring<", ">head<", ">table_top<", ">patient<"}) {
    EXPECT_THAT(svg, testing::HasSubstr(name));
  }
  EXPECT_THAT(svg, testing::HasSubstr("Not drawn, as it would hide the rest: floor."));
  EXPECT_THAT(svg, testing::Not(testing::HasSubstr(">floor<")));
}

/// A square in the plane z = height, mm, seen from above, as two triangles.
MachineScene::Body plate(const std::string& name, double height, double side_mm) {
  const double h = 0.5 * side_mm;
  MachineScene::Body body{name, {}, {0.5F, 0.5F, 0.5F}};
  body.surface.points = {Vec3(-h, -h, height), Vec3(h, -h, height), Vec3(h, h, height), Vec3(-h, h, height)};
  body.surface.triangles = {{0, 1, 2}, {0, 2, 3}};
  return body;
}

TEST(MachineScene, what_lies_on_a_large_plate_is_seen_and_what_lies_beneath_is_not) {
  MachineScene scene;
  scene.bodies = {plate("on it", 1.0, 60.0), plate("table", 0.0, 2000.0)};
  scene.bodies[0].colour = {1.0F, 0.0F, 0.0F};
  for (Vec3& p : scene.bodies[0].surface.points) {
    p += Vec3(-600.0, 600.0, 0.0);  // away from the viewer: its depth is below the plate's mean
  }
  const auto shows_red = [](const std::string& svg) { return svg.find("0000\" d=") != std::string::npos; };
  EXPECT_TRUE(shows_red(render_svg(scene, "plates")));
  for (Vec3& p : scene.bodies[1].surface.points) {
    p.z() += 2.0;
  }
  EXPECT_FALSE(shows_red(render_svg(scene, "plates")));
}

TEST(MachineScene, what_is_hidden_is_not_drawn) {
  MachineScene open;
  open.bodies = {plate("above", 500.0, 1000.0)};
  MachineScene covered = open;
  covered.bodies.insert(covered.bodies.begin(), plate("below", 0.0, 100.0));
  for (Vec3& p : covered.bodies[0].surface.points) {
    p += Vec3(-300.0, 480.0, 0.0);  // behind the other, as the viewer looks
  }
  const auto faces = [](const std::string& svg) { return std::ranges::count(svg, 'M'); };  // each begins with one
  EXPECT_EQ(faces(render_svg(covered, "")), faces(render_svg(open, "")));
  for (Vec3& p : covered.bodies[0].surface.points) {
    p.z() += 1000.0;  // now before it
  }
  EXPECT_GT(faces(render_svg(covered, "")), faces(render_svg(open, "")));
}

}  // namespace
}  // namespace xingu
