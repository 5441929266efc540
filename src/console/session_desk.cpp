// SPDX-License-Identifier: Apache-2.0
#include "console/session_desk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "console/event_text.h"
#include "delivery/record_reader.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr double unanswered_s = 1.0;
constexpr double longest_fault_s = 600.0;
constexpr double same_mu = 0.01;
constexpr double same_deg = 0.1;
constexpr const char* put_away_end = "put away";

/// Commands that are one action of an operator and nothing else.
struct SimpleCommand {
  const char* name;
  OperatorAction action;
};
constexpr std::array simple_commands{
    SimpleCommand{"disarm", OperatorAction::disarm}, SimpleCommand{"hold", OperatorAction::hold},
    SimpleCommand{"resume", OperatorAction::resume}, SimpleCommand{"acknowledge", OperatorAction::acknowledge},
    SimpleCommand{"stop", OperatorAction::stop}};
constexpr std::array<const char*, 8> other_commands{"load",         "arm",   "confirm",      "emergency-stop",
                                                    "release-stop", "close", "faults/begin", "faults/end"};

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double wrapped(double angle_deg, double from) { return angle_deg - 360.0 * std::floor((angle_deg - from) / 360.0); }

bool is_same_angle(double a_deg, double b_deg) { return std::abs(wrapped(a_deg - b_deg, -180.0)) <= same_deg; }

FaultKind fault_named(const std::string& name) {
  for (const FaultRow& row : fault_table::rows) {
    if (row.name == name) {
      return row.kind;
    }
  }
  throw Refusal(400, fmt::format("'{}' is no fault; /api/faults lists them", printable(name, 40)));
}

/// Now, as a part of a file's name that sorts: 20260131T120000.000Z
std::string file_time() {
  std::string time = utc_now();
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

LinkCommand of_stop_button(FaultChange::Kind kind) {
  LinkCommand command;
  command.change.kind = kind;
  command.change.fault.kind = FaultKind::emergency_stop;
  command.change.fault.duration_s = until_ended_s;
  return command;
}

}  // namespace

SessionDesk::SessionDesk(PlanIdentity identity, SessionGround ground, std::filesystem::path store, Journal& journal)
    : identity_(std::move(identity)), ground_(std::move(ground)), store_(std::move(store)), journal_(&journal) {
  for (const JournalSession& session : journal_->sessions()) {
    if (!session.ended.empty()) {
      continue;
    }
    double given_mu = 0.0;
    try {
      for (const double mu : resume_point(read_record(record_of(session)), *ground_.plan).progress.given_mu) {
        given_mu += mu;
      }
    } catch (const std::exception& failure) {
      log_warning("session {} was interrupted, and its record cannot be used: {}", session.id, failure.what());
    }
    journal_->end(session.id, "interrupted", given_mu, session.late_steps);
  }
}

SessionDesk::~SessionDesk() {
  if (live_ && !is_ended_) {
    static_cast<void>(telemetry());
    live_.reset();
    try {
      journal_->end(id_, "interrupted", newest_.given_mu, newest_.num_late);
    } catch (const std::exception& failure) {
      log_warning("{}", failure.what());
    }
  }
}

bool SessionDesk::knows(const std::string& name) {
  return std::ranges::any_of(simple_commands, [&](const SimpleCommand& c) { return name == c.name; }) ||
         std::ranges::any_of(other_commands, [&](const char* other) { return name == other; });
}

bool SessionDesk::is_for_everyone(const std::string& name) { return name == "hold" || name == "emergency-stop"; }

std::optional<std::int64_t> SessionDesk::session_id() const { return live_ ? std::optional(id_) : std::nullopt; }

void SessionDesk::command(const std::string& name, const Json& json, const Requester& who, const Answer& answer) {
  try {
    obey(name, json, who, answer);
  } catch (const Refusal& refusal) {
    note_refusal({name, who, answer, now_s()}, refusal);
    throw;
  }
}

/// Keeps what was well asked and not done: who loaded the plan for another patient, or restated other MU.
void SessionDesk::note_refusal(const Asked& asked, const Refusal& refusal) {
  const bool is_idle_hold = live_ == nullptr && is_for_everyone(asked.action);  // no limit holds these back
  if (refusal.status() != 409 || is_idle_hold) {
    return;
  }
  note(asked, "refused", refusal.what(), std::nullopt);
  if (live_ != nullptr) {
    news_.push_back(action_event(newest_.t_s, asked.action, asked.who.client, "refused", refusal.what()));
  }
}

