// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The state machine of a treatment session, written once. The controller looks its moves up here,
// docs/methods/delivery.md prints these rows, the model that spin checks is generated from them, and the tests walk
// through all of them.

namespace xingu {

enum class SessionState : std::uint8_t { idle, loaded, verified, ready, armed, beam_on, hold, complete, aborted };

enum class SessionEvent : std::uint8_t {
  load,       ///< a plan was handed over
  reject,     ///< the plan does not fit the machine, or the operator puts it away
  verify,     ///< the plan was checked against the machine
  prepare,    ///< every axis and leaf stands at the first field
  arm,        ///< operator, first step
  disarm,     ///< operator, or nobody confirmed in time
  confirm,    ///< operator, second step: beam on
  interrupt,  ///< an interlock holds the beam
  proceed,    ///< nothing holds the beam any more
  finish,     ///< all MU of the plan were given
  stop,       ///< operator ends the session for good
  terminate,  ///< an interlock ends the session
  close       ///< operator puts the session away
};

inline constexpr std::size_t num_session_states = 9;
inline constexpr std::size_t num_session_events = 13;

/// What must hold, besides the event, for a move.
enum class SessionGuard : std::uint8_t {
  none,
  clear  ///< no interlock stands, active or latched
};

/// Who raises an event.
enum class EventSource : std::uint8_t { controller, person };

struct StateRow {
  SessionState state;
  std::string_view name;
  bool lets_beam_on;  ///< the beam may be commanded on in this state only
  bool lets_move;     ///< axes and leaves follow the plan
  std::string_view meaning;
};

struct EventRow {
  SessionEvent event;
  std::string_view name;
  EventSource source;
};

/// What the controller knows when it decides in a step.
struct SessionFacts {
  bool is_clear = false;        ///< no interlock stands
  bool must_terminate = false;  ///< a terminating interlock stands
  bool fits = false;            ///< the loaded plan fits the machine
  bool is_in_position = false;  ///< every axis and leaf stands where the plan wants it
  bool is_given = false;        ///< all MU of the plan were given
};

enum class Condition : std::uint8_t { must_terminate, is_blocked, asked, fits, is_in_position, is_given, always };

/// The controller's decisions in the order of their urgency. Each millisecond the first row whose condition holds, and
/// whose event has a move in this state, is taken.
struct Decision {
  Condition condition;
  std::optional<SessionEvent> event;  ///< none: the event that a person asked for
};

struct Transition {
  SessionState from;
  SessionEvent event;
  SessionGuard guard;
  SessionState to;
};

namespace session_table {

using enum SessionState;
using Event = SessionEvent;
using Guard = SessionGuard;

inline constexpr std::array<StateRow, num_session_states> states{{
    {idle, "idle", false, false, "no plan"},
    {loaded, "loaded", false, false, "a plan is there, not yet checked"},
    {verified, "verified", false, true, "the plan fits the machine, which moves to its first field"},
    {ready, "ready", false, true, "in position, nothing stands against the beam"},
    {armed, "armed", false, true, "the operator asked for the beam and must confirm"},
    {beam_on, "beam on", true, true, "MU are given"},
    {hold, "hold", false, true, "the beam waits: moving, gate, operator or interlock"},
    {complete, "complete", false, false, "all MU of the plan were given"},
    {aborted, "aborted", false, false, "ended before its end; can be resumed as a new session"},
}};

inline constexpr std::array<EventRow, num_session_events> events{{
    {Event::load, "load", EventSource::person},
    {Event::reject, "reject", EventSource::person},
    {Event::verify, "verify", EventSource::controller},
    {Event::prepare, "prepare", EventSource::controller},
    {Event::arm, "arm", EventSource::person},
    {Event::disarm, "disarm", EventSource::person},
    {Event::confirm, "confirm", EventSource::person},
    {Event::interrupt, "interrupt", EventSource::controller},
    {Event::proceed, "proceed", EventSource::controller},
    {Event::finish, "finish", EventSource::controller},
    {Event::stop, "stop", EventSource::person},
    {Event::terminate, "terminate", EventSource::controller},
    {Event::close, "close", EventSource::person},
}};

/// Every move there is; an event that has no row in a state changes nothing.
inline constexpr std::array transitions{
    Transition{idle, Event::load, Guard::none, loaded},
    Transition{loaded, Event::verify, Guard::none, verified},
    Transition{loaded, Event::reject, Guard::none, idle},
    Transition{loaded, Event::terminate, Guard::none, aborted},
    Transition{verified, Event::prepare, Guard::clear, ready},
    Transition{verified, Event::reject, Guard::none, idle},
    Transition{verified, Event::terminate, Guard::none, aborted},
    Transition{ready, Event::arm, Guard::clear, armed},
    Transition{ready, Event::interrupt, Guard::none, verified},
    Transition{ready, Event::reject, Guard::none, idle},
    Transition{ready, Event::terminate, Guard::none, aborted},
    Transition{armed, Event::confirm, Guard::clear, beam_on},
    Transition{armed, Event::disarm, Guard::none, ready},
    Transition{armed, Event::interrupt, Guard::none, verified},
    Transition{armed, Event::stop, Guard::none, aborted},
    Transition{armed, Event::terminate, Guard::none, aborted},
    Transition{beam_on, Event::interrupt, Guard::none, hold},
    Transition{beam_on, Event::finish, Guard::none, complete},
    Transition{beam_on, Event::stop, Guard::none, aborted},
    Transition{beam_on, Event::terminate, Guard::none, aborted},
    Transition{hold, Event::proceed, Guard::clear, beam_on},
    Transition{hold, Event::finish, Guard::none, complete},
    Transition{hold, Event::stop, Guard::none, aborted},
    Transition{hold, Event::terminate, Guard::none, aborted},
    Transition{complete, Event::close, Guard::none, idle},
    Transition{aborted, Event::close, Guard::clear, idle},
};

inline constexpr std::array decisions{
    Decision{Condition::must_terminate, Event::terminate},
    Decision{Condition::is_blocked, Event::interrupt},
    Decision{Condition::asked, std::nullopt},
    Decision{Condition::fits, Event::verify},
    Decision{Condition::is_in_position, Event::prepare},
    Decision{Condition::is_given, Event::finish},
    Decision{Condition::always, Event::proceed},
};

/// The row of a state and an event, or nothing.
[[nodiscard]] constexpr std::optional<Transition> find(SessionState from, SessionEvent event) noexcept {
  for (const Transition& row : transitions) {
    if (row.from == from && row.event == event) {
      return row;
    }
  }
  return std::nullopt;
}

[[nodiscard]] constexpr const StateRow& row(SessionState state) noexcept {
  return states[static_cast<std::size_t>(state)];
}
[[nodiscard]] constexpr const EventRow& row(SessionEvent event) noexcept {
  return events[static_cast<std::size_t>(event)];
}

/// Rows stand in the order of their enumerators, and no state has two rows for one event.
[[nodiscard]] consteval bool is_well_formed() {
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (static_cast<std::size_t>(states[i].state) != i) {
      return false;
    }
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (static_cast<std::size_t>(events[i].event) != i) {
      return false;
    }
  }
  for (std::size_t i = 0; i < transitions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (transitions[i].from == transitions[j].from && transitions[i].event == transitions[j].event) {
        return false;
      }
    }
  }
  return true;
}

