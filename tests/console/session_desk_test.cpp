// SPDX-License-Identifier: Apache-2.0
#include "console/session_desk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "delivery_case.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

/// A desk with a small plan, at twenty times the clock's speed.
class Desk {
 public:
  Desk() : journal_(folder_.path() / "console.sqlite") {
    SessionGround ground;
    ground.plan = &one_.plan();
    ground.settings = one_.settings();
    ground.motion = motion_.get();
    ground.clearance = &clearance_;
    ground.speed = 20.0;
    desk_ = std::make_unique<SessionDesk>(PlanIdentity{"id", "name", "small", "1.2.3", "ring-arm-4pi"}, ground,
                                          folder_.path(), journal_);
  }
  /// Status and body of a command's answer.
  std::pair<unsigned, Json> ask(const std::string& name, const Json& body) {
    std::optional<std::pair<unsigned, Json>> answer;
    try {
      desk_->command(name, body, {"client", "peer"},
                     [&](unsigned status, const Json& json) { answer = {status, json}; });
      while (!answer) {
        turn();
      }
    } catch (const Refusal& refusal) {
      answer = {refusal.status(), Json{{"error", refusal.what()}}};
    }
    return *answer;
  }
  void turn() {
    desk_->beat();
    desk_->poll([this](Json event) { events.push_back(std::move(event)); });
    std::this_thread::yield();
  }
  void wait_for(const std::string& state) {
    while (desk_->describe()["state"] != state) {
      turn();
    }
  }
  /// From nothing to the first MU. @param load  body of the command
  void give_beam(const Json& load) {
    ASSERT_EQ(ask("load", load).first, 200U);
    wait_for("ready");
    const double before = desk_->describe()["given_mu"];
    const Json armed = ask("arm", restated()).second;
    const Json next = desk_->describe()["next"];
    ASSERT_EQ(ask("confirm", {{"arming", armed["arming"]}, {"beam", next["beam"]}, {"mu", next["mu"]}}).first, 200U);
    while (!(desk_->describe()["given_mu"] > before)) {
      turn();
    }
  }
  /// Loads the plan and thinks better of it.
  void put_away(const Json& load) {
    ASSERT_EQ(ask("load", load).first, 200U);
    ASSERT_EQ(ask("close", Json::object()).first, 200U);
    while (desk_->has_session()) {
      turn();
    }
  }
  /// Ends the session in its middle and puts it away. @return MU that it gave
  double stop() {
    EXPECT_EQ(ask("stop", Json::object()).second["state"], "aborted");
    while (!desk_->describe()["is_over"].get<bool>()) {
      turn();
    }
    const double given_mu = desk_->describe()["given_mu"];
    EXPECT_EQ(ask("close", Json::object()).first, 200U);
    return given_mu;
  }
  Json restated() {
    const Json next = desk_->describe()["next"];
    Json body = {{"patient_id", "id"}, {"plan_label", "small"}};
    for (const char* key : {"beam", "mu", "gantry_deg", "pitch_deg", "couch_deg"}) {
      body[key] = next[key];
    }
    return body;
  }
  SessionDesk& desk() { return *desk_; }
  Journal& journal() { return journal_; }
  std::vector<Json> events;

 private:
  xingu::test::TemporaryFolder folder_;
  xingu::test::DeliveryCase one_{xingu::test::small_delivery_plan(2, 3.0)};
  std::unique_ptr<PatientMotion> motion_ = make_still_motion();
  SectorClearance clearance_{one_.machine().room};
  Journal journal_;
  std::unique_ptr<SessionDesk> desk_;
};

const Json load_body = {{"patient_id", "id"}, {"plan_label", "small"}, {"lost_console", "hold"}};