void SessionDesk::obey(const std::string& name, const Json& json, const Requester& who, const Answer& answer) {
  BodyReader body(json);
  if (name == "load") {
    load(body, who, answer);
    return;
  }
  if (name == "release-stop" && !is_running()) {
    body.finish();
    release_stop({name, who, answer, now_s()});
    return;
  }
  if (live_ == nullptr) {
    throw Refusal(409, "there is no session; load the plan first");
  }
  if (name == "arm") {
    arm(body, who, answer);
  } else if (name == "confirm") {
    confirm(body, who, answer);
  } else if (name == "close") {
    close(body, who, answer);
  } else if (name == "faults/begin") {
    begin_fault(body, who, answer);
  } else if (name == "faults/end") {
    end_fault(body, who, answer);
  } else if (name == "emergency-stop" || name == "release-stop") {
    body.finish();
    ask(name, of_stop_button(name == "emergency-stop" ? FaultChange::Kind::begin : FaultChange::Kind::end), who,
        answer);
  } else {
    body.finish();
    const auto* simple = std::ranges::find_if(simple_commands, [&](const SimpleCommand& c) { return name == c.name; });
    LinkCommand command;
    command.action = simple->action;
    ask(name, command, who, answer);
  }
}

void SessionDesk::check_identity(BodyReader& body) const {
  const std::string patient = body.text("patient_id");
  const std::string plan = body.text("plan_label");
  if (patient != identity_.patient_id || plan != identity_.plan_label) {
    throw Refusal(409,
                  fmt::format("this console has plan '{}' of patient '{}' (not what was restated); look whose plan "
                              "it is",
                              printable(identity_.plan_label), printable(identity_.patient_id)));
  }
}

void SessionDesk::check_beam(BodyReader& body) {
  const double number = body.number("beam", 0, 1e6);
  const double mu = body.number("mu", 0, 1e6);
  const auto index = static_cast<std::size_t>(telemetry() != nullptr ? newest_.beam : 0);
  if (index >= ground_.plan->beams().size()) {
    throw Refusal(409, "every beam was given; close the session");
  }
  const DeliveryPlan::Beam& beam = ground_.plan->beams()[index];
  if (std::abs(number - beam.number) > 0.5 || std::abs(mu - beam.mu) > same_mu) {
    throw Refusal(409, fmt::format("the next beam is {} with {:.2f} MU (not what was restated); look at the plan again",
                                   beam.number, beam.mu));
  }
}

std::optional<JournalSession> SessionDesk::resumable() const {
  auto last = journal_->last_given(identity_.plan_uid);
  // one that was put away before its beam gave nothing itself: what it resumed can still be resumed
  const bool is_unfinished = last && (last->end == "aborted" || last->end == "interrupted" ||
                                      (last->end == put_away_end && last->given_mu > 0));
  return is_unfinished && std::filesystem::exists(record_of(*last)) ? std::move(last) : std::nullopt;
}

void SessionDesk::load(BodyReader& body, const Requester& who, const Answer& answer) {
  check_identity(body);
  const std::string lost = body.text("lost_console");
  const bool resumes = body.truth_or("resume", false);
  body.finish();
  if (lost != "hold" && lost != "continue") {
    throw Refusal(400, "'lost_console' is neither hold nor continue; give one of them");
  }
  if (is_running()) {
    throw Refusal(409, "a session is there already; close it first");
  }
  if (is_stop_pressed_) {
    throw Refusal(409,
                  "the emergency stop is pressed (nothing may move); find out why, release it, then load the plan");
  }
  const auto before = resumable();
  if (resumes && !before) {
    throw Refusal(409, "no session of this plan is unfinished (there is nothing to resume); load it anew");
  }
  put_away();
  JournalSession session;
  session.patient = identity_.patient_id;
  session.plan = identity_.plan_label;
  session.plan_uid = identity_.plan_uid;
  session.machine = identity_.machine;
  session.planned_mu = ground_.plan->mu();
  session.given_mu = resumes ? before->given_mu : 0.0;
  session.record = resumes ? before->record : fmt::format("session-{}.xrec", file_time());
  lost_console_ = lost == "hold" ? LostConsole::holds : LostConsole::keeps_treating;
  ground_.settings.dynamics.interlocks.lost_console = lost_console_;
  record_ = store_ / session.record;
  live_ = std::make_unique<LiveSession>(ground_, record_);
  id_ = journal_->begin(session);
  is_ended_ = false;
  arming_ = 0;
  newest_ = Telemetry();
  news_.push_back({{"type", "event"}, {"t_s", 0.0}, {"kind", "session"}, {"what", "opened"}, {"session", id_}});
  LinkCommand command;
  command.action = OperatorAction::load;
  ask("load", command, who, answer);
}

