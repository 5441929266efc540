// SPDX-License-Identifier: Apache-2.0
#include "console/ecg_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "delivery/record_writer.h"
#include "delivery_case.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

std::unique_ptr<PatientMotion> beating_patient() {
  MotionModel model;
  model.heart_mm = 4.0;
  model.heart_rate_per_min = 72.0;
  return make_model_motion(model, 3);
}

/// A course shown to its end.
class Shown {
 public:
  Shown(const EcgCourse& course, double until_s) : motion_(beating_patient()), monitor_(*motion_, course) {
    go_to(until_s);
  }
  void go_to(double session_s) {
    monitor_.advance_to(session_s);
    monitor_.wait();
  }
  Json document(std::uint64_t after = 0) { return monitor_.document(after); }
  EcgMonitor& monitor() { return monitor_; }
  const PatientMotion& motion() { return *motion_; }

 private:
  std::unique_ptr<PatientMotion> motion_;
  EcgMonitor monitor_;
};

const Json& named(const Json& rows, const std::string& name) {
  for (const Json& row : rows) {
    if (row.at("name") == name) {
      return row;
    }
  }
  static const Json nothing = Json::object();
  return nothing;
}

TEST(EcgMonitor, shows_rate_beats_and_leads_of_the_heart_that_moves_the_patient) {
  Shown shown(waiting_course({}), 30.0);
  const Json now = shown.document();
  EXPECT_EQ(now.at("state"), "beating");
  EXPECT_NEAR(now.at("rate_per_min").get<double>(), 72.0, 4.0);
  EXPECT_EQ(now.at("rate_hz"), 250.0);
  EXPECT_EQ(now.at("next"), 30 * 250);
  EXPECT_EQ(now.at("first"), 20 * 250) << "ten seconds are kept";
  EXPECT_TRUE(now.at("gate").is_null());
  EXPECT_EQ(now.at("leads").size(), 8U);
  double highest = 0.0;
  for (const Json& uV : named(now.at("leads"), "II").at("uV")) {
    highest = std::max(highest, uV.get<double>());
  }
  EXPECT_GT(highest, 500.0) << "an R wave, in microvolts";
  EXPECT_GE(now.at("beats").size(), 30U);
  for (const Json& beat : now.at("beats")) {
    const double late_ms = 1000.0 * (beat.at("known_s").get<double>() - beat.at("t_s").get<double>());
    EXPECT_LE(late_ms, now.at("latency_ms").get<double>() + 1e-6);
    const double phase = shown.motion().cardiac_phase(beat.at("t_s").get<double>());
    EXPECT_LT(std::abs(phase - std::round(phase)), 0.04);
  }
}

TEST(EcgMonitor, gives_each_sample_once_to_who_asks_with_the_next_number) {
  Shown shown(waiting_course({}), 5.0);
  const Json all = shown.document();
  const Json part = shown.document(1000);
  EXPECT_EQ(part.at("first"), 1000);
  EXPECT_EQ(named(part.at("leads"), "V2").at("uV").size(), 250U);
  EXPECT_EQ(named(part.at("leads"), "V2").at("uV")[0], named(all.at("leads"), "V2").at("uV")[1000]);
  EXPECT_EQ(shown.document(1250).at("leads")[0].at("uV").size(), 0U);
  EXPECT_EQ(shown.document(99999).at("first"), 0) << "the page saw a course that is gone";
}

TEST(EcgMonitor, tells_an_electrode_that_fell_off_and_gives_no_number_where_none_is) {
  EcgCourse course = waiting_course({});
  course.ecg.off = {{ecg::Electrode::v3, 10.0, 30.0}};
  const Json lost = Shown(course, 20.0).document();
  EXPECT_EQ(named(lost.at("electrodes"), "V3").at("contact"), "off");
  EXPECT_EQ(named(lost.at("electrodes"), "LA").at("contact"), "good");
  EXPECT_TRUE(named(lost.at("leads"), "V3").at("uV").back().is_null());
  EXPECT_EQ(lost.at("state"), "beating");

  course.ecg.off = {{ecg::Electrode::ra, 10.0, 30.0}, {ecg::Electrode::la, 10.0, 30.0}};
  const Json nothing = Shown(course, 20.0).document();
  EXPECT_EQ(nothing.at("state"), "no signal");
  EXPECT_TRUE(nothing.at("rate_per_min").is_null());
}

TEST(EcgMonitor, says_before_a_session_which_gate_will_hold_and_which_electrodes_are_off) {
  SessionSettings settings;
  settings.ecg = SessionEcg{};
  settings.ecg->off = {{ecg::Electrode::v3, 0.0, 30.0}, {ecg::Electrode::v5, 2.0, 30.0}};
  settings.tracking.cardiac_gate = CardiacGate{0.5, 0.9};
  const Json by_ecg = Shown(waiting_course(settings), 10.0).document();
  EXPECT_TRUE(by_ecg.at("gate").is_null()) << "nothing is gated yet";
  EXPECT_EQ(by_ecg.at("gate_to_come"), (Json{{"from", 0.5}, {"to", 0.9}, {"by", "ecg"}}));
  EXPECT_EQ(named(by_ecg.at("electrodes"), "V3").at("contact"), "off");
  EXPECT_EQ(named(by_ecg.at("electrodes"), "V5").at("contact"), "good") << "it comes off in the session";
  EXPECT_EQ(by_ecg.at("source").get<std::string>().find("in order"), std::string::npos);
  settings.ecg.reset();
  EXPECT_EQ(Shown(waiting_course(settings), 1.0).document().at("gate_to_come").at("by"), "R peaks");
  EXPECT_TRUE(Shown(waiting_course({}), 1.0).document().at("gate_to_come").is_null());
  const Json runs = Shown(course_of(settings, "a test"), 1.0).document();
  EXPECT_TRUE(runs.at("gate_to_come").is_null());
  EXPECT_EQ(runs.at("gate").at("from"), 0.5);
}

