// SPDX-License-Identifier: Apache-2.0
#include "console/event_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace xingu::console {
namespace {

using Json = nlohmann::json;

Json event(double t_s, std::string_view kind) { return {{"type", "event"}, {"t_s", t_s}, {"kind", kind}}; }

double seconds(std::uint64_t step) { return static_cast<double>(step) * step_s; }

/// A number with its unit; what was not finite is null, and a dash.
std::string quantity(const Json& event, const char* key, int decimals, std::string_view unit) {
  return event[key].is_number() ? fmt::format("{:.{}f} {}", event[key].get<double>(), decimals, unit) : "–";
}

std::string text_at(const Json& event, const char* key) { return event[key].get<std::string>(); }

int ordinal_at(const Json& event, const char* key) { return event[key].get<int>() + 1; }

std::string tripped_words(const Json& event) {
  std::string words = text_at(event, "interlock") + " tripped";
  if (event["first_out"].get<bool>()) {
    words += ", first out";
  }
  if (event.contains("near")) {
    words += fmt::format(": {} – {}, {}", event["near"][0].get<std::string>(), event["near"][1].get<std::string>(),
                         quantity(event, "distance_mm", 0, "mm"));
  }
  return words;
}

std::string action_words(const Json& event) {
  std::string words = text_at(event, "action");
  if (const std::string result = text_at(event, "result"); !result.empty()) {
    words += ": " + result;
  }
  if (const std::string detail = text_at(event, "detail"); !detail.empty()) {
    words += ", " + detail;
  }
  return words;
}

std::string fault_words(const Json& event) {
  std::string words = "fault " + text_at(event, "fault");
  std::ranges::replace(words, '_', ' ');
  if (!event["begins"].get<bool>()) {
    return words + " ends";
  }
  words += " begins";
  const char* gap = ": ";
  const auto add = [&](const std::string& part) {
    words += gap + part;
    gap = ", ";
  };
  if (const std::string unit = text_at(event, "unit"); !unit.empty()) {
    add(quantity(event, "magnitude", 2, unit));
  }
  if (const std::string part = text_at(event, "part"); !part.empty()) {
    add(part);
  }
  if (event["for_s"].is_number()) {
    add("for " + quantity(event, "for_s", 1, "s"));
  }
  return words;
}

/// The axis or leaf that a fault is of, by its name; empty where its kind has none.
std::string part_of(const Fault& fault) {
  if (!fault_table::row(fault.kind).has_index) {
    return {};
  }
  const bool is_of_leaf = fault.kind == FaultKind::leaf_slip || fault.kind == FaultKind::leaf_blocked;
  return is_of_leaf ? fmt::format("leaf {}", fault.index)
                    : std::string(to_string(static_cast<RoomAxis>(fault.index % num_room_axes)));
}

/// A field of RFC 4180 that holds any text.
std::string csv_field(std::string_view text) {
  std::string field = "\"";
  for (const char letter : text) {
    field += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  }
  return field + '"';
}

/// A note as it was recorded, if its numbers can be.
std::optional<SessionNote> note_of(const record::NoteEntry& entry) {
  const bool is_valid = entry.kind <= static_cast<std::uint8_t>(SessionNote::Kind::image) &&
                        entry.state < num_session_states && entry.event < num_session_events &&
                        entry.interlock < num_interlocks;
  if (!is_valid) {
    return std::nullopt;
  }
  SessionNote note;
  note.kind = static_cast<SessionNote::Kind>(entry.kind);
  note.state = static_cast<SessionState>(entry.state);
  note.event = static_cast<SessionEvent>(entry.event);
  note.interlock = static_cast<Interlock>(entry.interlock);
  note.beam = entry.beam;
  note.segment = entry.segment;
  note.value = entry.value;
  return note;
}

}  // namespace

Json note_event(std::uint64_t step, const SessionNote& note, bool is_first_out) {
  const double t_s = seconds(step);
  switch (note.kind) {
    case SessionNote::Kind::state: {
      Json json = event(t_s, "state");
      json["state"] = session_table::row(note.state).name;
      json["event"] = session_table::row(note.event).name;
      return json;
    }
    case SessionNote::Kind::tripped:
    case SessionNote::Kind::released: {
      const bool trips = note.kind == SessionNote::Kind::tripped;
      Json json = event(t_s, trips ? "tripped" : "released");
      json["interlock"] = to_string(note.interlock);
      json["bit"] = static_cast<int>(note.interlock);
      if (trips) {
        json["first_out"] = is_first_out;
      }
      return json;
    }
    case SessionNote::Kind::segment_done: {
      Json json = event(t_s, "segment_done");
      json.update({{"beam", note.beam}, {"segment", note.segment}, {"mu", note.value}});
      return json;
    }
    case SessionNote::Kind::beam_done: {
      Json json = event(t_s, "beam_done");
      json.update({{"beam", note.beam}, {"mu", note.value}});
      return json;
    }
    case SessionNote::Kind::image:
      break;
  }
  Json json = event(t_s, "image");
  json["off_mm"] = number_or_null(note.value);
  return json;
}

void add_nearest(Json& event, const SessionNote& note, const WatchedPair& pair, double distance_mm) {
  if (note.kind == SessionNote::Kind::tripped && note.interlock == Interlock::clearance) {
    event["near"] = {pair.first, pair.second};
    event["distance_mm"] = number_or_null(distance_mm);
  }
}