void SessionDesk::arm(BodyReader& body, const Requester& who, const Answer& answer) {
  check_identity(body);
  check_beam(body);
  const DeliveryPlan::Beam& beam = ground_.plan->beams()[newest_.beam];
  const double gantry = body.number("gantry_deg", -720, 720);
  const double pitch = body.number("pitch_deg", -720, 720);
  const double couch = body.number("couch_deg", -720, 720);
  body.finish();
  if (!is_same_angle(gantry, beam.axes[0]) || !is_same_angle(couch, beam.axes[1]) ||
      !is_same_angle(pitch, beam.axes[3])) {
    throw Refusal(
        409, fmt::format("the next beam comes from gantry {:.1f}°, pitch {:.1f}° and couch {:.1f}° (not what "
                         "was restated); look at the plan again",
                         wrapped(beam.axes[0], 0.0), wrapped(beam.axes[3], -180.0), wrapped(beam.axes[1], -180.0)));
  }
  LinkCommand command;
  command.action = OperatorAction::arm;
  ask("arm", command, who, answer);
}

void SessionDesk::confirm(BodyReader& body, const Requester& who, const Answer& answer) {
  const double arming = body.number("arming", 0, 4294967295.0);
  check_beam(body);
  body.finish();
  if (arming_ == 0 || static_cast<std::uint32_t>(arming) != arming_) {
    throw Refusal(409, "this is not the arming that stands; arm first");
  }
  LinkCommand command;
  command.action = OperatorAction::confirm;
  ask("confirm", command, who, answer);
}

void SessionDesk::begin_fault(BodyReader& body, const Requester& who, const Answer& answer) {
  const FaultRow& row = fault_table::row(fault_named(body.text("kind")));
  LinkCommand command;
  command.change.kind = FaultChange::Kind::begin;
  command.change.fault.kind = row.kind;
  command.change.fault.duration_s = body.number("for_s", 0.001, longest_fault_s);
  command.change.fault.magnitude =
      row.unit.empty() ? body.number_or("magnitude", 0.0, -1e6, 1e6) : body.number("magnitude", -1e3, 1e3);
  command.change.fault.index = static_cast<std::uint32_t>(body.number_or("index", 0.0, 0.0, 1000.0));
  body.finish();
  ask("faults/begin", command, who, answer);
}

void SessionDesk::end_fault(BodyReader& body, const Requester& who, const Answer& answer) {
  LinkCommand command;
  command.change.kind = FaultChange::Kind::end;
  command.change.fault.kind = fault_named(body.text("kind"));
  body.finish();
  ask("faults/end", command, who, answer);
}

void SessionDesk::close(BodyReader& body, const Requester& who, const Answer& answer) {
  body.finish();
  if (!is_ended_) {
    LinkCommand command;
    command.action = OperatorAction::reject;
    ask("close", command, who, answer);
    return;
  }
  answer_closed({"close", who, answer, now_s()});
  put_away();
}

void SessionDesk::release_stop(const Asked& asked) {
  if (!is_stop_pressed_) {
    throw Refusal(409, "the emergency stop is not pressed; there is nothing to release");
  }
  is_stop_pressed_ = false;
  note(asked, "done", "", std::nullopt);
  news_.push_back(action_event(newest_.t_s, asked.action, asked.who.client, "done", ""));
  asked.answer(200, {{"id", ++last_command_},
                     {"result", "done"},
                     {"t_s", newest_.t_s},
                     {"state", session_table::row(newest_.state).name},
                     {"detail", ""}});
}