TEST(SessionDesk, begins_nothing_for_another_patient_or_plan) {
  Desk desk;
  for (const char* key : {"patient_id", "plan_label"}) {
    Json body = load_body;
    body[key] = "another";
    EXPECT_EQ(desk.ask("load", body).first, 409U) << key;
  }
  Json body = load_body;
  body["lost_console"] = "perhaps";
  EXPECT_EQ(desk.ask("load", body).first, 400U);
  body = load_body;
  body["resume"] = true;
  EXPECT_EQ(desk.ask("load", body).first, 409U) << "there is nothing to resume";
  EXPECT_EQ(desk.ask("arm", Json::object()).first, 409U) << "there is no session";
  EXPECT_FALSE(desk.desk().has_session());
  EXPECT_TRUE(desk.journal().sessions().empty());
  const auto actions = desk.journal().actions(std::nullopt);
  ASSERT_EQ(actions.size(), 4U) << "who tried is kept; what was no command is not";
  for (const JournalAction& action : actions) {
    EXPECT_EQ(action.result, "refused");
  }
  EXPECT_NE(actions[0].detail.find("of patient 'id' (not what was restated)"), std::string::npos) << actions[0].detail;
}

TEST(SessionDesk, lets_the_beam_on_after_two_steps_that_restate_it) {
  Desk desk;
  ASSERT_EQ(desk.ask("load", load_body).first, 200U);
  EXPECT_EQ(desk.ask("load", load_body).first, 409U);
  desk.wait_for("ready");
  const Json others = {{"patient_id", "x"}, {"beam", 9}, {"mu", 1.0}, {"couch_deg", 45.0}, {"pitch_deg", 45.0}};
  for (const auto& [key, wrong] : others.items()) {
    Json body = desk.restated();
    body[key] = wrong;
    EXPECT_EQ(desk.ask("arm", body).first, 409U) << key;
  }
  const auto [status, armed] = desk.ask("arm", desk.restated());
  ASSERT_EQ(status, 200U);
  const Json next = desk.desk().describe()["next"];
  Json confirm = {{"arming", armed["arming"].get<int>() + 1}, {"beam", next["beam"]}, {"mu", next["mu"]}};
  EXPECT_EQ(desk.ask("confirm", confirm).first, 409U);
  confirm["arming"] = armed["arming"];
  EXPECT_EQ(desk.ask("confirm", confirm).second["state"], "beam on");
  EXPECT_EQ(desk.ask("confirm", confirm).first, 409U) << "an arming is confirmed once";
  desk.wait_for("complete");
  // its record may still be on its way to the disk: to be closed it need not be waited for
  EXPECT_EQ(desk.ask("close", Json::object()).first, 200U);
  EXPECT_FALSE(desk.desk().has_session());
  const auto sessions = desk.journal().sessions();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].end, "complete");
  EXPECT_NEAR(sessions[0].given_mu, sessions[0].planned_mu, 0.2);
}

TEST(SessionDesk, tells_and_keeps_who_did_what) {
  Desk desk;
  ASSERT_EQ(desk.ask("load", load_body).first, 200U);
  EXPECT_EQ(desk.ask("confirm", {{"arming", 1}, {"beam", 1}, {"mu", 1.0}}).first, 409U);
  EXPECT_EQ(desk.ask("disarm", Json::object()).first, 409U) << "nothing is armed";
  EXPECT_EQ(desk.ask("close", Json::object()).first, 200U);
  const auto actions = desk.journal().actions(1);
  ASSERT_EQ(actions.size(), 4U);
  EXPECT_EQ(actions[0].action, "load");
  EXPECT_EQ(actions[1].action, "confirm");
  EXPECT_NE(actions[1].detail.find("restated"), std::string::npos) << actions[1].detail;
  EXPECT_EQ(actions[2].result, "refused");
  EXPECT_EQ(actions[3].client, "client");
  const auto is_action = [](const Json& event) { return event["kind"] == "action"; };
  EXPECT_EQ(std::ranges::count_if(desk.events, is_action), 4);
}

