// SPDX-License-Identifier: Apache-2.0
#include "console/session_link.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "delivery_case.h"
#include "support/allocations.h"
#include "support/locks.h"

namespace xingu::console {
namespace {

using xingu::test::DeliveryCase;

/// A session worked through a link, step by step.
class Linked {
 public:
  explicit Linked(LostConsole lost = LostConsole::holds) : memory_(16U << 20U), record_(memory_, 0) {
    one_.settings().dynamics.interlocks.lost_console = lost;
    record_.begin(one_.plan(), one_.settings(), "settings");
    link_ = std::make_unique<SessionLink>(one_.plan(), record_, pace_, one_.settings(), 1.0);
    session_ = one_.session(link_.get(), link_.get());
  }
  SessionLink& link() { return *link_; }
  const Controller& controller() { return session_->controller(); }
  Session& session() { return *session_; }
  const DeliveryPlan& plan() { return one_.plan(); }

  void run(int steps, bool beats = true) {
    for (int i = 0; i < steps; ++i) {
      if (beats && i % 250 == 0) {
        link_->beat();
      }
      session_->step();
    }
  }
  bool run_until(SessionState state) {
    for (int i = 0; i < 60'000 && controller().state() != state; ++i) {
      run(1);
    }
    return controller().state() == state;
  }
  /// The loop's answer to a command; null if there is none within some steps.
  std::unique_ptr<LoopEvent> ask(OperatorAction action, const FaultChange& change = {}) {
    LinkCommand command;
    command.id = ++last_;
    command.action = action;
    command.change = change;
    EXPECT_TRUE(link_->ask(command));
    run(3);
    LoopEvent event;
    while (link_->next_event(event)) {
      if (event.kind == LoopEvent::Kind::answer && event.command == last_) {
        return std::make_unique<LoopEvent>(event);
      }
    }
    return nullptr;
  }
  bool deliver() {
    return ask(OperatorAction::load)->is_done && run_until(SessionState::ready) && ask(OperatorAction::arm)->is_done &&
           ask(OperatorAction::confirm)->is_done;
  }

 private:
  DeliveryCase one_{xingu::test::small_delivery_plan(2, 20.0)};
  std::vector<std::byte> memory_;
  RecordWriter record_;
  PaceStatistics pace_;
  std::unique_ptr<SessionLink> link_;
  std::unique_ptr<Session> session_;
  std::uint32_t last_ = 0;
};

TEST(SessionLink, answers_each_command_with_what_came_of_it) {
  Linked one;
  EXPECT_FALSE(one.ask(OperatorAction::arm)->is_done) << "there is no plan yet";
  const auto loaded = one.ask(OperatorAction::load);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->is_done);
  EXPECT_EQ(loaded->state, SessionState::loaded);
  EXPECT_FALSE(one.ask(OperatorAction::confirm)->is_done);
  ASSERT_TRUE(one.run_until(SessionState::ready));
  EXPECT_TRUE(one.ask(OperatorAction::arm)->is_done);
  EXPECT_EQ(one.ask(OperatorAction::confirm)->state, SessionState::beam_on);
  EXPECT_EQ(one.ask(OperatorAction::hold)->state, SessionState::hold);
}

TEST(SessionLink, shows_the_session_as_it_is) {
  Linked one;
  ASSERT_TRUE(one.deliver());
  one.run(400);
  ASSERT_TRUE(one.link().fetch());
  const Telemetry& telemetry = one.link().telemetry();
  EXPECT_EQ(telemetry.state, SessionState::beam_on);
  EXPECT_TRUE(telemetry.is_beam_on);
  EXPECT_NEAR(telemetry.t_s, static_cast<double>(one.session().num_steps()) * step_s, 0.011);
  EXPECT_NEAR(telemetry.given_mu, one.controller().given_mu()[0], 0.3);
  EXPECT_NEAR(telemetry.dose_rate_mu_per_min, 1000.0, 150.0);
  EXPECT_EQ(telemetry.leaves_mm.size(), one.plan().num_leaves());
  EXPECT_FALSE(one.link().fetch()) << "nothing newer";
}

TEST(SessionLink, lets_faults_begin_and_end_while_the_session_runs) {
  Linked one;
  ASSERT_TRUE(one.deliver());
  Fault door;
  door.kind = FaultKind::door_open;
  door.duration_s = 600.0;
  EXPECT_TRUE(one.ask(OperatorAction::none, {FaultChange::Kind::begin, door})->is_done);
  one.run(8);
  EXPECT_TRUE(one.controller().panel().stands(Interlock::door));
  EXPECT_FALSE(one.controller().command().triggers_beam);
  EXPECT_TRUE(one.ask(OperatorAction::none, {FaultChange::Kind::end, door})->is_done);
  EXPECT_TRUE(one.ask(OperatorAction::resume)->is_done);
  EXPECT_TRUE(one.run_until(SessionState::beam_on));
}

TEST(SessionLink, takes_the_beam_away_when_the_console_is_silent_for_a_second) {
  Linked one;
  ASSERT_TRUE(one.deliver());
  one.run(700);
  one.run(251);  // the last heartbeat comes with its 251st step
  one.run(990, false);
  EXPECT_FALSE(one.controller().panel().stands(Interlock::console_lost));
  one.run(20, false);
  EXPECT_TRUE(one.controller().panel().stands(Interlock::console_lost));
  EXPECT_EQ(one.controller().state(), SessionState::hold);
  one.run(10);
  EXPECT_TRUE(one.ask(OperatorAction::resume)->is_done);
  EXPECT_TRUE(one.run_until(SessionState::beam_on));
}

TEST(SessionLink, keeps_treating_without_a_console_where_that_was_chosen) {
  Linked one(LostConsole::keeps_treating);
  ASSERT_TRUE(one.deliver());
  one.run(1500, false);
  EXPECT_FALSE(one.controller().panel().stands(Interlock::console_lost));
  ASSERT_TRUE(one.link().fetch());
  EXPECT_GT(one.link().telemetry().console_age_ms, 1400.0);
}

TEST(SessionLink, counts_events_for_which_there_is_no_room) {
  Linked one;
  ASSERT_TRUE(one.deliver());
  Fault door;
  door.kind = FaultKind::door_open;
  door.duration_s = 0.002;
  std::uint32_t id = 1000;
  for (int i = 0; i < 6000 && one.link().lost_events() == 0; ++i) {
    static_cast<void>(one.link().ask({++id, OperatorAction::none, {FaultChange::Kind::begin, door}}));
    one.run(1);
  }
  EXPECT_GT(one.link().lost_events(), 0U);
}

TEST(SessionLink, allocates_and_locks_nothing_in_the_loop) {
  Linked one;
  ASSERT_TRUE(one.deliver());
  Fault door;
  door.kind = FaultKind::door_open;
  door.duration_s = 0.1;
  const LinkCommand hold{5000, OperatorAction::hold, {}};
  const LinkCommand resume{5001, OperatorAction::resume, {}};
  const LinkCommand fault{5002, OperatorAction::none, {FaultChange::Kind::begin, door}};
  const std::uint64_t allocations = xingu::test::num_allocations();
  const std::uint64_t locks = xingu::test::num_locks();
  for (const LinkCommand* command : {&hold, &resume, &fault}) {
    static_cast<void>(one.link().ask(*command));
    one.run(2000);
    static_cast<void>(one.link().fetch());
  }
  EXPECT_EQ(xingu::test::num_allocations(), allocations);
  EXPECT_EQ(xingu::test::num_locks(), locks);
}

}  // namespace
}  // namespace xingu::console