void SessionDesk::ask(const std::string& name, LinkCommand command, const Requester& who, const Answer& answer) {
  if (is_ended_) {
    throw Refusal(409, "the session has ended; close it, and load the plan again to go on");
  }
  if (asked_.size() >= 32) {
    throw Refusal(409, "too many commands wait for the control loop; wait for their answers");
  }
  command.id = ++last_command_;
  if (!live_->link().ask(command)) {
    throw Refusal(504, "the control loop takes no commands; use the stop button of the machine");
  }
  asked_.emplace(command.id, Asked{name, who, answer, now_s()});
}

void SessionDesk::note(const Asked& asked, const std::string& result, const std::string& detail,
                       std::optional<double> t_s) {
  JournalAction action;
  const bool is_of_session = live_ != nullptr || result != "refused";
  action.session = is_of_session && id_ > 0 ? std::optional(id_) : std::nullopt;
  action.t_s = t_s;
  action.client = asked.who.client;
  action.peer = asked.who.peer;
  action.action = asked.action;
  action.result = result;
  action.detail = detail;
  try {
    journal_->note(action);
  } catch (const std::exception& failure) {
    log_warning("{}", failure.what());  // a full disk must not keep an operator from acting
  }
}

void SessionDesk::take_answer(const LoopEvent& event, const std::function<void(Json)>& emit) {
  const auto found = asked_.find(event.command);
  if (found == asked_.end()) {
    return;
  }
  const Asked asked = std::move(found->second);
  asked_.erase(found);
  const auto state = std::string(session_table::row(event.state).name);
  const std::string detail = event.is_done ? "" : fmt::format("not in the state '{}', or an interlock stands", state);
  const std::string result = event.is_done ? "done" : "refused";
  const double t_s = static_cast<double>(event.step) * step_s;
  Json body = {{"id", event.command}, {"result", result}, {"t_s", t_s}, {"state", state}, {"detail", detail}};
  if (asked.action == "arm" && event.is_done) {
    arming_ = event.command;
    body["arming"] = arming_;
  } else if (asked.action == "confirm" || asked.action == "disarm") {
    arming_ = 0;
  } else if (event.is_done && (asked.action == "emergency-stop" || asked.action == "release-stop")) {
    is_stop_pressed_ = asked.action == "emergency-stop";
  }
  if (!event.is_done) {
    body["error"] = fmt::format("{}: {}", asked.action, detail);
  }
  note(asked, result, detail, t_s);
  emit(action_event(t_s, asked.action, asked.who.client, result, detail));
  asked.answer(event.is_done ? 200 : 409, body);
}

void SessionDesk::poll(const std::function<void(Json)>& emit) {
  for (Json& one : news_) {
    emit(std::move(one));
  }
  news_.clear();
  if (live_ == nullptr) {
    return;
  }
  const bool is_over = live_->is_over();  // before the last events are taken
  LoopEvent event;
  while (live_->link().next_event(event)) {
    if (event.kind == LoopEvent::Kind::note) {
      Json json = note_event(event.step, event.note, event.is_first_out);
      if (event.clearance.pair >= 0) {
        const WatchedPair& pair = ground_.clearance->pairs()[static_cast<std::size_t>(event.clearance.pair)];
        add_nearest(json, event.note, pair, pair.distance_mm(event.clearance.clearance_mm));
      }
      emit(std::move(json));
    } else if (event.kind == LoopEvent::Kind::change) {
      emit(change_event(event.step, event.change));
    } else {
      take_answer(event, emit);
    }
  }
  if (is_over && !is_ended_) {
    note_end();
    emit({{"type", "event"}, {"t_s", newest_.t_s}, {"kind", "session"}, {"what", "ended"}, {"session", id_}});
  }
  answer_the_rest(is_over);
}

void SessionDesk::answer_the_rest(bool is_over) {
  bool closes = is_over && newest_.state == SessionState::idle;
  for (auto one = asked_.begin(); one != asked_.end();) {
    if (!is_over && now_s() - one->second.asked_s < unanswered_s) {
      ++one;
      continue;
    }
    const Asked asked = std::move(one->second);
    one = asked_.erase(one);
    if (is_over && asked.action == "close") {
      closes = true;
      answer_closed(asked);
      continue;
    }
    note(asked, "unanswered", is_over ? "the session had ended" : "the control loop did not answer", std::nullopt);
    asked.answer(is_over ? 409 : 504, {{"error", is_over ? "the session has ended; load the plan again to go on"
                                                         : "the control loop did not answer; look at the state"}});
  }
  if (closes) {
    put_away();
  }
}

