// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_scene.h"

#include <gmock/gmock.h>

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
  EXPECT_LT(svg.rfind("<polygon"), svg.find("<polyline"));
  EXPECT_THAT(svg, testing::HasSubstr("</svg>"));
}

}  // namespace
}  // namespace xingu