TEST(SessionDesk, ends_a_session_by_the_stop_button_and_resumes_it) {
  Desk desk;
  ASSERT_EQ(desk.ask("load", load_body).first, 200U);
  desk.wait_for("ready");
  const Json armed = desk.ask("arm", desk.restated()).second;
  const Json next = desk.desk().describe()["next"];
  ASSERT_EQ(desk.ask("confirm", {{"arming", armed["arming"]}, {"beam", next["beam"]}, {"mu", next["mu"]}}).first, 200U);
  EXPECT_EQ(desk.ask("emergency-stop", Json::object()).second["state"], "aborted");
  while (!desk.desk().describe()["is_over"].get<bool>()) {
    desk.turn();
  }
  const Json ended = desk.desk().describe();
  EXPECT_EQ(ended["interlocks"]["first_out"], "emergency stop");
  EXPECT_TRUE(ended["can_resume"].get<bool>());
  Json again = load_body;
  again["resume"] = true;
  EXPECT_TRUE(ended["is_stop_pressed"].get<bool>());
  EXPECT_EQ(desk.ask("load", again).first, 409U) << "the button is still in";
  EXPECT_EQ(desk.ask("close", Json::object()).first, 200U);
  EXPECT_EQ(desk.ask("load", again).first, 409U) << "and stays in when the session is put away";
  EXPECT_EQ(desk.ask("release-stop", Json::object()).first, 200U);
  EXPECT_EQ(desk.ask("release-stop", Json::object()).first, 409U) << "it is out already";
  EXPECT_EQ(desk.journal().actions(1).back().action, "release-stop");
  ASSERT_EQ(desk.ask("load", again).first, 200U);
  desk.wait_for("ready");
  EXPECT_NEAR(desk.desk().describe()["given_mu"].get<double>(), ended["given_mu"].get<double>(), 0.1);
}

TEST(SessionDesk, forgets_no_mu_when_a_session_is_put_away_before_its_beam) {
  Desk desk;
  Json again = load_body;
  again["resume"] = true;
  desk.give_beam(load_body);
  const double given_mu = desk.stop();
  for (const Json& load : {load_body, again}) {  // begun anew or resumed, and then thought better of
    desk.put_away(load);
    EXPECT_EQ(desk.journal().sessions(1).front().end, "put away");
    const Json after = desk.desk().describe();
    EXPECT_TRUE(after["can_resume"].get<bool>());
    EXPECT_EQ(after["unfinished"]["given_mu"], given_mu);
  }
  ASSERT_EQ(desk.ask("load", again).first, 200U);
  desk.wait_for("ready");
  const Json resumed = desk.desk().describe();
  EXPECT_NEAR(resumed["given_mu"].get<double>(), given_mu, 1e-9);
  EXPECT_EQ(resumed["given_before_mu"].size(), 2U) << "by beam";
  EXPECT_NEAR(resumed["given_before_mu"][0].get<double>(), given_mu, 1e-9);
}

TEST(SessionDesk, resumes_nothing_of_a_plan_that_was_given_whole) {
  Desk desk;
  desk.give_beam(load_body);
  desk.wait_for("complete");
  EXPECT_EQ(desk.ask("close", Json::object()).first, 200U);
  desk.put_away(load_body);
  const Json after = desk.desk().describe();
  EXPECT_FALSE(after["can_resume"].get<bool>());
  EXPECT_TRUE(after["unfinished"].is_null());
}

TEST(SessionDesk, judges_faults_before_the_loop_sees_them) {
  Desk desk;
  ASSERT_EQ(desk.ask("load", load_body).first, 200U);
  for (const Json& wrong : {Json{{"kind", "no_such"}, {"for_s", 1}}, Json{{"kind", "door_open"}},
                            Json{{"kind", "door_open"}, {"for_s", -1}}, Json{{"kind", "axis_slip"}, {"for_s", 1}},
                            Json{{"kind", "door_open"}, {"for_s", 1}, {"colour", "red"}}}) {
    EXPECT_EQ(desk.ask("faults/begin", wrong).first, 400U) << wrong;
  }
  EXPECT_EQ(desk.ask("faults/begin", {{"kind", "door_open"}, {"for_s", 600}}).first, 200U);
  EXPECT_EQ(desk.ask("faults/end", {{"kind", "door_open"}}).first, 200U);
}

}  // namespace
}  // namespace xingu::console
