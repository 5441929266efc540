// SPDX-License-Identifier: Apache-2.0
#include "delivery/promela_model.h"

#include <fmt/format.h>

#include <string_view>
#include <tuple>

#include "delivery/interlock_table.h"
#include "delivery/session_table.h"

namespace xingu {
namespace {

/// A name of the tables as Promela allows it.
std::string identifier(std::string_view prefix, std::string_view name) {
  std::string result(prefix);
  for (const char c : name) {
    result += c == ' ' ? '_' : c;
  }
  return result;
}
std::string name_of(SessionState state) { return identifier("s_", to_string(state)); }
std::string name_of(SessionEvent event) { return identifier("e_", to_string(event)); }

std::string classes_of_causes() {
  std::string text;
  for (const auto& [label, response, latch] :
       {std::tuple{"passing", InterlockResponse::hold, InterlockLatch::none},
        std::tuple{"holding", InterlockResponse::hold, InterlockLatch::person},
        std::tuple{"ending", InterlockResponse::terminate, InterlockLatch::person}}) {
    text += fmt::format("/* {}:", label);
    for (const InterlockRow& row : interlock_table::rows) {
      text += row.response == response && row.latch == latch ? fmt::format(" {};", row.name) : std::string();
    }
    text += " */\n";
  }
  return text;
}

std::string definitions() {
  std::string text;
  for (const StateRow& row : session_table::states) {
    text += fmt::format("#define {} {}\n", name_of(row.state), static_cast<int>(row.state));
  }
  for (const EventRow& row : session_table::events) {
    text += fmt::format("#define {} {}\n", name_of(row.event), static_cast<int>(row.event));
  }
  std::string allowed;
  for (const StateRow& row : session_table::states) {
    if (row.lets_beam_on) {
      allowed += fmt::format("{}state == {}", allowed.empty() ? "" : " || ", name_of(row.state));
    }
  }
  return text + fmt::format("#define e_nothing 255\n#define lets_beam_on ({})\n", allowed);
}

/// Whether an event has a move now: "(state == s_hold && is_clear || …)".
std::string has_move(SessionEvent event) {
  std::string text;
  for (const Transition& t : session_table::transitions) {
    if (t.event == event) {
      text += fmt::format("{}state == {}{}", text.empty() ? "" : " || ", name_of(t.from),
                          t.guard == SessionGuard::clear ? " && is_clear" : "");
    }
  }
  return "(" + text + ")";
}

std::string_view expression(Condition condition) {
  switch (condition) {
    case Condition::must_terminate:
      return "ending_latch";
    case Condition::is_blocked:
      return "!is_clear";
    case Condition::fits:
      return "fits";
    case Condition::is_in_position:
      return "is_in_position";
    case Condition::is_given:
      return "is_given";
    case Condition::asked:
    case Condition::always:
      break;
  }
  return "true";
}

std::string persons_events() {
  std::string text;
  for (const EventRow& row : session_table::events) {
    text += row.source == EventSource::person ? fmt::format("    :: asked = {}\n", name_of(row.event)) : std::string();
  }
  return text;
}

/// The table of decisions as a chain of else-branches.
std::string decisions() {
  std::string text;
  std::string closing;
  const auto add = [&](std::string_view condition, SessionEvent event) {
    text +=
        fmt::format("    if :: {} && {} -> event = {}\n    :: else ->\n", condition, has_move(event), name_of(event));
    closing += " fi";
  };
  for (const Decision& decision : session_table::decisions) {
    if (decision.event) {
      add(expression(decision.condition), *decision.event);
      continue;
    }
    for (const EventRow& row : session_table::events) {
      if (row.source == EventSource::person) {
        add(fmt::format("asked == {}", name_of(row.event)), row.event);
      }
    }
  }
  return text + "    event = e_nothing" + closing + ";\n";
}

std::string moves() {
  std::string text = "    if\n";
  int number = 0;
  for (const Transition& t : session_table::transitions) {
    text += fmt::format("    :: state == {} && event == {} -> row_{}: state = {}\n", name_of(t.from), name_of(t.event),
                        number++, name_of(t.to));
  }
  return text + "    :: event == e_nothing -> skip\n    fi;\n";
}

std::string state_labels() {
  std::string text = "    if\n";
  for (const StateRow& row : session_table::states) {
    text += fmt::format("    :: state == {0} -> at_{0}: skip\n", name_of(row.state));
  }
  return text + "    fi;\n";
}

constexpr std::string_view variables = R"(
byte state = s_idle;
byte event, asked;
bit passing, holding, ending;          /* causes that are there */
bit holding_latch, ending_latch;
bit command, beam;                     /* what is asked of the beam, and what it does one round later */
bit fits, is_in_position, is_given;
byte blocked = 0;                      /* rounds since the panel is not clear, at most 3 */
#define is_clear (!passing && !holding && !ending && !holding_latch && !ending_latch)

active proctype session() {
  do
  :: atomic {
    beam = command;
    if :: passing = 0 :: passing = 1 fi;
    if :: holding = 0 :: holding = 1 fi;
    if :: ending = 0 :: ending = 1 fi;
    if :: fits = 0 :: fits = 1 fi;
    if :: is_in_position = 0 :: is_in_position = 1 fi;
    if :: is_given = 0 :: is_given = 1 fi;
    asked = e_nothing;
    if
    :: skip
    :: holding_latch = 0; ending_latch = 0  /* acknowledged */
)";

constexpr std::string_view promises = R"(    command = lets_beam_on && is_clear;
    if :: is_clear -> blocked = 0 :: else -> blocked = (blocked < 3 -> blocked + 1 : 3) fi;
    assert(!lets_beam_on || is_clear);         /* nothing stands while the beam may be on */
    assert(!(beam && blocked > 1));            /* off within two rounds of any cause */
    assert(!(ending_latch && state >= s_verified && state <= s_hold));  /* what ends a session ends it */
)";

}  // namespace

std::string promela_model() {
  std::string text = "/* Generated by Xingu from src/delivery/session_table.h and interlock_table.h. */\n";
  text += classes_of_causes() + definitions();
  text.append(variables);
  text += persons_events();
  text += "    fi;\n    holding_latch = holding_latch || holding;\n    ending_latch = ending_latch || ending;\n";
  text += decisions() + moves();
  text.append(promises);
  text += state_labels();
  // what is drawn anew each round is no part of the state
  text +=
      "    passing = 0; holding = 0; ending = 0; fits = 0; is_in_position = 0; is_given = 0; asked = 0; event = 0\n";
  return text + "  }\n  od\n}\n";
}

}  // namespace xingu
