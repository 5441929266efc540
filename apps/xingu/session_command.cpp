// SPDX-License-Identifier: Apache-2.0
// xingu session RECORD: what happened in a treatment session, by its record alone.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "commands.h"
#include "console/event_text.h"
#include "delivery/record_reader.h"
#include "delivery_outcome.h"
#include "text_table.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct SessionOptions {
  std::string record;
  bool is_json = false;
  bool is_csv = false;
};

/// What a beam got, all sessions of the record together.
struct BeamSum {
  std::size_t num_pulses = 0;
  double monitor1_mu = 0.0;
  double monitor2_mu = 0.0;
};

/// By the beam's index; beams without a pulse are absent.
std::map<std::size_t, BeamSum> beams_of(const SessionRecord& record) {
  std::map<std::size_t, BeamSum> beams;
  for (const SessionRecord::Entry& entry : record.entries()) {
    if (const auto pulse = entry.as<record::PulseEntry>(); entry.kind == record::Kind::pulse && pulse) {
      BeamSum& sum = beams[pulse->beam];
      ++sum.num_pulses;
      sum.monitor1_mu = pulse->given1_mu;
      sum.monitor2_mu = pulse->given2_mu;
    }
  }
  return beams;
}

fs::path record_in(const std::string& place) {
  std::error_code error;
  return fs::is_directory(place, error) ? fs::path(place) / "session.xrec" : fs::path(place);
}

double seconds(std::uint64_t step) { return static_cast<double>(step) * step_s; }

bool is_over(SessionState state) {
  return state == SessionState::complete || state == SessionState::aborted || state == SessionState::idle;
}

double given_before_mu(const RecordedSession& session) {
  double sum = 0.0;
  for (const double mu : session.given_before_mu) {
    sum += mu;
  }
  return sum;
}

Json sessions_json(const std::vector<RecordedSession>& sessions) {
  Json json = Json::array();
  for (const RecordedSession& session : sessions) {
    const std::uint64_t last = session.entries.empty() ? session.first_step : session.entries.back().step;
    json.push_back({{"from_s", seconds(session.first_step)},
                    {"to_s", seconds(last)},
                    {"seed", session.seed},
                    {"plan_hash", fmt::format("{:016x}", session.plan_hash)},
                    {"given_before_mu", given_before_mu(session)},
                    {"settings", session.settings}});
  }
  return json;
}

Json as_json(const std::string& path, const SessionRecord& record, const CourseOfSession& course,
             const std::vector<RecordedSession>& sessions) {
  Json json{{"program_version", XINGU_VERSION},
            {"record", path},
            {"state", to_string(course.end)},
            {"is_over", is_over(course.end)},
            {"duration_s", course.duration_s},
            {"beam_on_s", course.beam_on_s},
            {"gate_holds", course.num_gate_holds},
            {"sessions", sessions_json(sessions)},
            {"beams", Json::array()},
            {"events", console::events_of(record)}};
  for (const auto& [beam, sum] : beams_of(record)) {
    json["beams"].push_back({{"beam", beam + 1},
                             {"pulses", sum.num_pulses},
                             {"monitor1_mu", sum.monitor1_mu},
                             {"monitor2_mu", sum.monitor2_mu}});
  }
  return json;
}

void print_events(const SessionRecord& record) {
  TextTable table({{"time, s", Align::right}, {"event", Align::left}});
  for (const Json& event : console::events_of(record)) {
    const std::string sign = event["kind"] == "tripped" ? "▲ " : "";
    table.add({fmt::format("{:.3f}", event["t_s"].get<double>()), sign + console::event_words(event)});
  }
  table.print();
}

void print_beams(const SessionRecord& record) {
  TextTable table({{"beam", Align::right},
                   {"pulses", Align::right},
                   {"monitor 1, MU", Align::right},
                   {"monitor 2, MU", Align::right}});
  for (const auto& [beam, sum] : beams_of(record)) {
    table.add({fmt::format("{}", beam + 1), fmt::format("{}", sum.num_pulses), fmt::format("{:.2f}", sum.monitor1_mu),
               fmt::format("{:.2f}", sum.monitor2_mu)});
  }
  fmt::print("\n");
  table.print();
}

void print_end(const CourseOfSession& course, const std::vector<RecordedSession>& sessions) {
  fmt::print("\n");
  for (std::size_t i = 1; i < sessions.size(); ++i) {
    fmt::print("  Resumed at {:.3f} s with {:.2f} MU given.\n", seconds(sessions[i].first_step),
               given_before_mu(sessions[i]));
  }
  fmt::print("  {}{} after {:.3f} s, {:.1f} s of beam, {} holds by the gate.\n",
             is_over(course.end) ? "" : "Interrupted in ", to_string(course.end), course.duration_s, course.beam_on_s,
             course.num_gate_holds);
}

void run_session_command(const SessionOptions& options) {
  XINGU_REQUIRE(!(options.is_json && options.is_csv), "--json and --csv exclude each other; give one");
  const fs::path path = record_in(options.record);
  const SessionRecord record = read_record(path);
  if (options.is_csv) {
    fmt::print("{}", console::events_csv(console::events_of(record)));
    return;
  }
  const std::vector<RecordedSession> sessions = sessions_of(record);
  XINGU_REQUIRE(!sessions.empty(), "{}: holds no session (it was killed before its first step); deliver the plan anew",
                path.string());
  const CourseOfSession course = course_of(record);
  if (options.is_json) {
    fmt::print(
        "{}\n",
        as_json(path.string(), record, course, sessions).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  print_events(record);
  print_beams(record);
  print_end(course, sessions);
}

}  // namespace

void add_session_command(CLI::App& app) {
  auto options = std::make_shared<SessionOptions>();
  CLI::App* command =
      app.add_subcommand("session", "Tell what happened in a session: events, MU of each beam, how it ended");
  command->add_option("RECORD", options->record, "Record (.xrec) of deliver or the console, or the folder of deliver")
      ->required();
  command->add_flag("--json", options->is_json, "Everything as JSON, with the session's settings");
  command->add_flag("--csv", options->is_csv, "The events as CSV");
  command->callback([options] { run_session_command(*options); });
}

}  // namespace xingu
