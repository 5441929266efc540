// SPDX-License-Identifier: Apache-2.0
#include "console/live_session.h"

#include <gtest/gtest.h>

#include <thread>

#include "delivery/record_reader.h"
#include "delivery_case.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

/// What a session at twenty times the clock's speed stands on.
struct Fast {
  xingu::test::DeliveryCase one{xingu::test::small_delivery_plan(1, 2.0)};
  std::unique_ptr<PatientMotion> motion = make_still_motion();
  SectorClearance clearance{one.machine().room};
  xingu::test::TemporaryFolder folder;

  SessionGround ground() {
    SessionGround ground;
    ground.plan = &one.plan();
    ground.settings = one.settings();
    ground.motion = motion.get();
    ground.clearance = &clearance;
    ground.speed = 20.0;
    return ground;
  }
  std::filesystem::path record() const { return folder.path() / "session.xrec"; }
};

/// Works the session as a person does, until it is over or has given some MU.
void work(LiveSession& session, double until_mu) {
  SessionState asked_in = SessionState::complete;
  while (!session.is_over() && session.link().telemetry().given_mu < until_mu) {
    session.link().beat();
    static_cast<void>(session.link().fetch());
    const SessionState state = session.link().telemetry().state;
    const OperatorAction action = state == SessionState::idle    ? OperatorAction::load
                                  : state == SessionState::ready ? OperatorAction::arm
                                  : state == SessionState::armed ? OperatorAction::confirm
                                                                 : OperatorAction::none;
    if (action != OperatorAction::none && state != asked_in) {
      static_cast<void>(session.link().ask({1, action, {}}));
      asked_in = state;
    }
    std::this_thread::yield();
  }
}

TEST(LiveSession, gives_the_plan_in_a_thread_of_its_own_and_closes_its_record) {
  Fast fast;
  {
    LiveSession session(fast.ground(), fast.record());
    work(session, 1e9);
    EXPECT_TRUE(session.failure().empty());
    static_cast<void>(session.link().fetch());
    EXPECT_EQ(session.link().telemetry().state, SessionState::complete);
  }
  const SessionRecord record = read_record(fast.record());
  const ResumePoint point = resume_point(record, fast.one.plan());
  EXPECT_NEAR(point.progress.given_mu[0], fast.one.plan().mu(), 0.05);
  EXPECT_EQ(record.valid_bytes(), std::filesystem::file_size(fast.record()));
}

TEST(LiveSession, stops_when_it_is_let_go_and_is_resumed_where_it_was) {
  Fast fast;
  {
    LiveSession session(fast.ground(), fast.record());
    work(session, 2.0);
  }
  const double given = resume_point(read_record(fast.record()), fast.one.plan()).progress.given_mu[0];
  EXPECT_GE(given, 2.0);
  {
    LiveSession session(fast.ground(), fast.record());
    work(session, 1e9);
  }
  const SessionRecord record = read_record(fast.record());
  const auto sessions = sessions_of(record);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[1].given_before_mu[0], given);
  EXPECT_NEAR(resume_point(record, fast.one.plan()).progress.given_mu[0], fast.one.plan().mu(), 0.05);
}

TEST(LiveSession, is_replayed_bit_by_bit_from_its_record) {
  Fast fast;
  SessionGround ground = fast.ground();
  {
    LiveSession session(ground, fast.record());
    work(session, 3.0);
    Fault door;
    door.kind = FaultKind::door_open;
    door.duration_s = 0.05;
    static_cast<void>(session.link().ask({9, OperatorAction::none, {FaultChange::Kind::begin, door}}));
    LoopEvent event;
    while (!session.link().next_event(event) || event.kind != LoopEvent::Kind::change) {
      std::this_thread::yield();
    }
  }
  const SessionRecord record = read_record(fast.record());
  const auto sessions = sessions_of(record);
  EXPECT_FALSE(first_difference(record, sessions.at(0), fast.one.plan(), ground.settings, *fast.motion, fast.clearance,
                                FaultSchedule()));
}

}  // namespace
}  // namespace xingu::console