/// The beam is reached past a clear panel only, by confirmation or from a hold.
[[nodiscard]] consteval bool guards_the_beam() {
  for (const Transition& t : transitions) {
    const bool reaches_beam = states[static_cast<std::size_t>(t.to)].lets_beam_on;
    if (reaches_beam && (t.guard != SessionGuard::clear || (t.from != armed && t.from != hold))) {
      return false;
    }
  }
  return true;
}

static_assert(is_well_formed());
static_assert(guards_the_beam());

}  // namespace session_table

[[nodiscard]] constexpr std::string_view to_string(SessionState state) noexcept {
  return session_table::row(state).name;
}
[[nodiscard]] constexpr std::string_view to_string(SessionEvent event) noexcept {
  return session_table::row(event).name;
}

/// Where a session stands. It moves by the table and in no other way. Plain data, no allocation.
class SessionMachine {
 public:
  [[nodiscard]] SessionState state() const noexcept { return state_; }
  [[nodiscard]] bool lets_beam_on() const noexcept { return session_table::row(state_).lets_beam_on; }
  [[nodiscard]] bool lets_move() const noexcept { return session_table::row(state_).lets_move; }

  /// One step: takes the most urgent move there is.
  ///
  /// @param asked  what a person asked for in this step
  /// @return       the event that moved the session, or nothing
  std::optional<SessionEvent> step(const SessionFacts& facts, std::optional<SessionEvent> asked) noexcept {
    for (const Decision& decision : session_table::decisions) {
      const std::optional<SessionEvent> event = decision.event ? decision.event : asked;
      if (event && holds(decision.condition, facts) && fire(*event, facts.is_clear)) {
        return event;
      }
    }
    return std::nullopt;
  }

  /// Takes the move of the table for an event, if there is one and its guard holds; returns whether there was.
  bool fire(SessionEvent event, bool is_clear) noexcept {
    const auto move = session_table::find(state_, event);
    if (!move || (move->guard == SessionGuard::clear && !is_clear)) {
      return false;
    }
    state_ = move->to;
    return true;
  }

 private:
  [[nodiscard]] static bool holds(Condition condition, const SessionFacts& facts) noexcept {
    switch (condition) {
      case Condition::must_terminate:
        return facts.must_terminate;
      case Condition::is_blocked:
        return !facts.is_clear;
      case Condition::fits:
        return facts.fits;
      case Condition::is_in_position:
        return facts.is_in_position;
      case Condition::is_given:
        return facts.is_given;
      case Condition::asked:
      case Condition::always:
        break;
    }
    return true;
  }

  SessionState state_ = SessionState::idle;
};

}  // namespace xingu