Json change_event(std::uint64_t step, const FaultChange& change) {
  const FaultRow& row = fault_table::row(change.fault.kind);
  Json json = event(seconds(step), "fault");
  json.update({{"fault", row.name},
               {"begins", change.kind == FaultChange::Kind::begin},
               {"by_itself", change.is_by_itself},
               {"magnitude", change.fault.magnitude},
               {"unit", row.unit},
               {"index", change.fault.index},
               {"part", part_of(change.fault)},
               {"for_s", change.fault.duration_s < until_ended_s ? Json(change.fault.duration_s) : Json(nullptr)}});
  return json;
}

Json action_event(double t_s, const std::string& action, const std::string& client, const std::string& result,
                  const std::string& detail) {
  Json json = event(t_s, "action");
  json.update({{"action", action}, {"client", client}, {"result", result}, {"detail", detail}});
  return json;
}

Json events_of(const SessionRecord& record) {
  Json events = Json::array();
  const NearestPairs nearest(record);
  InterlockMask standing = 0;
  const auto add = [&](Json json) {
    json["n"] = events.size();
    events.push_back(std::move(json));
  };
  for (const SessionRecord::Entry& entry : record.entries()) {
    if (const auto fixed = entry.as<record::NoteEntry>(); entry.kind == record::Kind::note && fixed) {
      const auto note = note_of(*fixed);
      if (!note) {
        continue;
      }
      const InterlockMask bit = interlock_table::bit(note->interlock) & interlock_table::latching;
      const bool is_first = note->kind == SessionNote::Kind::tripped && standing == 0 && bit != 0;
      standing |= note->kind == SessionNote::Kind::tripped ? bit : 0U;
      standing &= note->kind == SessionNote::Kind::released ? ~bit : ~0U;
      Json json = note_event(entry.step, *note, is_first);
      if (const auto near = nearest.at(entry.step)) {
        add_nearest(json, *note, near->pair, near->distance_mm);
      }
      add(std::move(json));
    } else if (const auto fault = entry.as<record::FaultEntry>(); entry.kind == record::Kind::fault && fault) {
      if (const auto change = change_of(*fault)) {
        add(change_event(entry.step, *change));
      }
    } else if (const auto action = entry.as<record::ActionEntry>();
               entry.kind == record::Kind::action && action &&
               action->action <= static_cast<std::uint32_t>(OperatorAction::acknowledge)) {
      add(action_event(seconds(entry.step), std::string(to_string(static_cast<OperatorAction>(action->action))), "", "",
                       ""));
    }
  }
  return events;
}

std::string event_words(const Json& event) {
  const std::string kind = text_at(event, "kind");
  if (kind == "state") {
    return fmt::format("state {} ({})", text_at(event, "state"), text_at(event, "event"));
  }
  if (kind == "tripped") {
    return tripped_words(event);
  }
  if (kind == "released") {
    return text_at(event, "interlock") + " released";
  }
  if (kind == "segment_done") {
    return fmt::format("beam {}, segment {} given, {}", ordinal_at(event, "beam"), ordinal_at(event, "segment"),
                       quantity(event, "mu", 2, "MU"));
  }
  if (kind == "beam_done") {
    return fmt::format("beam {} given, {}", ordinal_at(event, "beam"), quantity(event, "mu", 2, "MU"));
  }
  if (kind == "image") {
    return fmt::format("image: target {} off its model", quantity(event, "off_mm", 1, "mm"));
  }
  if (kind == "fault") {
    return fault_words(event);
  }
  return kind == "action" ? action_words(event) : kind;
}

std::string events_csv(const Json& events) {
  std::string table = "t_s,kind,interlock,first_out,text\r\n";
  for (const Json& event : events) {
    table += fmt::format("{:.3f},{},{},{},{}\r\n", event["t_s"].get<double>(), text_at(event, "kind"),
                         csv_field(event.value("interlock", "")), event.value("first_out", false) ? 1 : 0,
                         csv_field(event_words(event)));
  }
  return table;
}

Json states_document() {
  Json states = Json::array();
  for (const StateRow& row : session_table::states) {
    states.push_back({{"code", static_cast<int>(row.state)},
                      {"name", row.name},
                      {"meaning", row.meaning},
                      {"lets_beam_on", row.lets_beam_on}});
  }
  Json transitions = Json::array();
  for (const Transition& row : session_table::transitions) {
    transitions.push_back({{"from", session_table::row(row.from).name},
                           {"event", session_table::row(row.event).name},
                           {"to", session_table::row(row.to).name}});
  }
  return {{"states", states}, {"transitions", transitions}};
}

Json interlocks_document() {
  Json rows = Json::array();
  for (const InterlockRow& row : interlock_table::rows) {
    rows.push_back({{"bit", static_cast<int>(row.id)},
                    {"name", row.name},
                    {"source", row.source},
                    {"threshold", row.threshold},
                    {"unit", row.unit},
                    {"persistence_ms", row.persistence_ms},
                    {"bound_ms", row.bound_ms},
                    {"response", row.response == InterlockResponse::terminate ? "terminate" : "hold"},
                    {"latch", row.latch == InterlockLatch::person ? "person" : "none"},
                    {"remedy", row.remedy}});
  }
  return rows;
}

Json faults_document() {
  Json rows = Json::array();
  for (const FaultRow& row : fault_table::rows) {
    rows.push_back({{"kind", row.name},
                    {"unit", row.unit},
                    {"smallest", row.smallest},
                    {"largest", row.largest},
                    {"has_index", row.has_index},
                    {"interlock", to_string(row.interlock)}});
  }
  return rows;
}

Json clearance_document(std::span<const WatchedPair> pairs) {
  Json rows = Json::array();
  for (const WatchedPair& pair : pairs) {
    rows.push_back({{"first", pair.first}, {"second", pair.second}, {"weight", pair.weight}});
  }
  return {{"pairs", std::move(rows)}};
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace xingu::console
