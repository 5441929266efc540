// SPDX-License-Identifier: Apache-2.0
#include "delivery/controller.h"

#include <gtest/gtest.h>

#include "delivery_case.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

/// Runs until a condition of the controller holds.
template <class Condition>
bool run_until(Session& session, Condition&& condition) {
  while (session.num_steps() < max_steps && !session.is_over()) {
    session.step();
    if (condition(session.controller())) {
      return true;
    }
  }
  return false;
}

/// Each fault that can be noticed without tracking, while the beam is on.
class EachFault : public testing::TestWithParam<FaultKind> {};

TEST_P(EachFault, trips_its_own_interlock_first) {
  const FaultRow& row = fault_table::row(GetParam());
  DeliveryCase one(test::small_delivery_plan(1, 20.0));
  const bool is_about_the_target = row.interlock == Interlock::target_position ||
                                   row.interlock == Interlock::sensor_lost || row.interlock == Interlock::correlation;
  if (is_about_the_target) {
    MotionModel model;
    model.breathing_mm = 2.0;
    model.breathing_ap_mm = 0.0;
    one.with_motion(make_model_motion(model, 1), MotionMode::gate);
    one.settings().tracking.image_interval_s = 0.5;
  }
  // without tracking the beam comes on at about 3.5 s, with it at about 23 s
  const double start_s = is_about_the_target ? 25.0 : 4.0;
  one.with_faults({{row.kind, start_s, 3.0, row.kind == FaultKind::axis_slip ? 3.0 : row.largest, 70}});
  const auto session = one.session();
  ASSERT_TRUE(run_until(*session, [&](const Controller& c) {
    return c.panel().stands(row.interlock) && static_cast<double>(session->num_steps()) >= 1000 * start_s;
  })) << row.name;
  if (interlock_table::row(row.interlock).latch == InterlockLatch::person) {
    EXPECT_EQ(session->controller().panel().first_out(), row.interlock) << row.name;
  }
  EXPECT_FALSE(session->controller().command().triggers_beam);
  EXPECT_EQ(session->controller().state(), interlock_table::row(row.interlock).response == InterlockResponse::terminate
                                               ? SessionState::aborted
                                               : SessionState::hold);
}

INSTANTIATE_TEST_SUITE_P(Controller, EachFault,
                         testing::Values(FaultKind::axis_slip, FaultKind::encoder_jump, FaultKind::leaf_slip,
                                         FaultKind::monitor1_gain, FaultKind::monitor2_gain, FaultKind::output,
                                         FaultKind::asymmetry, FaultKind::target_jump, FaultKind::marker_lost,
                                         FaultKind::marker_frozen, FaultKind::image_offset, FaultKind::clearance_loss,
                                         FaultKind::loop_stall, FaultKind::console_lost, FaultKind::door_open,
                                         FaultKind::emergency_stop, FaultKind::record_lost),
                         [](const auto& kind) { return std::string(fault_table::row(kind.param).name); });

TEST(Controller, ends_the_session_on_a_pulse_that_nobody_asked_for) {
  DeliveryCase one;
  one.with_faults({{FaultKind::stuck_on, 4.2, 60.0, 0.0, 0}});
  test::PulseLedger ledger(3);
  const auto session = one.session(&ledger);
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return c.panel().must_terminate(); }));
  EXPECT_EQ(session->controller().panel().first_out(), Interlock::unexpected_beam);
  const auto before = ledger.num_pulses;
  for (int i = 0; i < 1000; ++i) {
    session->step();
  }
  EXPECT_EQ(ledger.num_pulses, before) << "the contactor is open";
}

TEST(Controller, notices_an_axis_that_does_not_follow_while_it_moves) {
  DeliveryCase one;
  one.with_faults({{FaultKind::axis_blocked, 0.0, 1000.0, 0.0, 0}});
  TreatmentPlan plan = test::small_delivery_plan(1);
  plan.beams[0].angles.gantry_deg = 90.0;
  DeliveryCase turned(plan);
  turned.with_faults({{FaultKind::axis_blocked, 0.5, 1000.0, 0.0, 0}});
  const auto session = turned.session();
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return c.panel().stands(Interlock::following_error); }));
  EXPECT_EQ(session->controller().state(), SessionState::verified);
  EXPECT_TRUE(session->controller().panel().must_stop_motion());
}