void SessionDesk::answer_closed(const Asked& asked) {
  note(asked, "done", "", newest_.t_s);
  asked.answer(200,
               {{"id", ++last_command_}, {"result", "done"}, {"t_s", newest_.t_s}, {"state", "idle"}, {"detail", ""}});
}

void SessionDesk::note_end() {
  static_cast<void>(telemetry());
  is_ended_ = true;
  if (!live_->failure().empty()) {
    log_warning("{}", live_->failure());
  }
  const bool was_put_away = newest_.state == SessionState::idle;
  journal_->end(id_, was_put_away ? put_away_end : std::string(session_table::row(newest_.state).name),
                newest_.given_mu, newest_.num_late);
}

void SessionDesk::put_away() {
  if (live_ == nullptr) {
    return;
  }
  news_.push_back({{"type", "event"}, {"t_s", newest_.t_s}, {"kind", "session"}, {"what", "closed"}, {"session", id_}});
  live_.reset();
  is_ended_ = false;
  arming_ = 0;
}

const Telemetry* SessionDesk::telemetry() {
  if (live_ == nullptr) {
    return nullptr;
  }
  if (live_->link().fetch()) {
    newest_ = live_->link().telemetry();
  }
  return &newest_;
}

void SessionDesk::beat() {
  if (live_ != nullptr) {
    live_->link().beat();
  }
}

Json SessionDesk::next_beam() {
  const std::size_t index = newest_.beam;
  if (index >= ground_.plan->beams().size()) {
    return nullptr;
  }
  const DeliveryPlan::Beam& beam = ground_.plan->beams()[index];
  return {{"beam", beam.number},
          {"name", beam.name},
          {"mu", beam.mu},
          {"gantry_deg", wrapped(beam.axes[0], 0.0)},
          {"pitch_deg", wrapped(beam.axes[3], -180.0)},
          {"couch_deg", wrapped(beam.axes[1], -180.0)},
          {"collimator_deg", wrapped(beam.axes[2], 0.0)},
          {"beams_left", ground_.plan->beams().size() - index},
          {"mu_left", std::max(0.0, ground_.plan->mu() - newest_.given_mu)}};
}

Json SessionDesk::describe() {
  const bool has = telemetry() != nullptr;
  if (!has) {
    newest_ = Telemetry();
  }
  const auto unfinished = resumable();
  const auto first_out =
      newest_.first_out >= 0 ? Json(to_string(static_cast<Interlock>(newest_.first_out))) : Json(nullptr);
  return {{"id", has ? Json(id_) : Json(nullptr)},
          {"state", session_table::row(newest_.state).name},
          {"mode", has ? "live" : "none"},
          {"record", has ? Json(record_.filename().string()) : Json(nullptr)},
          {"is_over", has && is_ended_},
          {"is_stop_pressed", is_stop_pressed_},
          {"speed", ground_.speed},
          {"lost_console", lost_console_ == LostConsole::holds ? "hold" : "continue"},
          {"motion", ground_.motion->description()},
          {"tracking", to_string(ground_.settings.tracking.mode)},
          {"beam", newest_.beam},
          {"segment", newest_.segment},
          {"given_mu", newest_.given_mu},
          {"planned_mu", ground_.plan->mu()},
          {"given_before_mu", has ? live_->given_before_mu() : std::vector<double>()},
          {"next", next_beam()},
          {"arming", arming_ == 0 ? Json(nullptr) : Json(arming_)},
          {"interlocks", {{"active", newest_.active}, {"latched", newest_.latched}, {"first_out", first_out}}},
          {"late_steps", newest_.num_late},
          {"worst_late_ms", newest_.worst_late_ms},
          {"steps", newest_.num_steps},
          {"can_resume", unfinished.has_value()},
          {"unfinished", unfinished ? Json{{"session", unfinished->id}, {"given_mu", unfinished->given_mu}} : Json()}};
}

}  // namespace xingu::console
