// SPDX-License-Identifier: Apache-2.0
#include "delivery/table_text.h"

#include <fmt/format.h>

#include "delivery/interlock_table.h"
#include "delivery/session_table.h"

namespace xingu {
namespace {

std::string threshold_text(const InterlockRow& row) {
  return row.unit.empty() ? std::string("contact") : fmt::format("{:g} {}", row.threshold, row.unit);
}

std::string scope_text(InterlockScope scope) {
  switch (scope) {
    case InterlockScope::beam:
      return "beam on";
    case InterlockScope::motion:
      return "moving";
    case InterlockScope::always:
      break;
  }
  return "always";
}

}  // namespace

std::string states_markdown() {
  std::string text = "| state | beam | moves | meaning |\n|---|---|---|---|\n";
  for (const StateRow& row : session_table::states) {
    text += fmt::format("| {} | {} | {} | {} |\n", row.name, row.lets_beam_on ? "may be on" : "off",
                        row.lets_move ? "yes" : "no", row.meaning);
  }
  return text;
}

std::string transitions_markdown() {
  std::string text = "| from | event | by | if | to |\n|---|---|---|---|---|\n";
  for (const Transition& t : session_table::transitions) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", to_string(t.from), to_string(t.event),
                        session_table::row(t.event).source == EventSource::person ? "person" : "controller",
                        t.guard == SessionGuard::clear ? "no interlock stands" : "", to_string(t.to));
  }
  return text;
}

std::string interlocks_markdown() {
  std::string text =
      "| interlock | source | trips beyond | lasting | looked at | beam off within | then | cleared by | what to do "
      "|\n|---|---|---|---|---|---|---|---|---|\n";
  for (const InterlockRow& r : interlock_table::rows) {
    text += fmt::format(
        "| {} | {} | {} | {} ms | {} | {} ms{} | {}{} | {} | {} |\n", r.name, r.source, threshold_text(r),
        r.persistence_ms, scope_text(r.scope), r.bound_ms, r.clock == BoundClock::beam ? " of beam" : "",
        r.response == InterlockResponse::terminate ? "session ends" : "hold", r.stops_motion ? ", motion stops" : "",
        r.latch == InterlockLatch::person ? "operator" : "itself", r.remedy);
  }
  return text;
}

}  // namespace xingu
