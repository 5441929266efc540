// SPDX-License-Identifier: Apache-2.0
#include "console/console.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"
#include "console/event_text.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr int protocol_version = 1;
constexpr double status_every_s = 1.0;
constexpr std::size_t kept_events = 5000;  // of a session, for pages that come later
constexpr double seat_kept_s = 5.0;  // without a heartbeat: longer than the interlock waits, so that it speaks first
constexpr const char* notice = "SIMULATION: NOT FOR CLINICAL USE";
constexpr std::string_view session_path = "/api/session/";
constexpr std::string_view faults_path = "/api/faults/";
constexpr std::string_view replay_path = "/api/replay/";
constexpr std::string_view sessions_path = "/api/sessions/";
constexpr std::string_view ecg_path = "/api/ecg";
constexpr std::string_view live_path = "/api/live";

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
double now_s() { return 1e-9 * static_cast<double>(monotonic_ns()); }

/// What a browser is told about everything that it gets.
void add_guards(HttpResponse& response) {
  response.headers.insert(
      response.headers.end(),
      {{"Cache-Control", "no-store"},
       {"X-Content-Type-Options", "nosniff"},
       {"Referrer-Policy", "no-referrer"},
       {"Cross-Origin-Opener-Policy", "same-origin"},
       {"Cross-Origin-Resource-Policy", "same-origin"},
       {"Content-Security-Policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}});
}

HttpResponse json_response(unsigned status, const Json& json) {
  HttpResponse response;
  response.status = status;
  response.body = std::make_shared<const std::string>(dump(json));
  add_guards(response);
  return response;
}

/// JSON that is written already.
HttpResponse text_response(std::shared_ptr<const std::string> json) {
  HttpResponse response;
  response.body = std::move(json);
  add_guards(response);
  return response;
}

/// A path that is there, with another method.
HttpResponse other_method(const char* allowed, const char* sentence) {
  HttpResponse response = json_response(405, {{"error", sentence}});
  response.headers.emplace_back("Allow", allowed);
  return response;
}

HttpResponse refusal_response(const Refusal& refusal) {
  HttpResponse response = json_response(refusal.status(), {{"error", refusal.what()}});
  if (refusal.status() == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  return response;
}

/// The number between a prefix and a suffix of a path.
std::optional<std::int64_t> number_in(std::string_view path, std::string_view prefix, std::string_view suffix) {
  if (!path.starts_with(prefix) || !path.ends_with(suffix) || path.size() <= prefix.size() + suffix.size()) {
    return std::nullopt;
  }
  path.remove_prefix(prefix.size());
  path.remove_suffix(suffix.size());
  std::int64_t number = 0;
  const auto result = std::from_chars(path.data(), path.data() + path.size(), number);
  return result.ec == std::errc{} && result.ptr == path.data() + path.size() ? std::optional(number) : std::nullopt;
}

/// The command of a POST: "arm", "faults/begin"; empty where the path is none of the desk's.
std::string desk_command(const std::string& path) {
  if (path.starts_with(session_path)) {
    return path.substr(session_path.size());
  }
  return path.starts_with(faults_path) ? path.substr(std::string_view("/api/").size()) : std::string();
}

bool is_replay_command(const std::string& path) {
  const auto names = {"open", "seek", "rate", "close"};
  return path.starts_with(replay_path) &&
         std::ranges::any_of(names, [&](const char* name) { return path.substr(replay_path.size()) == name; });
}

bool is_command(const std::string& path) {
  const std::string command = desk_command(path);
  const bool is_fault = path.starts_with(faults_path);
  return (SessionDesk::knows(command) && command.starts_with("faults/") == is_fault) || is_replay_command(path);
}

}  // namespace

Console::Console(ConsoleSettings settings, Access access, const Content& content, const ChannelTable& channels,
                 SessionDesk& desk, Journal& journal, Watched watched, HttpServer& server)
    : settings_(std::move(settings)),
      access_(std::move(access)),
      content_(&content),
      channels_(&channels),
      desk_(&desk),
      journal_(&journal),
      watched_(watched),
      server_(&server),
      limiter_(settings_.requests_per_s),
      t0_(utc_now()),
      ticked_s_(now_s()) {
  const auto no_dvh = std::make_shared<const std::string>(R"({"type":"dvh","structures":[]})");
  const auto at_once = [](auto make) -> Reading {
    return [make](const Question& asked, const Reply& reply) { reply(json_response(200, make(asked))); };
  };
  readings_ = {
      {"/api/info", at_once([this](const Question& asked) { return info_document(asked.role); })},
      {"/api/session", at_once([this](const Question&) { return session_document(); })},
      {"/api/interlocks", at_once([](const Question&) { return interlocks_document(); })},
      {"/api/faults", at_once([](const Question&) { return faults_document(); })},
      {"/api/clearance",
       at_once([this](const Question&) { return clearance_document(desk_->ground().clearance->pairs()); })},
      {"/api/states", at_once([](const Question&) { return states_document(); })},
      {"/api/dvh",
       [this, no_dvh](const Question&, const Reply& reply) { reply(text_response(dvh_text_ ? dvh_text_ : no_dvh)); }},
      {"/api/sessions", at_once([this](const Question&) { return sessions_document(); })},
      {ecg_path, at_once([this](const Question& asked) { return ecg_document(asked.request.target); })},
      {live_path,
       [](const Question&, const Reply&) { throw Refusal(426, "this is a WebSocket; upgrade the connection"); }}};
  readings_of_sessions_ = {
      {"/actions", [this](std::int64_t id, const Reply& reply) { reply(json_response(200, actions_document(id))); }},
      {"/events", [this](std::int64_t id, const Reply& reply) { read_events(id, reply); }}};
}

void Console::check_front(const HttpRequest& request) const {
  if (!access_.is_own_host(request.host)) {
    throw Refusal(421, "the console does not go by this name; use the address that it printed");
  }
  if (!access_.is_own_origin(request.origin)) {
    throw Refusal(403, "a page of another site may not speak to the console; use the console's own page");
  }
}

Role Console::check_token(const HttpRequest& request) const {
  const auto role = access_.role_of_bearer(request.authorization);
  if (!role) {
    throw Refusal(401, "there is no token, or an unknown one; use the address that the console printed");
  }
  return *role;
}

void Console::handle(const HttpRequest& request, const Reply& reply) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  try {
    const bool is_never_counted = SessionDesk::is_for_everyone(desk_command(path)) &&
                                  access_.role_of_bearer(request.authorization) == Role::operating;
    if (!is_never_counted && !limiter_.allows(request.network, now_s())) {
      throw Refusal(429, "too many requests a second; ask less often");
    }
    check_front(request);
    if (request.method == "GET" || request.method == "HEAD") {
      get(request, path, reply);
    } else if (request.method == "POST") {
      post(request, path, reply);
    } else {
      reply(other_method(is_command(path) ? "POST" : "GET, HEAD", "this method is not used here; GET or POST"));
    }
  } catch (const Refusal& refusal) {
    reply(refusal_response(refusal));
  }
}

bool Console::shows_token(const HttpRequest& request) const {
  return access_.role_of_bearer(request.authorization).has_value();
}

void Console::get(const HttpRequest& request, const std::string& path, const Reply& reply) {
  const Document* fixed = content_->find(path);
  if (fixed != nullptr && fixed->is_open) {
    HttpResponse response{200, fixed->type, fixed->bytes, {}};
    add_guards(response);
    reply(response);
    return;
  }
  if (!path.starts_with("/api/")) {
    throw Refusal(404, "there is no such file");
  }
  const Role role = check_token(request);
  if (fixed != nullptr) {
    HttpResponse response{200, fixed->type, fixed->bytes, {}};
    add_guards(response);
    reply(response);
    return;
  }
  if (const Reading reading = reading_at(path)) {
    reading({request, role}, reply);
    return;
  }
  if (is_command(path)) {
    reply(other_method("POST", "this is a command; POST it"));
    return;
  }
  throw Refusal(404, "there is no such document");
}

Console::Reading Console::reading_at(std::string_view path) const {
  if (const auto found = readings_.find(path); found != readings_.end()) {
    return found->second;
  }
  for (const auto& [part, reading] : readings_of_sessions_) {
    if (const auto id = number_in(path, sessions_path, part)) {
      return [&of_session = reading, id](const Question&, const Reply& reply) { of_session(*id, reply); };
    }
  }
  return {};
}

Json Console::info_document(Role role) const {
  const PlanIdentity& who = desk_->identity();
  return {{"version", protocol_version},
          {"program", settings_.program},
          {"notice", notice},
          {"is_simulation", true},
          {"role", to_string(role)},
          {"patient", {{"name", who.patient_name}, {"id", who.patient_id}}},
          {"plan", {{"label", who.plan_label}, {"uid", who.plan_uid}}},
          {"machine", who.machine},
          {"can_deliver", true},
          {"can_replay", !settings_.replay_record.empty()}};
}

void Console::read_events(std::int64_t id, const Reply& reply) {
  const auto session = journal_->session(id);
  if (!session) {
    throw Refusal(404, "there is no such session");
  }
  const Telemetry* telemetry = desk_->session_id() == id ? desk_->telemetry() : nullptr;
  const std::uintmax_t written = telemetry != nullptr && desk_->is_running()
                                     ? telemetry->record_bytes
                                     : std::numeric_limits<std::uintmax_t>::max();
  const bool is_taken =
      record_events_.ask(desk_->record_of(*session), written, [reply](const RecordEvents::Found& found) {
        reply(found.json ? text_response(found.json) : refusal_response(Refusal(404, found.refusal)));
      });
  if (!is_taken) {
    throw Refusal(429, "too many records are being read; ask again");
  }
}

Json Console::sessions_document() const {
  Json rows = Json::array();
  for (const JournalSession& s : journal_->sessions()) {
    rows.push_back({{"id", s.id},
                    {"began", s.began},
                    {"ended", s.ended.empty() ? Json(nullptr) : Json(s.ended)},
                    {"patient", s.patient},
                    {"plan", s.plan},
                    {"machine", s.machine},
                    {"end", s.ended.empty() ? "running" : s.end},
                    {"given_mu", s.given_mu},
                    {"planned_mu", s.planned_mu},
                    {"late_steps", s.late_steps},
                    {"record", s.record}});
  }
  return rows;
}

Json Console::ecg_document(std::string_view target) const {
  if (watched_.ecg == nullptr) {
    throw Refusal(404, "no ECG is taken");
  }
  if (const std::string why = watched_.ecg->refusal(); !why.empty()) {
    throw Refusal(409, why);
  }
  const auto after = target == ecg_path ? std::optional<std::int64_t>(0) : number_in(target, "/api/ecg?after=", "");
  if (!after || *after < 0) {
    throw Refusal(400, "after is no sample's number; ask for what next of the last answer says");
  }
  return watched_.ecg->document(static_cast<std::uint64_t>(*after));
}

Json Console::actions_document(std::int64_t id) const {
  if (!journal_->session(id)) {
    throw Refusal(404, "there is no such session");
  }
  Json rows = Json::array();
  for (const JournalAction& a : journal_->actions(id)) {
    rows.push_back({{"at", a.at},
                    {"t_s", a.t_s ? Json(*a.t_s) : Json(nullptr)},
                    {"client", a.client},
                    {"action", a.action},
                    {"result", a.result},
                    {"detail", a.detail}});
  }
  return rows;
}

Json Console::session_document() {
  Json json = desk_->describe();
  json["mode"] = mode();
  json["seat"] = seat_ ? Json{{"client", viewers_.at(seat_->id).client}, {"since", seat_->since}} : Json(nullptr);
  json["replay"] = replay_ ? replay_place() : Json(nullptr);
  return json;
}

void Console::check_seat(const HttpRequest& request, const std::string& command) const {
  if (SessionDesk::is_for_everyone(command)) {
    return;
  }
  const bool is_seated = seat_ && viewers_.at(seat_->id).client == request.client;
  if (!is_seated) {
    throw Refusal(403, "another page has the operator's seat, or none has; take it first");
  }
}

void Console::post(const HttpRequest& request, const std::string& path, const Reply& reply) {
  if (!is_command(path)) {
    if (content_->find(path) == nullptr && !reading_at(path)) {
      throw Refusal(404, "there is no such command");
    }
    reply(other_method("GET, HEAD", "this is no command; GET it"));
    return;
  }
  if (check_token(request) != Role::operating) {
    throw Refusal(403, "a viewer's token only shows; use the operator's");
  }
  if (request.content_type.substr(0, request.content_type.find(';')) != "application/json") {
    throw Refusal(415, "the body's type is not application/json; send JSON");
  }
  const std::string command = desk_command(path);
  const Json body = parse_body(request.body);
  check_seat(request, command);
  if (is_replay_command(path)) {
    reply(json_response(200, replay_command(path.substr(replay_path.size()), body)));
    return;
  }
  if (replay_ && command == "load") {
    throw Refusal(409, "a record is being replayed; close it first");
  }
  desk_->command(command, body, {request.client.substr(0, 64), request.peer},
                 [reply](unsigned status, const Json& answer) { reply(json_response(status, answer)); });
}

Json Console::replay_place() const {
  return {{"t_s", replay_->at_s()},
          {"from_s", replay_->from_s()},
          {"to_s", replay_->to_s()},
          {"rate", replay_->rate()},
          {"session", replay_->session() ? Json(*replay_->session()) : Json(nullptr)}};
}

Json Console::replay_command(const std::string& name, const Json& json) {
  BodyReader body(json);
  if (name == "open") {
    if (desk_->has_session()) {
      throw Refusal(409, "a session is there; close it first");
    }
    std::optional<std::int64_t> id;
    std::filesystem::path record = settings_.replay_record;
    if (body.has("session")) {
      id = static_cast<std::int64_t>(body.number("session", 1, 1e15));
      const auto session = journal_->session(*id);
      if (!session) {
        throw Refusal(404, "there is no such session");
      }
      record = desk_->record_of(*session);
    }
    body.finish();
    if (record.empty()) {
      throw Refusal(404, "the console was started without --replay; name a session");
    }
    try {
      replay_.emplace(read_record(record), id, desk_->ground().clearance->pairs());
    } catch (const InputError& failure) {
      throw Refusal(404, failure.what());
    }
    replay_->set_rate(1.0);
    ++num_replays_;
    Json message = replay_place();
    message["type"] = "replay";
    message["events"] = events_of(replay_->record());
    tell_all(message);
    return replay_place();
  }
  if (!replay_) {
    throw Refusal(409, "no record is being replayed; open one first");
  }
  if (name == "close") {
    body.finish();
    replay_.reset();
    return {{"closed", true}};
  }
  if (name == "seek") {
    const double t_s = body.number("t_s", -1e9, 1e9);
    body.finish();
    replay_->seek(t_s);
  } else {
    const double rate = body.number("rate", -Replay::fastest, Replay::fastest);
    body.finish();
    replay_->set_rate(rate);
  }
  Json message = replay_place();
  message["type"] = "replay";
  tell_all(message);
  return replay_place();
}

std::optional<HttpResponse> Console::refuse_live(const HttpRequest& request) {
  try {
    check_front(request);
    if (!limiter_.allows(request.network, now_s())) {
      throw Refusal(429, "too many requests a second; ask less often");
    }
    if (!access_.role_of_protocols(request.protocols)) {
      throw Refusal(401, "the WebSocket offers no known token; use the address that the console printed");
    }
  } catch (const Refusal& refusal) {
    return refusal_response(refusal);
  }
  return std::nullopt;
}

void Console::live_opened(LiveId id, const HttpRequest& request) {
  Viewer viewer;
  viewer.client = random_hex(16);
  viewer.role = access_.role_of_protocols(request.protocols).value_or(Role::viewer);
  viewer.peer = request.peer;
  viewer.messages = settings_.messages_per_s;
  viewer.counted_s = now_s();
  Json channels = Json::array();
  for (const Channel& channel : channels_->channels()) {
    channels.push_back(
        {{"name", channel.name}, {"unit", channel.unit}, {"lo", channel.lo}, {"hi", channel.hi}, {"rate_hz", 60}});
  }
  const Json schema = {{"type", "schema"},
                       {"version", protocol_version},
                       {"client", viewer.client},
                       {"role", to_string(viewer.role)},
                       {"t0", t0_},
                       {"mode", mode()},
                       {"channels", channels}};
  viewers_.emplace(id, std::move(viewer));
  tell(id, schema);
  server_->send_text(id, std::make_shared<const std::string>(events_so_far()));
  if (dvh_text_) {
    server_->send_text(id, dvh_text_);
  }
  if (replay_) {
    Json message = replay_place();
    message["type"] = "replay";
    message["events"] = events_of(replay_->record());
    tell(id, message);
  }
}

void Console::live_message(LiveId id, std::string_view text) {
  Viewer& viewer = viewers_.at(id);
  const double now = now_s();
  viewer.messages =
      std::min(2.0 * settings_.messages_per_s, viewer.messages + settings_.messages_per_s * (now - viewer.counted_s)) -
      1.0;
  viewer.counted_s = now;
  if (viewer.messages < 0.0) {
    server_->close(id, 1008, "too many messages a second");
    return;
  }
  const Json message = Json::parse(text, nullptr, false);
  const auto type = message.is_object() ? message.find("type") : message.end();
  const std::string kind =
      message.is_object() && type != message.end() && type->is_string() ? type->get<std::string>() : "";
  if (kind == "claim") {
    take_claim(id);
  } else if (kind == "release") {
    if (seat_ && seat_->id == id) {
      leave_seat("released");
    }
  } else if (kind == "heartbeat") {
    if (seat_ && seat_->id == id) {
      seat_->heard_s = now;
      desk_->beat();
    }
  } else if (kind == "echo" && message.contains("tag") && message["tag"].is_number()) {
    tell(id, {{"type", "echo"}, {"tag", message["tag"]}});
  } else {
    server_->close(id, 1003, "this is no message of the console's protocol");
  }
}

void Console::take_claim(LiveId id) {
  const Viewer& viewer = viewers_.at(id);
  const auto refuse = [&](const char* reason) { tell(id, {{"type", "seat"}, {"granted", false}, {"reason", reason}}); };
  if (viewer.role != Role::operating) {
    refuse("a viewer's token only shows");
    return;
  }
  if (seat_ && seat_->id != id) {
    refuse("another page has the seat");
    return;
  }
  seat_ = Seat{id, utc_now(), now_s()};
  desk_->beat();
  tell(id, {{"type", "seat"}, {"granted", true}, {"reason", ""}});
  log_info("the operator's seat is taken from {}", viewer.peer);
}

void Console::leave_seat(const std::string& reason) {
  if (viewers_.contains(seat_->id)) {
    tell(seat_->id, {{"type", "seat"}, {"granted", false}, {"reason", reason}});
  }
  seat_.reset();
}

void Console::live_closed(LiveId id) {
  if (seat_ && seat_->id == id) {
    seat_.reset();
  }
  viewers_.erase(id);
}

std::string Console::mode() const {
  if (replay_) {
    return "replay";
  }
  return desk_->has_session() ? "live" : "none";
}

void Console::tell(LiveId id, const Json& message) {
  server_->send_text(id, std::make_shared<const std::string>(dump(message)));
}

void Console::tell_all(const Json& message) {
  const auto text = std::make_shared<const std::string>(dump(message));
  for (const auto& [id, viewer] : viewers_) {
    server_->send_text(id, text);
  }
}

void Console::tell_event(Json event) {
  event["n"] = num_events_++;
  if (event["kind"] == "session" && event["what"] == "opened") {
    events_.clear();
  }
  events_.push_back(dump(event));
  if (events_.size() > kept_events) {
    events_.pop_front();
  }
  tell_all(event);
}

std::string Console::events_so_far() const {
  return fmt::format(R"({{"type":"events","events":[{}]}})", fmt::join(events_, ","));
}

void Console::tell_status() {
  const Json seat = seat_ ? Json(viewers_.at(seat_->id).client) : Json(nullptr);
  for (const auto& [id, viewer] : viewers_) {
    const HttpServer::LiveCounts counts = server_->counts(id);
    tell(id, {{"type", "status"},
              {"dropped", counts.dropped},
              {"sent", counts.sent},
              {"viewers", viewers_.size()},
              {"seat", seat},
              {"mode", mode()}});
  }
}

void Console::offer_telemetry(double passed_s) {
  const std::int64_t now = monotonic_ns();
  if (replay_) {
    replay_->advance(passed_s);
    server_->offer_frame(std::make_shared<const std::string>(channels_->frame(replay_->telemetry(), seq_++, now)));
  } else if (const Telemetry* telemetry = desk_->telemetry()) {
    server_->offer_frame(std::make_shared<const std::string>(channels_->frame(*telemetry, seq_++, now)));
  }
}

/// The ECG is that of what is on the screen: of the record that is replayed, of the session, or of a patient who waits.
void Console::lead_ecg(double now) {
  if (watched_.ecg == nullptr) {
    return;
  }
  const RecordedSession* recorded = replay_ ? replay_->recorded_session() : nullptr;
  const Telemetry* live = replay_ ? nullptr : desk_->telemetry();
  const EcgKey key = recorded != nullptr ? EcgKey{"replay", num_replays_, recorded->first_step}
                     : live != nullptr   ? EcgKey{"live", *desk_->session_id(), desk_->first_step()}
                                         : EcgKey{"none", 0, 0};
  if (key != ecg_key_) {
    ecg_key_ = key;
    ecg_began_s_ = now;
    begin_ecg();
  }
  if (recorded != nullptr) {
    watched_.ecg->advance_to(replay_->at_s(), std::max(0.0, replay_->rate()));
  } else if (live != nullptr) {
    watched_.ecg->advance_to(live->t_s, desk_->ground().speed);
  } else {
    watched_.ecg->advance_to(now - ecg_began_s_);
  }
}

void Console::begin_ecg() {
  SessionSettings settings = desk_->ground().settings;
  if (ecg_key_.mode == "none") {
    watched_.ecg->show(waiting_course(settings));
  } else if (ecg_key_.mode == "live") {
    settings.first_step = ecg_key_.first_step;
    watched_.ecg->show(course_of(settings, "The session that runs"));
  } else {
    try {
      watched_.ecg->show(recorded_course(*replay_->recorded_session(), settings, *desk_->ground().motion));
    } catch (const InputError& failure) {
      watched_.ecg->show_nothing(failure.what());
    }
  }
}

void Console::tick() {
  const double now = now_s();
  const double passed_s = now - ticked_s_;
  ticked_s_ = now;
  if (is_cancelled()) {
    server_->stop();
    return;
  }
  desk_->poll([this](Json event) { tell_event(std::move(event)); });
  record_events_.poll();
  if (seat_ && now - seat_->heard_s > seat_kept_s) {
    leave_seat("nothing was heard of the page for five seconds");
  }
  if (watched_.dvh != nullptr) {
    if (const Telemetry* telemetry = desk_->telemetry()) {
      watched_.dvh->follow(desk_->record(), telemetry->record_bytes, *desk_->session_id());
    }
    if (auto text = watched_.dvh->newest()) {
      dvh_text_ = std::make_shared<const std::string>(std::move(*text));
      for (const auto& [id, viewer] : viewers_) {
        server_->send_text(id, dvh_text_);
      }
    }
  }
  offer_telemetry(passed_s);
  lead_ecg(now);
  if (now - status_s_ > status_every_s) {
    status_s_ = now;
    tell_status();
  }
}

}  // namespace xingu::console
