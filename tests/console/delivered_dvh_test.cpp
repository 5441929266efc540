// SPDX-License-Identifier: Apache-2.0
#include "console/delivered_dvh.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "cube_patient.h"
#include "delivery/record_writer.h"
#include "delivery_case.h"
#include "dose/cone_set.h"
#include "patient/patient_density.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

TEST(DeliveredDvh, grows_to_what_the_plan_gives) {
  const TreatmentPlan plan = test::cube_plan();
  const Patient patient = test::cube_patient();
  xingu::test::DeliveryCase one(plan);
  xingu::test::TemporaryFolder folder;
  const auto path = folder.path() / "session.xrec";
  const auto record = RecordFile::open(path, 8U << 20U);
  record->begin(one.plan(), one.settings(), "settings");

  DvhGround ground;
  ground.plan = plan;
  ground.physics = commission(one.machine().beam);
  PatientDensity density = model_density(patient, DensityCurve::shipped());
  ground.image = std::move(density.image);
  ground.grid = grid_over_body(density.body, 10.0);
  ground.engine.quality = cone_quality("draft");
  ground.engine.spacing_mm = 5.0;
  ground.engine.margin_mm = 40.0;
  ground.engine.blur = ground.physics.blur;
  ground.structures = {patient.structure_set.structures[1]};
  DeliveredDvh dvh(std::move(ground));

  const auto session = one.session(record.get());
  const auto newest = [&](std::uint64_t bytes) {
    std::optional<std::string> text;
    dvh.follow(path, bytes, 3);
    while (!(text = dvh.newest())) {
      std::this_thread::yield();
    }
    return Json::parse(*text);
  };
  while (session->controller().given_mu()[0] < 10.0) {
    session->step();
  }
  const Json half = newest(record->used());
  ASSERT_TRUE(run_fast(*session, xingu::test::max_steps));
  const Json whole = newest(record->used());
  const auto mean = [](const Json& message, const char* which) {
    return message["structures"][0][which].get<double>();
  };
  EXPECT_EQ(half["session"], 3);
  EXPECT_NEAR(mean(half, "delivered_mean_Gy") / mean(half, "planned_mean_Gy"), 0.5, 0.02);
  EXPECT_NEAR(mean(whole, "delivered_mean_Gy") / mean(whole, "planned_mean_Gy"), 1.0, 0.01);
  EXPECT_NEAR(whole["given_mu"].get<double>(), whole["planned_mu"].get<double>(), 0.2);
  EXPECT_EQ(whole["structures"][0]["delivered"]["dose_Gy"].size(), 201U);
}

}  // namespace
}  // namespace xingu::console