TEST(Controller, gives_up_positioning_after_its_time) {
  DeliveryCase one;
  one.with_faults({{FaultKind::leaf_blocked, 0.0, 1000.0, 0.0, 30}});
  const auto session = one.session();
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return c.panel().stands(Interlock::positioning_time); }));
  EXPECT_NEAR(static_cast<double>(session->num_steps()), 120'000.0, 100.0);
}

TEST(Controller, keeps_treating_without_console_where_that_was_chosen) {
  DeliveryCase one;
  one.settings().dynamics.interlocks.lost_console = LostConsole::keeps_treating;
  one.with_faults({{FaultKind::console_lost, 2.0, 1000.0, 0.0, 0}});
  const auto session = one.session();
  ASSERT_TRUE(run_fast(*session, max_steps));
  EXPECT_EQ(session->controller().state(), SessionState::complete);
}

TEST(Controller, disarms_when_nobody_confirms) {
  class Hesitant final : public OperatorPort {
   public:
    [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller& controller) noexcept override {
      const OperatorAction action = willing_.next(step, controller);
      return action == OperatorAction::confirm ? OperatorAction::none : action;
    }

   private:
    WillingOperator willing_;
  };
  DeliveryCase one;
  Hesitant person;
  const auto session = one.session(nullptr, &person);
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return c.state() == SessionState::armed; }));
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return c.state() == SessionState::ready; }));
  EXPECT_GT(session->num_steps(), 30'000U);
}

TEST(Controller, goes_on_after_one_resume_from_an_operators_hold) {
  /// Holds three seconds after the beam came on, and resumes once a second later.
  class Hesitant final : public OperatorPort {
   public:
    [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller& controller) noexcept override {
      if (beam_step_ == 0 && controller.state() == SessionState::beam_on) {
        beam_step_ = step;
      }
      if (beam_step_ != 0) {
        return step == beam_step_ + 300    ? OperatorAction::hold
               : step == beam_step_ + 1300 ? OperatorAction::resume
                                           : OperatorAction::none;
      }
      return willing_.next(step, controller);
    }

   private:
    WillingOperator willing_;
    std::uint64_t beam_step_ = 0;
  };
  DeliveryCase one(test::small_delivery_plan(1, 20.0));
  Hesitant person;
  const auto session = one.session(nullptr, &person);
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return c.panel().stands(Interlock::operator_hold); }));
  EXPECT_FALSE(session->controller().command().triggers_beam);
  ASSERT_TRUE(run_until(*session, [](const Controller& c) { return !c.panel().stands(Interlock::operator_hold); }));
  EXPECT_TRUE(run_until(*session, [](const Controller& c) { return c.state() == SessionState::complete; }));
}

TEST(Controller, holds_while_the_target_is_outside_the_gate_and_goes_on_by_itself) {
  DeliveryCase one(test::small_delivery_plan(1, 20.0));
  one.with_motion(make_model_motion(MotionModel{}, 2), MotionMode::gate);
  const auto session = one.session();
  int num_holds = 0;
  bool was_held = false;
  double worst_mm = 0.0;
  while (!session->is_over() && session->num_steps() < max_steps) {
    session->step();
    const bool is_held = session->controller().panel().stands(Interlock::target_position);
    num_holds += is_held && !was_held ? 1 : 0;
    was_held = is_held;
    if (session->plant().truth().pulse.has_fired) {
      worst_mm = std::max(worst_mm, session->plant().truth().target.norm());
    }
  }
  EXPECT_EQ(session->controller().state(), SessionState::complete);
  EXPECT_GT(num_holds, 1);
  EXPECT_LT(worst_mm, 6.0) << "of 12 mm, with a gate of 3";
}

TEST(Controller, follows_the_target_with_the_head) {
  DeliveryCase one(test::small_delivery_plan(1, 20.0));
  one.with_motion(make_model_motion(MotionModel{}, 2), MotionMode::track);
  const auto session = one.session();
  double square = 0.0;
  double target_square = 0.0;
  int num_pulses = 0;
  while (!session->is_over() && session->num_steps() < max_steps) {
    session->step();
    if (session->plant().truth().pulse.has_fired) {
      square += (session->plant().truth().target - session->plant().truth().stage).squaredNorm();
      target_square += session->plant().truth().target.squaredNorm();
      ++num_pulses;
    }
  }
  ASSERT_GT(num_pulses, 500);
  EXPECT_LT(square, 0.05 * target_square);
}

}  // namespace
}  // namespace xingu
