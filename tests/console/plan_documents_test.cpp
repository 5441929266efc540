// SPDX-License-Identifier: Apache-2.0
#include "console/plan_documents.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "cube_patient.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

Json read(const Content& content, const std::string& path) {
  const Document* document = content.find(path);
  EXPECT_NE(document, nullptr) << path;
  return document == nullptr ? Json() : Json::parse(*document->bytes);
}

TEST(PlanDocuments, hold_the_plan_its_volumes_and_its_structures) {
  const Patient patient = test::cube_patient();
  const TreatmentPlan plan = test::cube_plan();
  Volume<float> dose(patient.ct.hu.grid(), 2.5F);
  Content content;
  add_plan_documents({&plan, &patient, &dose, nullptr}, content);
  const Json json = read(content, "/api/plan");
  EXPECT_EQ(json["label"], "cube");
  EXPECT_EQ(json["mu"], 20.0);
  ASSERT_EQ(json["beams"].size(), 1U);
  EXPECT_EQ(json["beams"][0]["segments"][0]["x1_mm"].size(), 64U);
  // gantry 0 of a patient on the back: the source is in front, towards −y of frame P
  EXPECT_NEAR(json["beams"][0]["source_direction"][1].get<double>(), -1.0, 1e-12);
  ASSERT_EQ(json["dvhs"].size(), 2U);
  EXPECT_EQ(json["dvhs"][1]["role"], "target");
  EXPECT_NEAR(json["dvhs"][1]["mean_Gy"].get<double>(), 2.5, 1e-4);
  EXPECT_NEAR(json["dvhs"][1]["volume_cm3"].get<double>(), 64.0, 2.0);

  const Json about = read(content, "/api/volumes/ct.json");
  EXPECT_EQ(about["shape"], Json({30, 26, 30}));
  const std::string& raw = *content.find("/api/volumes/ct.raw")->bytes;
  ASSERT_EQ(raw.size(), 2U * 30 * 26 * 30);
  std::int16_t value = 0;
  std::memcpy(&value, raw.data() + 2 * patient.ct.hu.grid().index(15, 13, 15), 2);
  EXPECT_EQ(value, 0);
  std::memcpy(&value, raw.data(), 2);
  EXPECT_EQ(value, -1000);
  EXPECT_EQ(read(content, "/api/volumes/dose.json")["type"], "float32");

  EXPECT_EQ(read(content, "/api/structures").size(), 2U);
  const Json contours = read(content, "/api/structures/2.json")["contours"];
  ASSERT_EQ(contours.size(), 4U);
  EXPECT_EQ(contours[0]["points_mm"], Json({-20.0, -20.0, 20.0, -20.0, 20.0, 20.0, -20.0, 20.0}));
}

TEST(PlanDocuments, repeat_what_the_summary_judged) {
  const Patient patient = test::cube_patient();
  const TreatmentPlan plan = test::cube_plan();
  const Json summary = Json::parse(R"({"goals": [{"structure": "Target", "status": "met"}], "warnings": ["one"],
    "dose": {"status": "final", "structures": [{"name": "Target_of_protocol", "role": "target", "colour": [1, 2, 3],
      "volume_cm3": 64, "D98_Gy": 1, "mean_Gy": 2, "max_Gy": 3, "dvh": {"dose_Gy": [0, 3], "volume_fraction": [1, 0]}}]}})");
  Content content;
  add_plan_documents({&plan, &patient, nullptr, &summary}, content);
  const Json json = read(content, "/api/plan");
  EXPECT_EQ(json["goals"], summary["goals"]);
  EXPECT_EQ(json["warnings"][0], "one");
  EXPECT_EQ(json["dose_status"], "final");
  ASSERT_EQ(json["dvhs"].size(), 1U);  // volumes of a protocol need not be structures of the patient
  EXPECT_EQ(json["dvhs"][0]["structure"], "Target_of_protocol");
  EXPECT_EQ(json["dvhs"][0]["volume_percent"], Json({100.0, 0.0}));
  EXPECT_EQ(content.find("/api/volumes/dose.raw"), nullptr);
}

}  // namespace
}  // namespace xingu::console
