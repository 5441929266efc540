// SPDX-License-Identifier: Apache-2.0
#include "console/event_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "recorded_session.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

TEST(EventText, tells_a_record_from_its_beginning_to_its_end) {
  const Json events = events_of(test::recorded_session());
  ASSERT_GT(events.size(), 10U);
  double before_s = 0.0;
  int num_first_out = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i]["n"], i);
    EXPECT_GE(events[i]["t_s"].get<double>(), before_s);
    before_s = events[i]["t_s"].get<double>();
    num_first_out += events[i]["kind"] == "tripped" && events[i]["first_out"].get<bool>() ? 1 : 0;
  }
  EXPECT_EQ(num_first_out, 1);
  const auto is_end = [](const Json& event) { return event["kind"] == "state" && event["state"] == "complete"; };
  EXPECT_EQ(std::ranges::count_if(events, is_end), 1);
  const auto is_beam = [](const Json& event) { return event["kind"] == "beam_done"; };
  EXPECT_EQ(std::ranges::count_if(events, is_beam), 2);
}

TEST(EventText, says_what_was_near_where_the_clearance_tripped) {
  SessionNote note;
  note.kind = SessionNote::Kind::tripped;
  note.interlock = Interlock::clearance;
  const WatchedPair pair{"head", "couch", 3.0};
  Json event = note_event(1500, note, true);
  add_nearest(event, note, pair, pair.distance_mm(18.0));
  EXPECT_EQ(event["near"], Json({"head", "couch"}));
  EXPECT_EQ(event["distance_mm"], 6.0);
  note.interlock = Interlock::door;
  event = note_event(1500, note, true);
  add_nearest(event, note, pair, 6.0);
  EXPECT_FALSE(event.contains("near"));
  const Json document = clearance_document(std::span(&pair, 1));
  EXPECT_EQ(document["pairs"][0]["second"], "couch");
}

TEST(EventText, says_how_large_where_and_how_long_a_fault_is) {
  Fault slip{FaultKind::axis_slip, 1.5, 5.0, 2.0, 3};
  const Json begun = change_event(1500, {FaultChange::Kind::begin, slip, true});
  EXPECT_EQ(begun["t_s"], 1.5);
  EXPECT_EQ(begun["by_itself"], true);
  EXPECT_EQ(event_words(begun), "fault axis slip begins: 2.00 deg, pitch, for 5.0 s");
  slip.duration_s = until_ended_s;
  EXPECT_TRUE(change_event(1500, {FaultChange::Kind::begin, slip})["for_s"].is_null());
  EXPECT_EQ(event_words(change_event(1500, {FaultChange::Kind::end, slip})), "fault axis slip ends");
}

TEST(EventText, tells_of_a_schedules_faults_as_they_come_and_go) {
  std::vector<std::string> told;
  for (const Json& event : events_of(test::recorded_session())) {
    if (event["kind"] == "fault") {
      told.push_back(fmt::format("{:.3f} {}", event["t_s"].get<double>(), event_words(event)));
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"4.000 fault door open begins: for 1.0 s", "5.000 fault door open ends"}));
}

