// SPDX-License-Identifier: Apache-2.0
#include "console/scene_documents.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>

#include "cube_patient.h"
#include "patient/body_outline.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

TEST(SceneDocuments, give_each_beam_a_posture_and_name_only_what_is_served) {
  const Patient patient = test::cube_patient();
  const TreatmentPlan plan = test::cube_plan();
  Content content;
  const PostureTable postures =
      add_scene_documents("ring-arm-4pi", treatment_room("ring-arm-4pi", plan, patient), content);
  ASSERT_EQ(postures.of_beams.size(), 1U);
  EXPECT_EQ(postures.of_beams[0].size(), postures.joints.size());
  EXPECT_EQ(postures.home.size(), postures.joints.size());
  for (std::size_t i = 0; i < postures.joints.size(); ++i) {
    EXPECT_GE(postures.of_beams[0][i], postures.joints[i].lo - 1e-6) << postures.joints[i].name;
    EXPECT_LE(postures.of_beams[0][i], postures.joints[i].hi + 1e-6) << postures.joints[i].name;
  }
  const Json scene = Json::parse(*content.find("/api/scene")->bytes);
  EXPECT_EQ(scene["joints"].size(), postures.joints.size());
  EXPECT_EQ(scene["patient"]["pose"].size(), 16U);
  EXPECT_NE(content.find(scene["urdf"].get<std::string>()), nullptr);
  EXPECT_NE(content.find("/api/scene/meshes/nose.stl"), nullptr);
  const Json skin = Json::parse(*content.find("/api/scene/skin.json")->bytes);
  const std::size_t raw = content.find("/api/scene/skin.raw")->bytes->size();
  EXPECT_EQ(raw, 12 * (skin["vertices"].get<std::size_t>() + skin["triangles"].get<std::size_t>()));
}

TEST(SceneDocuments, show_the_machine_where_the_certified_path_has_it) {
  const Patient patient = test::cube_patient();
  TreatmentPlan plan = test::cube_plan();
  while (plan.beams.size() < 3) {
    plan.beams.push_back(plan.beams.front());
    plan.beams.back().number = static_cast<int>(plan.beams.size());
    plan.beams.back().angles.gantry_deg += 50.0 * static_cast<double>(plan.beams.size());
  }
  Content content;
  const PostureTable postures =
      add_scene_documents("ring-arm-4pi", treatment_room("ring-arm-4pi", plan, patient), content);
  TreatmentMachine machine = load_treatment_machine("ring-arm-4pi");
  const auto skin = skin_of(find_body(patient), machine.unseen);
  const Vec3 isocentre_P = plan.beams.front().isocentre_P;
  const ReachSolver solver(machine, {skin, patient_on_table(*skin, plan.position, isocentre_P)}, plan.position,
                           isocentre_P);
  std::vector<BeamStop> stops;
  for (const PlannedBeam& beam : plan.beams) {
    stops.push_back(stop_of(beam, plan.position, solver));
  }
  const BeamPath path = path_in_order(solver, stops);
  ASSERT_EQ(postures.of_beams.size(), path.visits.size());
  for (const BeamPath::Visit& visit : path.visits) {
    const std::vector<double>& axes = stops[visit.beam].placements[visit.placement].axes;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const bool turns = postures.joints[i].is_turning;
      EXPECT_NEAR(postures.of_beams[visit.beam][i], turns ? axes[i] * 180.0 / std::numbers::pi : axes[i], 1e-9);
    }
  }
}

TEST(SceneDocuments, leave_the_machine_out_where_it_cannot_hold_the_patient) {
  const Patient patient = test::cube_patient();
  TreatmentPlan plan = test::cube_plan();
  plan.beams[0].isocentre_P = Vec3(0, 0, 5000);
  Content content;
  const TreatmentRoom room = treatment_room("ring-arm-4pi", plan, patient);
  EXPECT_FALSE(room.hindrance.empty());
  EXPECT_TRUE(add_scene_documents("ring-arm-4pi", room, content).joints.empty());
  EXPECT_NE(content.find("/api/scene/skin.raw"), nullptr) << "the patient is shown all the same";
  EXPECT_TRUE(Json::parse(*content.find("/api/scene")->bytes)["urdf"].is_null());
}

}  // namespace
}  // namespace xingu::console