/// What a session's own ECG told its controller: beats by their session time, and whether the gate stood open.
class HeartLedger final : public SessionRecorder {
 public:
  void take(std::uint64_t step, OperatorAction, const Controller& controller, const Plant& plant) noexcept override {
    const HeartReading& heart = plant.sensors().heart;
    if (heart.has_beat && num_beats < beats_s.size()) {
      beats_s.at(num_beats++) = heart.beat_s;
    }
    is_open.at(step) = controller.tracker().is_in_cardiac_gate(static_cast<double>(step) * step_s);
  }
  [[nodiscard]] bool is_full() const noexcept override { return false; }

  std::array<double, 100> beats_s{};
  std::size_t num_beats = 0;
  std::vector<char> is_open = std::vector<char>(40'000);
};

class SessionsEcg : public testing::TestWithParam<bool> {};

TEST_P(SessionsEcg, is_shown_with_its_beats_and_gate_to_the_bit) {
  xingu::test::DeliveryCase one;
  one.with_motion(beating_patient(), MotionMode::ignore);
  one.settings().tracking.cardiac_gate = CardiacGate{0.4, 0.8};
  if (GetParam()) {
    one.settings().ecg = SessionEcg{0.1, 0.05, 0.1, 0.01, {{ecg::Electrode::ra, 20.0, 21.0}}};
  }
  one.settings().first_step = 3000;
  HeartLedger ledger;
  const auto session = one.session(&ledger);
  constexpr std::uint64_t last = 33'000;
  while (session->plant().next_step() <= last) {
    session->step();
  }
  Shown shown(course_of(one.settings(), "a test"), 1e-3 * static_cast<double>(last));
  const Json now = shown.document();
  EXPECT_EQ(now.at("t0_s"), 3.0);
  EXPECT_EQ(now.at("next"), 250 * 30);
  const double t0_s = 3.0;
  if (GetParam()) {
    const Json& beats = now.at("beats");
    ASSERT_GE(ledger.num_beats, 20U);
    for (std::size_t i = 1; i <= 8; ++i) {
      EXPECT_EQ(t0_s + beats[beats.size() - i].at("t_s").get<double>(), ledger.beats_s.at(ledger.num_beats - i));
    }
  }
  EXPECT_EQ(now.at("gate").at("by"), GetParam() ? "ecg" : "R peaks");
  const auto shown_open = [&](std::uint64_t step) {
    const double t_s = static_cast<double>(step) * step_s - t0_s + 0.5 * step_s;
    return std::ranges::any_of(now.at("gate").at("open_s"), [&](const Json& span) {
      return span[0].get<double>() < t_s && t_s < span[1].get<double>();
    });
  };
  int num_open = 0;
  for (std::uint64_t step = last - 9'900; step <= last; ++step) {
    ASSERT_EQ(shown_open(step), ledger.is_open.at(step) != 0) << step;
    num_open += ledger.is_open.at(step) != 0 ? 1 : 0;
  }
  EXPECT_GT(num_open, 1000);
}

INSTANTIATE_TEST_SUITE_P(GatedBy, SessionsEcg, testing::Values(true, false),
                         [](const auto& gated) { return gated.param ? "its_ecg" : "exact_r_peaks"; });

TEST(EcgMonitor, goes_back_by_beginning_anew_once_time_runs_forwards_again) {
  Shown shown(waiting_course({}), 12.0);
  const Json then = shown.document();
  shown.go_to(20.0);
  shown.monitor().advance_to(15.0);
  shown.monitor().advance_to(12.0);
  EXPECT_TRUE(shown.document().at("is_catching_up"));
  EXPECT_EQ(shown.document().at("leads")[0].at("uV").size(), 0U) << "what comes later is not shown";
  shown.go_to(12.0);
  const Json again = shown.document();
  EXPECT_GT(again.at("course"), then.at("course"));
  EXPECT_FALSE(again.at("is_catching_up"));
  EXPECT_EQ(again.at("leads"), then.at("leads"));
  EXPECT_EQ(again.at("beats"), then.at("beats"));
}

TEST(RecordedCourse, is_made_again_for_records_of_this_patient_and_gate_only) {
  const auto motion = beating_patient();
  SessionSettings settings;
  settings.tracking.cardiac_gate = CardiacGate{0.4, 0.8};
  settings.ecg = SessionEcg{};
  RecordedSession session;
  session.seed = 9;
  session.first_step = 700;
  session.settings = settings_text(settings, motion->description(), {});
  const EcgCourse course = recorded_course(session, settings, *motion);
  EXPECT_EQ(course.seed, 9U);
  EXPECT_EQ(course.first_step, 700U);
  EXPECT_TRUE(course.gates_by_ecg);
  settings.ecg->muscle_mV = 0.5;
  EXPECT_THROW(static_cast<void>(recorded_course(session, settings, *motion)), InputError);
  settings.ecg = SessionEcg{};
  EXPECT_THROW(static_cast<void>(recorded_course(session, settings, *make_still_motion())), InputError);
}

}  // namespace
}  // namespace xingu::console