TEST(EventText, says_each_kind_of_event_in_one_line) {
  const Json events = Json::parse(R"([
    {"t_s": 1.0, "kind": "state", "state": "hold", "event": "interrupt"},
    {"t_s": 2.5, "kind": "tripped", "interlock": "door", "first_out": true},
    {"t_s": 3.0, "kind": "tripped", "interlock": "clearance", "first_out": false, "near": ["head", "couch"], "distance_mm": 6.4},
    {"t_s": 3.0, "kind": "released", "interlock": "door"},
    {"t_s": 4.0, "kind": "segment_done", "beam": 0, "segment": 2, "mu": 12.345},
    {"t_s": 5.0, "kind": "beam_done", "beam": 1, "mu": 20.0},
    {"t_s": 6.0, "kind": "image", "off_mm": null},
    {"t_s": 7.0, "kind": "fault", "fault": "door_open", "begins": false},
    {"t_s": 7.0, "kind": "fault", "fault": "leaf_slip", "begins": true, "magnitude": 4.0, "unit": "mm", "part": "leaf 7",
     "for_s": 2.5},
    {"t_s": 7.0, "kind": "fault", "fault": "emergency_stop", "begins": true, "unit": "", "part": "", "for_s": null},
    {"t_s": 8.0, "kind": "action", "action": "hold", "client": "", "result": "refused", "detail": "a \"quoted\" word"}])");
  const std::vector<std::string> expected{"state hold (interrupt)",
                                          "door tripped, first out",
                                          "clearance tripped: head – couch, 6 mm",
                                          "door released",
                                          "beam 1, segment 3 given, 12.35 MU",
                                          "beam 2 given, 20.00 MU",
                                          "image: target – off its model",
                                          "fault door open ends",
                                          "fault leaf slip begins: 4.00 mm, leaf 7, for 2.5 s",
                                          "fault emergency stop begins",
                                          "hold: refused, a \"quoted\" word"};
  ASSERT_EQ(events.size(), expected.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(event_words(events[i]), expected[i]);
  }
  const std::string table = events_csv(events);
  EXPECT_EQ(std::ranges::count(table, '\n'), static_cast<std::ptrdiff_t>(1 + events.size()));
  EXPECT_NE(table.find("\r\n2.500,tripped,\"door\",1,\"door tripped, first out\"\r\n"), std::string::npos);
  EXPECT_NE(table.find(",\"hold: refused, a \"\"quoted\"\" word\"\r\n"), std::string::npos);
}

TEST(EventText, has_words_for_every_event_of_a_record) {
  for (const Json& event : events_of(test::recorded_session())) {
    EXPECT_NE(event_words(event), event["kind"].get<std::string>());
  }
}

TEST(EventText, passes_over_notes_that_are_damaged) {
  SessionRecord record = test::recorded_session();
  std::vector<std::byte> bytes(record.bytes().begin(), record.bytes().end());
  for (const SessionRecord::Entry& entry : record.entries()) {
    if (entry.kind == record::Kind::note) {
      const auto at = static_cast<std::size_t>(entry.payload.data() - record.bytes().data());
      bytes[at + 3] = std::byte{200};  // an interlock that there is none of
      const auto begin = at - sizeof(record::EntryHead);
      const auto length = sizeof(record::EntryHead) + entry.payload.size();
      const std::uint32_t checksum = record::crc32c(std::span<const std::byte>(bytes).subspan(begin, length));
      std::memcpy(bytes.data() + begin + length, &checksum, sizeof checksum);
    }
  }
  const Json events = events_of(SessionRecord(std::move(bytes), "record"));
  EXPECT_FALSE(events.empty());
  EXPECT_TRUE(std::ranges::all_of(
      events, [](const Json& event) { return event["kind"] == "action" || event["kind"] == "fault"; }));
}

TEST(EventText, states_the_tables_that_the_loop_reads) {
  EXPECT_EQ(states_document()["states"].size(), num_session_states);
  EXPECT_EQ(states_document()["transitions"].size(), session_table::transitions.size());
  const Json interlocks = interlocks_document();
  ASSERT_EQ(interlocks.size(), num_interlocks);
  EXPECT_EQ(interlocks[11]["name"], "door");
  EXPECT_EQ(interlocks[11]["bit"], 11);
  EXPECT_EQ(faults_document().size(), num_fault_kinds);
}

TEST(EventText, writes_texts_that_every_reader_takes) {
  EXPECT_EQ(dump({{"name", "M\xfcller"}}), "{\"name\":\"M\xEF\xBF\xBDller\"}");
  EXPECT_TRUE(number_or_null(std::numeric_limits<double>::quiet_NaN()).is_null());
  EXPECT_EQ(number_or_null(1.5), 1.5);
}

}  // namespace
}  // namespace xingu::console
