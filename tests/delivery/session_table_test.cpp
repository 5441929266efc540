// SPDX-License-Identifier: Apache-2.0
#include "delivery/session_table.h"

#include <gtest/gtest.h>

#include <set>

namespace xingu {
namespace {

SessionFacts clear_facts() {
  SessionFacts facts;
  facts.is_clear = true;
  return facts;
}

TEST(SessionTable, reaches_every_state_from_idle) {
  std::set<SessionState> reached{SessionState::idle};
  for (std::size_t round = 0; round < num_session_states; ++round) {
    for (const Transition& t : session_table::transitions) {
      if (reached.contains(t.from)) {
        reached.insert(t.to);
      }
    }
  }
  EXPECT_EQ(reached.size(), num_session_states);
}

TEST(SessionTable, leads_from_every_state_back_to_idle) {
  std::set<SessionState> returning{SessionState::idle};
  for (std::size_t round = 0; round < num_session_states; ++round) {
    for (const Transition& t : session_table::transitions) {
      if (returning.contains(t.to)) {
        returning.insert(t.from);
      }
    }
  }
  EXPECT_EQ(returning.size(), num_session_states);
}

TEST(SessionTable, ends_the_session_from_every_state_with_a_plan_that_is_not_over) {
  for (const SessionState state : {SessionState::loaded, SessionState::verified, SessionState::ready,
                                   SessionState::armed, SessionState::beam_on, SessionState::hold}) {
    const auto move = session_table::find(state, SessionEvent::terminate);
    ASSERT_TRUE(move) << to_string(state);
    EXPECT_EQ(move->to, SessionState::aborted);
    EXPECT_EQ(move->guard, SessionGuard::none);
  }
}

TEST(SessionMachine, goes_from_load_to_complete) {
  SessionMachine machine;
  SessionFacts facts = clear_facts();
  facts.fits = facts.is_in_position = true;
  EXPECT_EQ(machine.step(facts, SessionEvent::load), SessionEvent::load);
  EXPECT_EQ(machine.step(facts, std::nullopt), SessionEvent::verify);
  EXPECT_EQ(machine.step(facts, std::nullopt), SessionEvent::prepare);
  EXPECT_EQ(machine.step(facts, std::nullopt), std::nullopt);
  EXPECT_EQ(machine.step(facts, SessionEvent::confirm), std::nullopt) << "the beam needs two steps";
  EXPECT_EQ(machine.step(facts, SessionEvent::arm), SessionEvent::arm);
  EXPECT_EQ(machine.step(facts, SessionEvent::confirm), SessionEvent::confirm);
  EXPECT_TRUE(machine.lets_beam_on());
  facts.is_given = true;
  EXPECT_EQ(machine.step(facts, std::nullopt), SessionEvent::finish);
  EXPECT_EQ(machine.state(), SessionState::complete);
}

TEST(SessionMachine, takes_the_most_urgent_event_of_a_step) {
  SessionMachine machine;
  SessionFacts facts = clear_facts();
  facts.fits = facts.is_in_position = true;
  for (const auto& asked : {std::optional(SessionEvent::load),
                            {},
                            {},
                            std::optional(SessionEvent::arm),
                            std::optional(SessionEvent::confirm)}) {
    machine.step(facts, asked);
  }
  ASSERT_EQ(machine.state(), SessionState::beam_on);
  facts.is_given = true;
  facts.is_clear = false;
  facts.must_terminate = true;
  EXPECT_EQ(machine.step(facts, SessionEvent::stop), SessionEvent::terminate);
}

TEST(SessionMachine, waits_in_hold_until_nothing_stands) {
  SessionMachine machine;
  SessionFacts facts = clear_facts();
  facts.fits = facts.is_in_position = true;
  for (const auto& asked : {std::optional(SessionEvent::load),
                            {},
                            {},
                            std::optional(SessionEvent::arm),
                            std::optional(SessionEvent::confirm)}) {
    machine.step(facts, asked);
  }
  facts.is_clear = false;
  EXPECT_EQ(machine.step(facts, std::nullopt), SessionEvent::interrupt);
  EXPECT_EQ(machine.step(facts, std::nullopt), std::nullopt);
  EXPECT_EQ(machine.state(), SessionState::hold);
  EXPECT_FALSE(machine.lets_beam_on());
  facts.is_clear = true;
  EXPECT_EQ(machine.step(facts, std::nullopt), SessionEvent::proceed);
  EXPECT_TRUE(machine.lets_beam_on());
}

TEST(SessionMachine, ignores_what_the_table_does_not_list) {
  for (const StateRow& state : session_table::states) {
    for (const EventRow& event : session_table::events) {
      const auto move = session_table::find(state.state, event.event);
      std::size_t count = 0;
      for (const Transition& t : session_table::transitions) {
        count += t.from == state.state && t.event == event.event ? 1U : 0U;
      }
      EXPECT_EQ(count, move ? 1U : 0U);
    }
  }
}

}  // namespace
}  // namespace xingu
